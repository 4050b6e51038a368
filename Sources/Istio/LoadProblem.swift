import Addresses

/// A rule Istio writes without a question and its tool will not load; with it goes the whole batch.
///
/// Told only where the tool surely refuses, or where it depends on names the pod's image may not
/// know. Measured with iptables 1.8.9 (nf_tables and legacy) and nft 1.0.6.
public struct LoadProblem: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Nothing but white space where the tool wants a value.
    case blank
    /// The tool takes something else.
    case notTaken(expected: String)
    /// Only taken where this database, of the place the rules are loaded in, knows the name.
    case name(in: String)
    /// A jump to a chain that is never made.
    case missingChain
  }

  public var kind: Kind
  /// The config's key the item comes from; nil for a missing chain.
  public var key: CaptureKey?
  /// The refused item, or the name of the missing chain.
  public var item: String
  /// The first line of the text it stands on, counted from 1.
  public var line: Int
  public var backend: Backend

  /// Whether the tool refuses it wherever it is loaded.
  public var isCertain: Bool {
    if case .name = kind { false } else { true }
  }
}

extension LoadProblem: CustomStringConvertible {
  public var description: String {
    let tool = backend == .iptables ? "iptables-restore" : "nft"
    let source = key.map { "\($0.rawValue): " } ?? ""
    let verdict = isCertain ? "\(tool) will refuse it" : "\(tool) refuses it elsewhere"
    return "\(source)'\(item)' on line \(line) \(kind); \(verdict)"
  }
}

extension LoadProblem.Kind: CustomStringConvertible {
  /// What is wrong, to follow the quoted item.
  public var description: String {
    switch self {
    case .blank: "is blank"
    case .notTaken(let expected): "is not taken; expected \(expected)"
    case .name(let database): "is a name, taken only where \(database) knows it"
    case .missingChain: "is jumped to and never made"
    }
  }
}

// MARK: - Finding them

extension LoadProblem {
  /// One for each item and kind, in order of lines.
  static func all(in lines: [CaptureRules.Line], of backend: Backend) -> [LoadProblem] {
    let made = Set(lines.flatMap { $0.made(by: backend) })
    var seen: Set<[String]> = []
    var problems: [LoadProblem] = []
    for (index, line) in lines.enumerated() {
      guard let rule = line.rule else { continue }
      var found: [LoadProblem] = []
      if let missing = rule.missingChain(among: made, line.family, backend) {
        found.append(
          LoadProblem(
            kind: .missingChain, key: nil, item: missing, line: index + 1, backend: backend))
      }
      for operand in rule.purpose.operands(for: line.family ?? .ipv4) {
        guard let kind = operand.problem(for: backend) else { continue }
        found.append(
          LoadProblem(
            kind: kind, key: operand.key, item: operand.text, line: index + 1, backend: backend))
      }
      for problem in found {
        let identity = [problem.key?.rawValue ?? "", problem.item, "\(problem.kind)"]
        if seen.insert(identity).inserted { problems.append(problem) }
      }
    }
    return problems
  }
}

/// A chain as one tool knows it: iptables keeps a set for each family.
private struct MadeChain: Hashable {
  var place: ChainPlace
  var family: Family?
}

extension CaptureRules.Line {
  /// A chain of Istio's exists where a rule stands in it; restore text also makes what is jumped to.
  fileprivate func made(by backend: Backend) -> [MadeChain] {
    guard let rule else { return [] }
    let family = backend == .iptables ? self.family : nil
    var chains = [MadeChain(place: ChainPlace(rule), family: family)]
    if backend == .iptables, !text.hasPrefix("ip"), let jump = rule.purpose.jump {
      chains.append(MadeChain(place: ChainPlace(rule.table, jump), family: family))
    }
    return chains
  }
}

extension CaptureRule {
  fileprivate func missingChain(
    among made: Set<MadeChain>, _ family: Family?, _ backend: Backend
  ) -> String? {
    guard let jump = purpose.jump else { return nil }
    let chain = MadeChain(
      place: ChainPlace(table, jump), family: backend == .iptables ? family : nil)
    if made.contains(chain) { return nil }
    return backend == .iptables ? jump.iptablesName : jump.nftName
  }
}
