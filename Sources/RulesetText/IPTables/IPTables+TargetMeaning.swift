import Addresses
import Ruleset

extension IPTables.Meaning {
  mutating func readTarget(_ part: Part) throws(ReadError) {
    try requireFamily(of: part)
    switch part.name {
    case "ACCEPT": add(.accept)
    case "DROP": add(.drop)
    case "RETURN": add(.return)
    case "QUEUE": add(.queue("QUEUE"))
    case "NFQUEUE": add(.queue(text(of: part)))
    case "NOTRACK": add(.notrack)
    case "TRACE": add(.aside("TRACE"))
    case "REDIRECT": try readNAT(part, .redirect, addresses: nil, ports: "to-ports")
    case "MASQUERADE": try readNAT(part, .masquerade, addresses: nil, ports: "to-ports")
    case "DNAT": try readNAT(part, .destination, addresses: "to-destination", ports: nil)
    case "SNAT": try readNAT(part, .source, addresses: "to-source", ports: nil)
    case "TPROXY": try readTPROXY(part)
    case "MARK": try readMARK(part)
    case "CONNMARK": try readCONNMARK(part)
    case "CT": try readCT(part)
    case "REJECT": try readREJECT(part)
    default:
      if IPTables.asideTargets.contains(part.name) {
        add(.aside(text(of: part)))
      } else if IPTables.opaqueTargets.contains(part.name) {
        add(.opaque(text(of: part)))
      } else {
        go(to: part, isGoto: false)
      }
    }
  }

  /// The target and its options as written.
  private func text(of part: Part) -> String {
    ([part.word] + part.rest + part.options.flatMap { [$0.word] + $0.values }).printed
  }

  private func required(_ part: Part, _ name: String) throws(ReadError) -> Given {
    guard let given = part.option(name) else {
      throw part.word.error("expected '--\(name)' with target '\(part.name)'")
    }
    return given
  }

  /// The one option of several that exclude each other.
  private func one(_ part: Part, of names: [String]) throws(ReadError) -> Given {
    let found = part.options.filter { names.contains($0.name) }
    guard let first = found.first else {
      let list = names.map { "'--\($0)'" }.joined(separator: ", ")
      throw part.word.error("expected one of \(list) with target '\(part.name)'")
    }
    if found.count > 1 {
      throw found[1].word.error("'\(found[1].word.text)' cannot stand beside '\(first.word.text)'")
    }
    return first
  }
}

// MARK: - Address translation

extension IPTables.Meaning {
  private mutating func readNAT(_ part: Part, _ kind: NAT.Kind, addresses: String?, ports: String?)
    throws(ReadError)
  {
    var nat = NAT(kind)
    if let ports, let given = part.option(ports) {
      nat.ports = try portRange(given.values[0].text[...], of: given.values[0], at: 0)
      try requirePorts(given)
    }
    if let addresses {
      let given = try required(part, addresses)
      guard let mapping = try mapping(given) else { return add(.opaque(text(of: part))) }
      nat.addresses = mapping.addresses
      nat.ports = mapping.ports
      if nat.ports != nil { try requirePorts(given) }
    }
    nat.isRandom = ["random", "random-fully"].contains { part.option($0) != nil }
    add(.nat(nat))
  }

  /// Protocols under which libxt_NAT takes ports, negated or not.
  private static let mappable: [TransportProtocol] = [.tcp, .udp, .sctp, .dccp, .icmp]

  private func requirePorts(_ given: Given) throws(ReadError) {
    let isMappable = transport.map { Self.mappable.contains(.init(rawValue: $0.number)) }
    if isMappable != true {
      throw given.word.error(
        "'\(given.word.text)' with a port expects '-p' with tcp, udp, sctp or dccp")
    }
  }

  /// `FIRST` or `FIRST-LAST`.
  private func portRange(_ text: Substring, of word: Word, at offset: Int) throws(ReadError)
    -> ClosedRange<UInt16>
  {
    if let port = Values.port(text) { return port...port }
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let first = try port(ends[0], of: word, at: offset)
    guard ends.count == 2 else { return first...first }
    let last = try port(ends[1], of: word, at: offset + ends[0].utf8.count + 1)
    guard first <= last else { throw word.error("expected a range from low to high", at: offset) }
    return first...last
  }

  /// `ADDRESS[-ADDRESS][:PORT[-PORT]]`, IPv6 addresses with ports in brackets. Nil for what the
  /// model cannot hold: ports shifted by a base, reversed ranges of addresses.
  private func mapping(_ given: Given) throws(ReadError)
    -> (addresses: ClosedRange<IPAddress>?, ports: ClosedRange<UInt16>?)?
  {
    let word = given.values[0]
    let text = word.text[...]
    var addresses = text
    var ports: Substring?
    if family == .ip6 {
      if text.first == "[" {
        guard let end = text.firstIndex(of: "]") else { throw word.expected("a closing ']'") }
        addresses = text[..<end].dropFirst()
        let rest = text[end...].dropFirst()
        guard rest.isEmpty || rest.first == ":" else { throw word.expected("':PORT' after ']'") }
        ports = rest.isEmpty ? nil : rest.dropFirst()
      }
    } else if let colon = text.firstIndex(of: ":") {
      addresses = text[..<colon]
      ports = text[colon...].dropFirst()
    }
    var range: ClosedRange<UInt16>?
    if let ports {
      let items = ports.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let offset = text.utf8.count - ports.utf8.count
      range = try portRange(items[0], of: word, at: offset)
      if items.count == 2 {
        guard Values.port(items[1]) != nil else { throw word.expected("a port after '/'") }
        return nil
      }
    }
    if addresses.isEmpty, range != nil { return (nil, range) }
    let ends = addresses.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let read = ends.compactMap { Values.address($0, family) }
    guard read.count == ends.count, let first = read.first, let last = read.last else {
      throw word.expected(
        family == .ip ? "ADDRESS[-ADDRESS][:PORT[-PORT]]" : "ADDRESS[-ADDRESS] or [ADDRESS]:PORT")
    }
    return first <= last ? (first...last, range) : nil
  }
}

// MARK: - Marks, zones, sockets

extension IPTables.Meaning {
  /// xt_TPROXY: marks, hands over and accepts; where no socket listens, it drops.
  private mutating func readTPROXY(_ part: Part) throws(ReadError) {
    guard let transport, !transport.isNegated,
      [TransportProtocol.tcp, .udp].contains(TransportProtocol(rawValue: transport.number))
    else { throw part.word.error("target 'TPROXY' expects '-p tcp' or '-p udp' in the same rule") }
    let given = try required(part, "on-port")
    let port = try port(given.values[0].text[...], of: given.values[0], at: 0)
    var address: IPAddress?
    if let given = part.option("on-ip") {
      guard let read = Values.address(given.values[0].text, family) else {
        throw given.values[0].expected("an address")
      }
      address = read.bits == 0 ? nil : read
    }
    if let given = part.option("tproxy-mark") {
      let (value, mask) = try mark(given)
      if value != 0 || mask != 0 { add(.mark(.set(.packet, to: value, mask: mask))) }
    }
    add(.tproxy(address: address, port: port == 0 ? nil : port))
    add(.accept)
  }

  private static let markOptions = ["set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark"]

  private mutating func readMARK(_ part: Part) throws(ReadError) {
    let given = try one(part, of: Self.markOptions)
    let (value, mask) = try assignment(given)
    add(.mark(.set(.packet, to: value, mask: mask)))
  }

  /// What the option stands for as `--set-xmark VALUE/MASK`.
  private func assignment(_ given: Given) throws(ReadError) -> (value: UInt32, mask: UInt32) {
    if given.name == "set-xmark" { return try mark(given) }
    if given.name == "set-mark" {
      let (value, mask) = try mark(given)
      return (value, value | mask)
    }
    guard let bits = Values.number32(given.values[0].text) else {
      throw given.values[0].expected("a number of 32 bits")
    }
    return switch given.name {
    case "and-mark": (0, ~bits)
    case "or-mark": (bits, bits)
    default: (bits, 0)
    }
  }

  private mutating func readCONNMARK(_ part: Part) throws(ReadError) {
    let operation = try one(part, of: Self.markOptions + ["save-mark", "restore-mark"])
    var packetMask = UInt32.max
    var connectionMask = UInt32.max
    var value: UInt32 = 0
    for given in part.options {
      switch given.name {
      case "mask", "nfmask", "ctmask":
        guard let mask = Values.number32(given.values[0].text) else {
          throw given.values[0].expected("a mask of 32 bits")
        }
        if given.name != "ctmask" { packetMask = mask }
        if given.name != "nfmask" { connectionMask = mask }
      case "left-shift-mark", "right-shift-mark", "save-mark", "restore-mark": break
      default: (value, connectionMask) = try assignment(given)
      }
    }
    if part.options.contains(where: { $0.name.hasSuffix("-shift-mark") }) {
      return add(.opaque(text(of: part)))
    }
    switch operation.name {
    case "save-mark":
      add(.mark(.save(packetMask: packetMask, connectionMask: connectionMask)))
    case "restore-mark":
      add(.mark(.restore(packetMask: packetMask, connectionMask: connectionMask)))
    default: add(.mark(.set(.connection, to: value, mask: connectionMask)))
    }
  }

  private mutating func readCT(_ part: Part) throws(ReadError) {
    var isAside = true
    for given in part.options {
      switch given.name {
      case "notrack":
        add(.notrack)
        isAside = false
      case "zone", "zone-orig", "zone-reply":
        let word = given.values[0]
        let number = Values.number(word.text, upTo: 65535).map(UInt16.init)
        guard number != nil || word.text == "mark" else {
          throw word.expected("a zone from 0 to 65535, or 'mark'")
        }
        guard given.name == "zone", let number else { return add(.opaque(text(of: part))) }
        add(.zone(number))
        isAside = false
      default: break
      }
    }
    if isAside { add(.aside(text(of: part))) }
  }

  private mutating func readREJECT(_ part: Part) throws(ReadError) {
    guard let given = part.option("reject-with") else {
      return add(.reject(with: family == .ip ? "icmp-port-unreachable" : "icmp6-port-unreachable"))
    }
    let word = given.values[0]
    let text = word.text.lowercased()
    let found = IPTables.rejections(family).first {
      !text.isEmpty && ($0.name.hasPrefix(text) || $0.short.hasPrefix(text))
    }
    guard let found else {
      throw word.expected(
        "one of \(IPTables.rejections(family).map(\.name).joined(separator: ", "))")
    }
    if found.name == "tcp-reset", transport?.number != 6 || transport?.isNegated == true {
      throw word.error("'tcp-reset' expects '-p tcp' in the same rule")
    }
    add(.reject(with: found.name))
  }
}
