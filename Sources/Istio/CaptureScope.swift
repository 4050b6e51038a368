public import Addresses

/// What of outbound TCP a config captures, as sets of addresses and ports: enough to say which entry
/// of a list changes nothing.
///
/// Loopback, owners and groups are left out, for no entry of a list changes what becomes of them.
public struct CaptureScope {
  /// A range of a list, and where it stands there.
  public struct Entry {
    public var word: ListWords.Word
    public var prefix: Prefix
  }

  /// Families whose packets meet rules at all.
  public private(set) var families: [Family]
  public private(set) var capturesDNS: Bool
  public private(set) var includesEverything: Bool
  public let included: [Entry]
  public let excluded: [Entry]
  public private(set) var includedPorts: IntervalSet
  public private(set) var excludedPorts: IntervalSet
  /// What the rules let pass over lo before they look at excluded ranges.
  let loopback: [Prefix]
  private let includedAddresses: [Family: IntervalSet]
  private let excludedAddresses: [Family: IntervalSet]

  public init(_ config: CaptureConfig, backend: Backend) {
    families = config.enableIPv6 || backend == .nftables ? Family.allCases : [.ipv4]
    capturesDNS = config.redirectDNS
    includesEverything = config.outboundIPRangesInclude == "*"
    included = Self.entries(config.outboundIPRangesInclude)
    excluded = Self.entries(config.outboundIPRangesExclude)
    includedPorts = Self.ports(config.outboundPortsInclude)
    excludedPorts = Self.ports(config.outboundPortsExclude)
    loopback = Self.loopback(config, included)
    includedAddresses = Self.addresses(included)
    excludedAddresses = Self.addresses(excluded)
  }

  /// An include list that names a loopback address takes back the rule for all that leaves by lo, and
  /// so does DNS capture for port 53.
  private static func loopback(_ config: CaptureConfig, _ included: [Entry]) -> [Prefix] {
    let ranges = ["127.0.0.0/8", "::1/128"].compactMap { Prefix($0) }
    let isWhole =
      !config.redirectDNS
      && !included.contains { entry in ranges.contains { $0.contains(entry.prefix.address) } }
    return isWhole
      ? ranges : ranges.suffix(1) + [Prefix(config.hostIPv4LoopbackCidr)].compactMap(\.self)
  }

  static func entries(_ list: String) -> [Entry] {
    ListWords(list).words.compactMap { word in
      Prefix(word.text).map { Entry(word: word, prefix: $0) }
    }
  }

  static func ports(_ list: String) -> IntervalSet {
    IntervalSet(ListWords(list).words.compactMap { ports(of: $0.text) })
  }

  /// The port the tools read: a leading zero makes a number octal, as in C.
  public static func port(of text: some StringProtocol) -> UInt16? {
    guard text.isDecimal else { return nil }
    return text.cNumber.flatMap { UInt16(exactly: $0) }
  }

  /// A port, or a range as iptables takes it.
  public static func ports(of text: String) -> IntervalSet.Interval? {
    let ends = text.split(separator: ":").map { port(of: $0) }
    guard let first = ends.first.flatMap(\.self), let last = ends.last.flatMap(\.self),
      ends.count <= 2, first <= last
    else { return nil }
    return UInt128(first)...UInt128(last)
  }
}

extension CaptureScope {
  private static func addresses(_ entries: [Entry]) -> [Family: IntervalSet] {
    Dictionary(grouping: entries.map(\.prefix), by: \.family).mapValues { IntervalSet($0) }
  }

  func included(_ family: Family) -> IntervalSet {
    includesEverything ? IntervalSet([family.addresses]) : includedAddresses[family] ?? .empty
  }

  public func excluded(_ family: Family) -> IntervalSet { excludedAddresses[family] ?? .empty }

  /// Whether some connection to the port would be captured if the port were not excluded.
  public func captures(port: UInt16) -> Bool {
    if capturesDNS, port == 53 { return true }
    let isIncluded = includedPorts.contains(UInt128(port))
    return families.contains { family in
      let wanted = isIncluded ? IntervalSet([family.addresses]) : included(family)
      return !wanted.isSubset(of: excluded(family))
    }
  }

  /// Whether the excluded ranges let anything pass that would be captured without them.
  public var excludesAddresses: Bool {
    families.contains { family in
      let own = IntervalSet(loopback.filter { $0.family == family }.map(\.range))
      return !wanted(family).intersection(excluded(family)).subtracting(own).isEmpty
    }
  }

  /// Addresses that are captured on some port if nothing is excluded.
  func wanted(_ family: Family) -> IntervalSet {
    includedPorts.isEmpty ? included(family) : IntervalSet([family.addresses])
  }

  /// Whether every address that meets rules is captured on any port, so that naming ports adds none.
  public var capturesEveryAddress: Bool {
    families.allSatisfy { IntervalSet([$0.addresses]).isSubset(of: included($0)) }
  }
}
