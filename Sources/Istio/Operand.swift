import Addresses

/// A piece of the config that stands verbatim in a rule, and what the tool reads it as.
struct Operand: Hashable {
  enum Sort: Hashable {
    case port
    /// iptables reads the ports of UDP in decimal only.
    case udpPort
    /// One more beside port 53 in a list of ports.
    case portBesideDNS
    case redirectPort
    case tproxyPort
    case user
    case group
    case mark
    /// A mark that gets a mask appended.
    case maskedMark
    case interface
    case server(Family)
  }

  var sort: Sort
  var text: String
  var key: CaptureKey

  func problem(for backend: Backend) -> LoadProblem.Kind? {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let word = words.first else { return .blank }
    if backend == .iptables, isTornBySpace {
      return .notTaken(expected: "no white space around it")
    }
    if words.count > 1 {
      // More words may be anything, even a match of their own; plain values in a row are not.
      let plain = words.allSatisfy { $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } }
      let mayGoOn = backend == .nftables && Self.nftOpens(words[1])
      return plain && !mayGoOn ? .notTaken(expected: "one value") : nil
    }
    return switch backend {
    case .iptables: problemForIPTables(word)
    case .nftables: problemForNft(word)
    }
  }

  /// Istio glues something to some values, which white space then keeps apart.
  private var isTornBySpace: Bool {
    switch sort {
    case .portBesideDNS: text.first?.isWhitespace == true
    case .maskedMark, .server: text.last?.isWhitespace == true
    default: false
    }
  }
}

extension RulePurpose {
  /// What of the config stands in the rule for one family.
  func operands(for family: Family) -> [Operand] {
    switch self {
    case .excludedInterface(let name, _):
      [Operand(sort: .interface, text: name, key: .excludeInterfaces)]
    case .virtualInterfacePassedBy(let name), .virtualInterfaceCaptured(let name, _):
      [Operand(sort: .interface, text: name, key: .rerouteVirtualInterfaces)]
    case .toOutboundListener(let port):
      [Operand(sort: .redirectPort, text: port, key: .proxyPort)]
    case .toInboundListener(let port):
      [Operand(sort: .redirectPort, text: port, key: .inboundCapturePort)]
    case .tunnelPort(let port): [Operand(sort: .port, text: port, key: .inboundTunnelPort)]
    case .excludedInboundPort(let port):
      [Operand(sort: .port, text: port, key: .inboundPortsExclude)]
    case .establishedInbound(let port?), .capturedInbound(let port?, _):
      [Operand(sort: .port, text: port, key: .inboundPortsInclude)]
    case .divertMark(let mark), .saveMark(let mark), .restoreMark(let mark),
      .markedOverLoopback(let mark), .markedInbound(let mark):
      [Operand(sort: .mark, text: mark, key: .inboundTProxyMark)]
    case .tproxy(let mark, let port):
      [
        Operand(sort: .maskedMark, text: mark, key: .inboundTProxyMark),
        Operand(sort: .tproxyPort, text: port, key: .inboundCapturePort),
      ]
    case .excludedOutboundPort(let port, let transport):
      [
        Operand(
          sort: transport == .tcp ? .port : .udpPort, text: port, key: .outboundPortsExclude)
      ]
    case .includedOutboundPort(let port):
      [Operand(sort: .port, text: port, key: .outboundPortsInclude)]
    case .proxyToItself(let owner, let ports):
      [
        Operand(
          sort: ports.count > 1 ? .portBesideDNS : .port, text: ports.last ?? "",
          key: .inboundTunnelPort),
        owner.operand,
      ]
    case .appToItself(let owner, _), .proxyTraffic(let owner), .dnsOfProxy(let owner),
      .dnsZoneOfProxyQuery(let owner), .dnsZoneOfProxyAnswer(let owner),
      .markProxyToItself(let owner):
      [owner.operand]
    case .excludedGroup(let group), .dnsOfExcludedGroup(let group):
      [Operand(sort: .group, text: group, key: .ownerGroupsExclude)]
    case .otherGroups(let groups), .dnsOfOtherGroups(let groups):
      groups.map { Operand(sort: .group, text: $0, key: .ownerGroupsInclude) }
    case .dnsCaptured(let server?, _), .dnsZoneOfQuery(let server?),
      .dnsZoneOfReply(let server?, _):
      [
        Operand(
          sort: .server(family), text: server,
          key: family == .ipv4 ? .dnsServersV4 : .dnsServersV6)
      ]
    default: []
    }
  }
}

extension RulePurpose.Owner {
  fileprivate var operand: Operand {
    switch self {
    case .user(let id): Operand(sort: .user, text: id, key: .proxyUID)
    case .group(let id): Operand(sort: .group, text: id, key: .proxyGID)
    }
  }
}

// MARK: - What both tools share

extension Operand {
  /// What a tool says to a word that is of no use to it.
  var refusal: LoadProblem.Kind {
    let expected =
      switch sort {
      case .port, .udpPort, .portBesideDNS, .redirectPort, .tproxyPort: "0 to 65535"
      case .user, .group: "a number or a name"
      case .mark, .maskedMark: "a number of 32 bits"
      case .interface: "an interface's name"
      case .server(.ipv4): "an IPv4 address"
      case .server(.ipv6): "an IPv6 address"
      }
    return .notTaken(expected: expected)
  }

  /// Where a tool looks a name up.
  var database: LoadProblem.Kind {
    switch sort {
    case .port, .udpPort, .portBesideDNS, .redirectPort, .tproxyPort: .name(in: "/etc/services")
    case .user: .name(in: "/etc/passwd")
    case .group: .name(in: "/etc/group")
    case .mark, .maskedMark: .name(in: "/etc/iproute2/rt_marks")
    case .server: .name(in: "its resolver")
    case .interface: refusal
    }
  }
}

extension StringProtocol {
  /// An IPv4 address in one of C's older spellings, such as `10.1` or `010.0.0.1`.
  var isOldStyleAddress: Bool {
    let parts = split(separator: ".", omittingEmptySubsequences: false).map(\.cNumber)
    guard (1...4).contains(parts.count), let last = parts.last ?? nil else { return false }
    let width = UInt64(8 * (5 - parts.count))
    return last < 1 << width && parts.dropLast().allSatisfy { $0.map { $0 <= 255 } ?? false }
  }

  /// The number C's `strtoul` reads with base 0, if it reads all of it.
  var cNumber: UInt64? {
    let digits = hasPrefix("+") ? String(dropFirst()) : String(self)
    guard let first = digits.first, first.isHexDigit else { return nil }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      let hex = digits.dropFirst(2)
      return hex.first?.isHexDigit == true ? UInt64(hex, radix: 16) : nil
    }
    return UInt64(digits, radix: first == "0" && digits.count > 1 ? 8 : 10)
  }

  /// A name some database may know: it has a letter, and nothing a name cannot have.
  var isNameLike: Bool {
    contains(where: \.isLetter)
      && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
  }
}
