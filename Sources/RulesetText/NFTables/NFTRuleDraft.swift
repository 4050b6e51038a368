import Addresses
import Ruleset

/// A rule as read. What it asks of named sets waits until the whole script is read, for elements
/// may come later.
struct NFTRuleDraft {
  enum Part {
    case step(Rule.Step)
    case lookup(NFTLookup)
    /// A match whose answer depends on where it stands.
    case stateful(UnknownMatch, holds: Bool)
    /// A gap where nft prints nothing for an extension of an iptables-nft table.
    case hiddenMatch
    case hiddenTarget
  }

  var parts: [Part] = []
  var text = ""
  var comment: String?
  var counter: Counter?
  var origin: Rule.Origin?
  var line: Int
  var column: Int
  /// The named sets it asks for that its script must make.
  var sets: [SetName] = []

  struct SetName {
    var name: String
    var place: NFTToken
  }

  /// Whether nft may have left an extension of iptables out.
  var hasGaps: Bool {
    parts.contains { part in
      switch part {
      case .hiddenMatch, .hiddenTarget: true
      case .step, .lookup, .stateful: false
      }
    }
  }
}

/// `KEYS @set`, `KEYS { … }`, `KEYS vmap …` and a mapping through `KEYS map …`.
struct NFTLookup {
  enum Source {
    case elements([NFTElement])
    case named(String)
  }

  enum Use {
    case match(isNegated: Bool)
    case verdict
    case nat(NAT.Kind, isRandom: Bool)
    /// A map for something that cannot differ by packet in this model.
    case opaque
  }

  var keys: [NFTOperand]
  var source: Source
  var use: Use
  /// As written, for what cannot be resolved.
  var text: String
}

struct NFTElement {
  enum Data {
    case verdict(Verdict)
    /// New addresses, new ports, or both.
    case mapping(addresses: ClosedRange<IPAddress>?, ports: ClosedRange<UInt16>?)
    case other
  }

  /// One value for each key; absent for the catch-all `*`.
  var key: [NFTValue]?
  var data: Data?
}

/// What a declaration says of a set or map.
struct NFTSet {
  var kind: NamedSet.Kind
  var name: String
  var keys: [NFTType] = []
  var data: [NFTType] = []
  var hasVerdicts = false
  /// The packet path adds elements, or they run out: what is in it is not known from the text.
  var isDynamic = false
  var elements: [NFTElement] = []
  var declaration: [String] = []
  var elementTexts: [String] = []

  init(_ kind: NamedSet.Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  var named: NamedSet {
    let listed =
      elementTexts.isEmpty ? [] : ["elements = { \(elementTexts.joined(separator: ", ")) }"]
    return NamedSet(name, kind: kind, body: declaration + listed)
  }
}

// MARK: - Resolving

extension NFTRuleDraft {
  /// The rule, with the elements of `sets`. Gaps count only in a table that iptables-nft keeps.
  func rule(sets: [String: NFTSet], hasGaps: Bool) -> Rule {
    var steps: [Rule.Step] = []
    steps.reserveCapacity(parts.count)
    for part in parts {
      switch part {
      case .step(let step): steps.append(step)
      case .lookup(let lookup): steps.append(lookup.step(sets))
      case .stateful(var match, let holds):
        match.isStateful = true
        steps.append(.test(.all([Constraint(.unknown(match), is: holds ? 1 : 0)])))
      case .hiddenMatch where hasGaps:
        let match = UnknownMatch(name: "xt match", detail: "not shown by nft", isStateful: true)
        steps.append(.test(.all([Constraint(.unknown(match), is: 1)])))
      case .hiddenTarget where hasGaps:
        steps.append(.verdict(.opaque("xt target not shown by nft")))
      case .hiddenMatch, .hiddenTarget: break
      }
    }
    return Rule(steps, text: text, comment: comment, counter: counter, origin: origin)
  }
}

extension NFTLookup {
  func step(_ sets: [String: NFTSet]) -> Rule.Step {
    let elements: [NFTElement]
    switch source {
    case .elements(let listed): elements = listed
    case .named(let name):
      guard let set = sets[name], !set.isDynamic else { return unresolved }
      elements = set.elements
    }
    return step(elements.inOrder)
  }

  private func step(_ elements: [NFTElement]) -> Rule.Step {
    switch use {
    case .match(let isNegated): return match(elements, isNegated) ?? unresolved
    case .verdict, .nat: return map(elements) ?? unresolved
    case .opaque: return unresolved
    }
  }

  private var unresolved: Rule.Step {
    guard case .match(let isNegated) = use else {
      return .verdict(.opaque(text.withPlainNumbers()))
    }
    let keys = keys.map(\.selector.name).joined(separator: " . ")
    let match = UnknownMatch(name: keys, detail: setText)
    let domains = keys.isEmpty ? [] : self.keys.compactMap(\.inDomain)
    return .test(.all(domains + [Constraint(.unknown(match), is: isNegated ? 0 : 1)]))
  }

  /// What follows the keys, without a negation.
  private var setText: String {
    if case .named(let name) = source { return "@\(name)" }
    return (text.firstIndex(of: "{").map { String(text[$0...]) } ?? text).withPlainNumbers()
  }

  private func match(_ elements: [NFTElement], _ isNegated: Bool) -> Rule.Step? {
    let hasCatchAll = elements.contains { $0.key == nil }
    if keys.count == 1, !hasCatchAll {
      let values = elements.compactMap { $0.key?.first }
      guard let boxes = keys[0].boxes(values, isNegated: isNegated) else { return nil }
      return .test(.any(boxes))
    }
    var boxes: [Box] = []
    for element in elements {
      guard let box = box(element) else { return nil }
      boxes.append(box)
    }
    guard isNegated else { return .test(.any(boxes)) }
    let rest = Box(keys.compactMap(\.inDomain))
    return .test(Test(boxes.map { Test.Arm($0, .fail) } + [Test.Arm(rest, .goOn)]))
  }

  private func map(_ elements: [NFTElement]) -> Rule.Step? {
    var arms: [Test.Arm] = []
    for element in elements {
      guard let box = box(element), let verdict = verdict(element.data) else { return nil }
      arms.append(Test.Arm(box, .verdict(verdict)))
    }
    return .test(Test(arms))
  }

  private func verdict(_ data: NFTElement.Data?) -> Verdict? {
    switch (use, data) {
    case (.verdict, .verdict(let verdict)): verdict
    case (.nat(let kind, let isRandom), .mapping(let addresses, let ports)):
      .nat(NAT(kind, addresses: addresses, ports: ports, isRandom: isRandom))
    default: nil
    }
  }

  /// All of one element's values at once.
  private func box(_ element: NFTElement) -> Box? {
    guard let values = element.key else { return .everything }
    guard values.count == keys.count else { return nil }
    var constraints: [Constraint] = []
    for (key, value) in zip(keys, values) {
      guard let boxes = key.boxes([value], isNegated: false), boxes.count == 1 else { return nil }
      constraints += boxes[0].constraints
    }
    return Box(constraints)
  }
}

extension [NFTElement] {
  /// By key, the catch-all last. nft keeps the elements of a set apart from each other, so the order
  /// means nothing, and a set is the same however it was written.
  fileprivate var inOrder: [NFTElement] {
    guard let first, first.data != nil || first.key?.count != 1 || first.key?[0].unknownName != nil
    else { return self }
    return sorted { a, b in
      guard let left = a.key, let right = b.key else { return a.key != nil }
      return left.lexicographicallyPrecedes(right)
    }
  }
}
