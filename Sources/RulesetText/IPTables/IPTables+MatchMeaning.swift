import Addresses
import Ruleset

extension IPTables.Meaning {
  mutating func readMatch(_ part: Part) throws(ReadError) {
    try requireFamily(of: part)
    switch part.name {
    case "tcp", "udp", "sctp", "dccp": try readTransport(part)
    case "icmp": try readICMP(part, "icmp-type", IPTables.icmpTypes)
    case "icmp6": try readICMP(part, "icmpv6-type", IPTables.icmpv6Types)
    case "multiport": try readMultiport(part)
    case "iprange": try readRange(part)
    case "owner": try readOwner(part)
    case "conntrack": try readConntrack(part)
    case "state": try readState(part)
    case "mark": try readMark(part, { .mark(mask: $0) })
    case "connmark": try readConnectionMark(part)
    case "addrtype": try readAddressType(part)
    case "comment": try readComment(part)
    default: readUnknown(part)
    }
  }

  /// The tools load what their family has, by its name.
  func requireFamily(of part: Part) throws(ReadError) {
    guard let only = IPTables.familyOfExtension[part.name], only != family else { return }
    throw part.word.error("'\(part.word.text)' is for \(only == .ip ? "IPv4" : "IPv6") only")
  }

  /// Nothing of it is understood; one negated option negates the whole.
  private mutating func readUnknown(_ part: Part) {
    let isNegated =
      part.rest.first?.text == "!" && part.rest.count { $0.text == "!" } == 1
      && part.rest.dropFirst().count { $0.text.hasPrefix("-") } == 1
    requireUnknown(
      part.name, part.rest.dropFirst(isNegated ? 1 : 0).printed, not: isNegated,
      hasState: !IPTables.statelessMatches.contains(part.name))
  }

  /// One option whose meaning the model lacks.
  private mutating func requireUnknown(_ given: Given, of part: Part) {
    requireUnknown(
      part.name, ([given.word] + given.values).printed, not: given.isNegated, hasState: false)
  }

  private func required(_ part: Part, _ name: String) throws(ReadError) -> Given {
    guard let given = part.option(name) else {
      throw part.word.error("expected '--\(name)' with match '\(part.name)'")
    }
    return given
  }

}

// MARK: - Protocols

extension IPTables.Meaning {
  /// The kernel's match refuses to be loaded under another protocol than its own (`xt_check_match`).
  private func requireProtocol(_ part: Part, _ number: UInt8) throws(ReadError) {
    guard let transport, transport.number == number, !transport.isNegated else {
      let name = TransportProtocol(rawValue: number).description
      throw part.word.error("match '\(part.name)' expects '-p \(name)' in the same rule")
    }
  }

  private mutating func readTransport(_ part: Part) throws(ReadError) {
    let number = IPTables.protocols[part.name] ?? 0
    try requireProtocol(part, number)
    for given in part.options {
      switch given.name {
      case "source-port": require(.sourcePort, in: try ports(given), not: given.isNegated)
      case "destination-port": require(.destinationPort, in: try ports(given), not: given.isNegated)
      case "syn":
        // FIN, SYN, RST and ACK are looked at, SYN alone is set.
        requireFlags(mask: 0b1_0111, value: 0b10, not: given.isNegated)
      case "tcp-flags":
        let mask = try flags(given.values[0])
        requireFlags(mask: mask, value: try flags(given.values[1]), not: given.isNegated)
      default: requireUnknown(given, of: part)
      }
    }
    if let syn = part.option("syn"), part.option("tcp-flags") != nil {
      throw syn.word.error("expected '--syn' or '--tcp-flags', found both")
    }
  }

  private mutating func requireFlags(mask: UInt8, value: UInt8, not isNegated: Bool) {
    let set = value & ~mask == 0 ? IntervalSet(UInt128(value)) : .empty
    require(.tcpFlags(mask: mask), in: set, not: isNegated)
  }

  private func flags(_ word: Word) throws(ReadError) -> UInt8 {
    var flags: UInt8 = 0
    for item in word.text.split(separator: ",") {
      guard let flag = IPTables.tcpFlags[item.uppercased()] else {
        throw word.expected("TCP flags out of SYN, ACK, FIN, RST, URG, PSH, ALL and NONE")
      }
      flags |= flag
    }
    return flags
  }

  /// `PORT` or `FIRST:LAST`, either end of which may be left out.
  private func ports(_ given: Given) throws(ReadError) -> IntervalSet {
    let word = given.values[0]
    let items = word.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard items.count == 2 else {
      return IntervalSet(UInt128(try port(items[0], of: word, at: 0)))
    }
    let first = items[0].isEmpty ? 0 : try port(items[0], of: word, at: 0)
    let last = items[1].isEmpty ? 65535 : try port(items[1], of: word, at: items[0].utf8.count + 1)
    guard first <= last else { throw word.expected("a range from low to high") }
    return IntervalSet([UInt128(first)...UInt128(last)])
  }

  func port(_ text: Substring, of word: Word, at offset: Int) throws(ReadError) -> UInt16 {
    guard let port = Values.port(text) else {
      throw word.error("expected a port from 0 to 65535, found '\(text)'", at: offset)
    }
    return port
  }

  /// Lists of up to fifteen, a range counting twice (`XT_MULTI_PORTS`).
  private mutating func readMultiport(_ part: Part) throws(ReadError) {
    guard let transport, !transport.isNegated,
      TransportProtocol(rawValue: transport.number).hasPorts
    else {
      throw part.word.error(
        "match 'multiport' expects '-p' with tcp, udp, udplite, sctp or dccp in the same rule")
    }
    guard let given = part.options.first else {
      throw part.word.error("expected '--sports', '--dports' or '--ports' with match 'multiport'")
    }
    if part.options.count > 1 {
      throw part.options[1].word.error("expected one list of ports, found a second")
    }
    if let given = syntax.general("protocol"), !given.word.precedes(part.options[0].word) {
      throw part.word.error("match 'multiport' expects '-p' before its ports")
    }
    let word = given.values[0]
    var intervals: [ClosedRange<UInt128>] = []
    var places = 0
    var offset = 0
    for item in word.text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      places += ends.count
      guard places <= 15 else {
        throw word.error("expected at most 15 ports, a range counting twice", at: offset)
      }
      let first = try port(ends[0], of: word, at: offset)
      let last =
        ends.count == 2 ? try port(ends[1], of: word, at: offset + ends[0].utf8.count + 1) : first
      guard first <= last else {
        throw word.error("expected a range from low to high, found '\(item)'", at: offset)
      }
      intervals.append(UInt128(first)...UInt128(last))
      offset += item.utf8.count + 1
    }
    let set = IntervalSet(intervals)
    switch given.name {
    case "source-ports": require(.sourcePort, in: set, not: given.isNegated)
    case "destination-ports": require(.destinationPort, in: set, not: given.isNegated)
    default:
      let either = [Field.sourcePort, .destinationPort].map { Box([Constraint($0, in: set)]) }
      require(given.isNegated ? .none(either) : .any(either))
    }
  }

  private mutating func readICMP(
    _ part: Part, _ option: String, _ names: [(name: String, type: UInt8, code: UInt8?)]
  ) throws(ReadError) {
    try requireProtocol(part, family == .ip ? 1 : 58)
    let given = try required(part, option)
    let word = given.values[0]
    let (type, code) = try icmp(word, names)
    let low = UInt128(type) << 8
    let set =
      family == .ip && type == 255
      ? IntervalSet([0...65535])
      : IntervalSet([(low | UInt128(code ?? 0))...(low | UInt128(code ?? 255))])
    require(.icmp, in: set, not: given.isNegated)
  }

  /// A name or the start of just one, or `TYPE`, or `TYPE/CODE`.
  private func icmp(_ word: Word, _ names: [(name: String, type: UInt8, code: UInt8?)])
    throws(ReadError) -> (type: UInt8, code: UInt8?)
  {
    let text = word.text.lowercased()
    if let name = names.first(where: { $0.name.lowercased() == text }) {
      return (name.type, name.code)
    }
    let starting = text.isEmpty ? [] : names.filter { $0.name.lowercased().hasPrefix(text) }
    if starting.count > 1 {
      throw word.error(
        "'\(word.text)' is short for more than one type: \(starting.map(\.name).joined(separator: ", "))"
      )
    }
    if let name = starting.first { return (name.type, name.code) }
    let items = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = items.compactMap { Values.number($0, upTo: 255).map(UInt8.init) }
    guard numbers.count == items.count, let type = numbers.first else {
      throw word.expected("an ICMP type's name, or TYPE or TYPE/CODE with numbers to 255")
    }
    return (type, numbers.count == 2 ? numbers[1] : nil)
  }
}

// MARK: - Addresses

extension IPTables.Meaning {
  private mutating func readRange(_ part: Part) throws(ReadError) {
    if part.options.isEmpty {
      throw part.word.error("expected '--src-range' or '--dst-range' with match 'iprange'")
    }
    for given in part.options {
      let word = given.values[0]
      let ends = word.text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      let addresses = ends.compactMap { Values.address($0, family)?.bits }
      guard addresses.count == ends.count, let first = addresses.first, let last = addresses.last
      else { throw word.expected("an address or FIRST-LAST") }
      // The tool loads a reversed range with a warning; it never matches.
      let set = first <= last ? IntervalSet([first...last]) : .empty
      require(given.name == "src-range" ? .source : .destination, in: set, not: given.isNegated)
    }
  }

  private mutating func readAddressType(_ part: Part) throws(ReadError) {
    guard part.option("src-type") != nil || part.option("dst-type") != nil else {
      throw part.word.error("expected '--src-type' or '--dst-type' with match 'addrtype'")
    }
    var fields: [(Field, IntervalSet, Bool)] = []
    for given in part.options where !given.values.isEmpty {
      let word = given.values[0]
      var types: [AddressType] = []
      for item in word.text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let type = IPTables.addressTypes[item.uppercased()] else {
          throw word.expected("address types such as LOCAL or UNICAST")
        }
        types.append(type)
      }
      let field = given.name == "src-type" ? Field.sourceType : .destinationType
      let set = AddressType.matchedByXTables(types, in: family == .ip ? .ipv4 : .ipv6)
      fields.append((field, set, given.isNegated))
    }
    if let both = part.option("limit-iface-out"), part.option("limit-iface-in") != nil {
      throw both.word.error("'--limit-iface-in' and '--limit-iface-out' exclude each other")
    }
    // Types asked of one interface are other types.
    if part.options.contains(where: { $0.values.isEmpty }) { return requireWhole(part) }
    for (field, set, isNegated) in fields { require(field, in: set, not: isNegated) }
  }

  /// All options together as one unknown.
  private mutating func requireWhole(_ part: Part) {
    let words = part.options.map { given in
      (given.isNegated ? "! " : "") + ([given.word] + given.values).printed
    }
    requireUnknown(part.name, words.joined(separator: " "), not: false, hasState: false)
  }
}

// MARK: - Owners

extension IPTables.Meaning {
  /// xt_owner: without a socket a rule holds only where every given option is negated, which is
  /// what `Owner.none` as one more number says.
  private mutating func readOwner(_ part: Part) throws(ReadError) {
    guard part.options.contains(where: { $0.name != "suppl-groups" }) else {
      throw part.word.error(
        "expected '--uid-owner', '--gid-owner' or '--socket-exists' with match 'owner'")
    }
    let everybody = IntervalSet([0...(Owner.none - 1)])
    let alsoGroups = part.option("suppl-groups")
    for given in part.options {
      switch given.name {
      case "uid-owner": try readOwner(given, .uid, owners.users)
      case "gid-owner":
        if alsoGroups != nil {
          requireWhole(part)
        } else {
          try readOwner(given, .gid, owners.groups)
        }
      case "socket-exists": require(.uid, in: everybody, not: given.isNegated)
      default:
        guard part.option("gid-owner")?.word.precedes(given.word) == true else {
          throw given.word.error("'--suppl-groups' expects '--gid-owner' before it")
        }
      }
    }
  }

  private mutating func readOwner(_ given: Given, _ field: Field, _ numbers: [String: UInt32])
    throws(ReadError)
  {
    let word = given.values[0]
    if let number = numbers[word.text] {
      return require(field, in: IntervalSet(UInt128(number)), not: given.isNegated)
    }
    let ends = word.text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let ids = ends.compactMap {
      Values.number($0, upTo: UInt64(UInt32.max) - 1).map { UInt128($0) }
    }
    if ids.count == ends.count, let first = ids.first, let last = ids.last {
      guard first <= last else { throw word.expected("a range from low to high") }
      return require(field, in: IntervalSet([first...last]), not: given.isNegated)
    }
    guard let first = word.text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic
    else { throw word.expected("a name, or a number to 4294967294, or a range of numbers") }
    requireUnknown(given.name, word.text, not: given.isNegated, hasState: false)
  }
}

// MARK: - Connections and marks

extension IPTables.Meaning {
  /// States that conntrack does not have but the match does: the connection's address was changed.
  private static let natStates = ["SNAT", "DNAT"]

  private mutating func readConntrack(_ part: Part) throws(ReadError) {
    guard let first = part.options.first else {
      throw part.word.error("expected '--ctstate' or another option with match 'conntrack'")
    }
    guard let given = part.option("ctstate"), part.options.count == 1 else {
      if let given = part.option("ctstate") { _ = try states(given, allowing: Self.natStates) }
      if part.options.count == 1, first.isNegated { return requireUnknown(first, of: part) }
      return requireWhole(part)
    }
    let (set, nat) = try states(given, allowing: Self.natStates)
    guard !nat.isEmpty else { return require(.connectionState, in: set, not: given.isNegated) }
    let unknowns = nat.map { UnknownMatch(name: "conntrack", detail: "--ctstate \($0)") }
    let boxes =
      (set.isEmpty ? [] : [Box([Constraint(.connectionState, in: set)])])
      + unknowns.map { Box([Constraint(.unknown($0), is: 1)]) }
    require(given.isNegated ? .none(boxes) : .any(boxes))
  }

  private mutating func readState(_ part: Part) throws(ReadError) {
    let given = try required(part, "state")
    require(.connectionState, in: try states(given, allowing: []).0, not: given.isNegated)
  }

  private func states(_ given: Given, allowing others: [String]) throws(ReadError) -> (
    IntervalSet, [String]
  ) {
    let word = given.values[0]
    var states: [ClosedRange<UInt128>] = []
    var nat: [String] = []
    var offset = 0
    for item in word.text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = item.uppercased()
      if let state = IPTables.connectionStates[name] {
        states.append(UInt128(state.rawValue)...UInt128(state.rawValue))
      } else if others.contains(name) {
        if !nat.contains(name) { nat.append(name) }
      } else {
        throw word.error(
          "expected a connection state such as NEW or ESTABLISHED, found '\(item)'", at: offset)
      }
      offset += item.utf8.count + 1
    }
    return (IntervalSet(states), nat)
  }

  private mutating func readMark(_ part: Part, _ field: (UInt32) -> Field) throws(ReadError) {
    let given = try required(part, "mark")
    let (value, mask) = try mark(given)
    let set = value & ~mask == 0 ? IntervalSet(UInt128(value)) : .empty
    require(field(mask), in: set, not: given.isNegated)
  }

  /// Without a conntrack entry there is no mark to look at, and the match fails negated or not.
  private mutating func readConnectionMark(_ part: Part) throws(ReadError) {
    try readMark(part, { .connectionMark(mask: $0) })
    let tracked = [ConnectionState.new, .established, .related]
    require(
      .connectionState,
      in: IntervalSet(tracked.map { UInt128($0.rawValue)...UInt128($0.rawValue) }))
  }

  func mark(_ given: Given) throws(ReadError) -> (value: UInt32, mask: UInt32) {
    guard let mark = Values.mark(given.values[0].text) else {
      throw given.values[0].expected("a mark as VALUE or VALUE/MASK, of 32 bits each")
    }
    return mark
  }

  private mutating func readComment(_ part: Part) throws(ReadError) {
    let given = try required(part, "comment")
    note(given.values[0].text)
  }
}
