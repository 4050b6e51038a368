import Addresses

/// The cost of each entry there could be, with the neutral endpoints it would hit.
///
/// A neutral hit by a port and by a range is counted for each; counting it once would be NP-hard.
struct EntryCosts: Sendable {
  private let preferences: SuggestionPreferences
  /// Of each port, the neutral endpoints on it.
  private var onPort = [Int](repeating: 0, count: 1 << 16)
  /// First and last addresses of neutral endpoints, each sorted.
  private var starts: [IPAddress] = []
  private var ends: [IPAddress] = []
  /// Destinations an excluded port covers.
  private let space: Int128

  init(_ neutrals: [Wants.Neutral], families: Set<Family>, _ preferences: SuggestionPreferences) {
    self.preferences = preferences
    space = families.reduce(0) { $0 + 1 << Int128(Self.bits($1.width, of: $1)) }
    for neutral in neutrals {
      onPort[Int(neutral.port)] += 1
      guard let prefix = neutral.prefix else { continue }
      starts.append(prefix.address)
      ends.append(IPAddress(prefix.family, prefix.range.upperBound))
    }
    starts.sort()
    ends.sort()
  }

  func cost(of port: UInt16) -> EntryCost {
    EntryCost(
      weight: preferences.weight == .entries ? 1 : space,
      ties: EntryCost.ties(
        isPreferred: preferences.preferred == .ports, neutrals: onPort[Int(port)], hostBits: 0))
  }

  func cost(of range: Prefix) -> EntryCost {
    let hostBits = range.family.width - range.length
    let space = Int128(1) << Int128(16 + Self.bits(hostBits, of: range.family))
    return EntryCost(
      weight: preferences.weight == .entries ? 1 : space,
      ties: EntryCost.ties(
        isPreferred: preferences.preferred == .ranges, neutrals: neutrals(in: range),
        hostBits: hostBits))
  }

  /// All but those that end before the range or start after it.
  private func neutrals(in range: Prefix) -> Int {
    let first = range.network.address
    let last = IPAddress(range.family, range.range.upperBound)
    return starts.count(atMost: last) - ends.count(below: first)
  }

  /// IPv6 in networks of 64 bits, lest one network outweigh all of IPv4.
  private static func bits(_ hostBits: Int, of family: Family) -> Int {
    family == .ipv4 ? hostBits : max(0, hostBits - 64)
  }
}

extension [IPAddress] {
  fileprivate func count(atMost value: IPAddress) -> Int { partition { $0 <= value } }
  fileprivate func count(below value: IPAddress) -> Int { partition { $0 < value } }

  /// How many of the sorted addresses come first that fulfil the condition.
  private func partition(_ holds: (IPAddress) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
