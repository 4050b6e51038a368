import Addresses
import Istio
import Ruleset
import TestSupport

@testable import Planning

/// A question small enough for every exclusion there is to be tried: addresses 10.0.0.0/30 and
/// fd00::/127 and whatever lies beyond, ports 1001 to 1003.
struct SmallWorld {
  var endpoints: [Endpoint] = []
  var preferences = SuggestionPreferences()
  var kept = Exclusion()

  static let ports: [UInt16] = [1001, 1002, 1003]
  static let block4 = Prefix(IPAddress(.ipv4, 0x0A00_0000), length: 30)
  static let block6 = Prefix(IPAddress(.ipv6, 0xFD << 120), length: 127)

  /// A random question.
  init(seed: Int) {
    var random = Seeded(seed)
    let count = Int.random(in: 1...7, using: &random)
    for index in 0..<count {
      let place: Endpoint.Place =
        switch Int.random(in: 0..<20, using: &random) {
        case 0: .anywhere
        case 1: .host("db.example.com")
        case 2...4:
          .prefixes([Self.prefix(using: &random), Self.prefix(using: &random)])
        default: .prefixes([Self.prefix(using: &random)])
        }
      let wants: [Endpoint.Want] = [.bypass, .bypass, .bypass, .captured, .either]
      endpoints.append(
        Endpoint(
          name: "e\(index)", place: place,
          port: Self.ports.randomElement(using: &random) ?? 1001,
          want: wants.randomElement(using: &random) ?? .bypass))
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      preferences.aggregation[.ipv4] = Int.random(in: 30...32, using: &random)
      preferences.aggregation[.ipv6] = Int.random(in: 127...128, using: &random)
    }
    if Int.random(in: 0..<3, using: &random) == 0 { preferences.preferred = .ranges }
    if Int.random(in: 0..<4, using: &random) == 0 { preferences.weight = .space }
    if Int.random(in: 0..<4, using: &random) == 0 {
      preferences.neverPorts = Set(Self.ports.filter { _ in Bool.random(using: &random) })
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      kept.ports = Self.ports.filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
      if Bool.random(using: &random) { kept.ranges = [Self.prefix(using: &random)] }
    }
  }

  private static func prefix(using random: inout Seeded) -> Prefix {
    let block = Int.random(in: 0..<3, using: &random) == 0 ? block6 : block4
    let length = Int.random(in: block.length...block.family.width, using: &random)
    let bits = UInt128.random(in: block.range, using: &random)
    return Prefix(IPAddress(block.family, bits), length: length).network
  }

  /// Both families captured whole.
  static let settings: PlanSettings? = {
    var pod = PodTraffic()
    pod.ipv6 = .known(true)
    return try? PlanSettings(pod)
  }()

  static let reach = settings.flatMap { settings in
    try? CaptureReach(settings, services: ports.map { .init(port: $0, transport: .tcp) })
  }
}

// MARK: - Every exclusion there is

extension SmallWorld {
  /// A set of (address, port) pairs, a bit each. Address 6 is all that lies beyond.
  typealias Cells = UInt32

  private static func address(_ prefix: Prefix) -> [Int] {
    let block = prefix.family == .ipv4 ? block4 : block6
    let first = prefix.family == .ipv4 ? 0 : 4
    return prefix.range.map { first + Int($0 - block.range.lowerBound) }
  }

  private static func cells(_ addresses: [Int], _ ports: [UInt16]) -> Cells {
    var cells: Cells = 0
    for address in addresses {
      for (index, port) in Self.ports.enumerated() where ports.contains(port) {
        cells |= 1 << Cells(address * Self.ports.count + index)
      }
    }
    return cells
  }

  static func cells(_ endpoint: Endpoint) -> Cells {
    let addresses = endpoint.prefixes.isEmpty ? Array(0...6) : endpoint.prefixes.flatMap(address)
    return cells(addresses, [endpoint.port])
  }

  static func cells(_ exclusion: Exclusion) -> Cells {
    cells(Array(0...6), exclusion.ports) | cells(exclusion.ranges.flatMap(address), ports)
  }

  /// Every set of prefixes inside `prefix` of which none holds another.
  private static func antichains(in prefix: Prefix) -> [[Prefix]] {
    guard prefix.length < prefix.family.width else { return [[], [prefix]] }
    let length = prefix.length + 1
    let half = UInt128(1) << UInt128(prefix.family.width - length)
    let low = antichains(in: Prefix(prefix.address, length: length))
    let high = antichains(
      in: Prefix(IPAddress(prefix.family, prefix.address.bits | half), length: length))
    return [[prefix]] + low.flatMap { low in high.map { low + $0 } }
  }

  /// Every range there could be.
  private static let ranges: [Prefix] = [block4, block6].flatMap { block in
    (block.length...block.family.width).flatMap { length in
      block.range.compactMap { bits -> Prefix? in
        let prefix = Prefix(IPAddress(block.family, bits), length: length)
        return prefix == prefix.network ? prefix : nil
      }
    }
  }

  /// Every set of ranges, with a bit for each of its members, and its cells.
  private static let allRanges: [(ranges: [Prefix], members: UInt32, cells: Cells)] =
    antichains(in: block4).flatMap { low in antichains(in: block6).map { low + $0 } }
    .map { ($0, members($0), cells(Exclusion(ranges: $0))) }

  private static func members(_ list: [Prefix]) -> UInt32 {
    ranges.indices.reduce(0) { list.contains(ranges[$1]) ? $0 | 1 << UInt32($1) : $0 }
  }

  /// What must bypass, and what must not.
  func wanted(_ want: Endpoint.Want) -> Cells {
    endpoints.filter { $0.want == want }.reduce(0) { $0 | Self.cells($1) }
  }

  func mayExclude(_ range: Prefix) -> Bool {
    if let shortest = preferences.aggregation[range.family], range.length >= shortest {
      return true
    }
    let open = endpoints.filter { $0.want == .bypass }.flatMap(\.prefixes) + kept.ranges
    return Set(Self.address(range)).isSubset(of: open.flatMap(Self.address))
  }

  /// The least cost of an exclusion that does what is wanted; nil where there is none.
  var leastCost: [Int]? {
    let kept = Self.cells(self.kept)
    let need = wanted(.bypass) & ~kept
    let hold = wanted(.captured)
    guard hold & kept == 0 else { return nil }
    let open = Self.members(Self.ranges.filter(mayExclude))
    let ranges = Self.allRanges.filter { $0.cells & hold == 0 && $0.members & ~open == 0 }
    let free = Self.ports.filter { !preferences.neverPorts.contains($0) }
    var best: [Int]?
    for subset in 0..<(1 << free.count) {
      let ports = free.indices.filter { subset >> $0 & 1 == 1 }.map { free[$0] }
      let byPort = Self.cells(Array(0...6), ports)
      guard byPort & hold == 0 else { continue }
      for choice in ranges where need & ~(byPort | choice.cells) == 0 {
        // Cheap to tell, and enough where entries are counted.
        if preferences.weight == .entries, let best, ports.count + choice.ranges.count > best[0] {
          continue
        }
        let cost = cost(Exclusion(ports: ports, ranges: choice.ranges))
        if let known = best, !cost.lexicographicallyPrecedes(known) { continue }
        best = cost
      }
    }
    return best
  }

  /// Weight, entries, entries not preferred, neutral endpoints hit, host bits.
  func cost(_ exclusion: Exclusion) -> [Int] {
    let kept = Self.cells(self.kept)
    let neutrals = endpoints.filter { $0.want == .either }.flatMap { endpoint in
      endpoint.prefixes.isEmpty
        ? [(endpoint.port, Prefix?.none)] : endpoint.prefixes.map { (endpoint.port, $0) }
    }.filter { port, prefix in
      let own = Self.cells(prefix.map(Self.address) ?? Array(0...6), [port])
      return own & ~kept != 0
    }
    let hits =
      exclusion.ports.map { port in neutrals.count { $0.0 == port } }
      + exclusion.ranges.map { range in
        neutrals.count { neutral in
          neutral.1.map { !Set(Self.address($0)).isDisjoint(with: Self.address(range)) } ?? false
        }
      }
    let hostBits = exclusion.ranges.map { $0.family.width - $0.length }
    // In units of 2^16 destinations: a port is all of IPv4 and all networks of IPv6.
    let space =
      exclusion.ports.count * (1 << 16 + 1 << 48)
      + exclusion.ranges.reduce(0) { $0 + ($1.family == .ipv4 ? 1 << (32 - $1.length) : 1) }
    return [
      preferences.weight == .entries ? exclusion.count : space, exclusion.count,
      preferences.preferred == .ports ? exclusion.ranges.count : exclusion.ports.count,
      hits.reduce(0, +), hostBits.reduce(0, +),
    ]
  }

  /// Every port and every range that may be excluded, each alone.
  var entries: [Exclusion] {
    let hold = wanted(.captured)
    let ports = Self.ports.filter { !preferences.neverPorts.contains($0) }
    let all =
      ports.map { Exclusion(ports: [$0]) }
      + Self.ranges.filter(mayExclude).map { Exclusion(ranges: [$0]) }
    return all.filter { Self.cells($0) & hold == 0 }
  }

  /// Whether one entry serves all of a need.
  func serves(_ entry: Exclusion, _ need: Wants.Need) -> Bool {
    if entry.ports.contains(need.port) { return true }
    guard let prefix = need.prefix else { return false }
    return Set(Self.address(prefix)).isSubset(of: entry.ranges.flatMap(Self.address))
  }

  /// Whether one entry could serve both.
  func shareAnEntry(_ a: Wants.Need, _ b: Wants.Need) -> Bool {
    let hold = wanted(.captured)
    let byPort = Self.cells(Exclusion(ports: [a.port]))
    if a.port == b.port, byPort & hold == 0, !preferences.neverPorts.contains(a.port) {
      return true
    }
    guard let first = a.prefix, let second = b.prefix else { return false }
    let both = Set(Self.address(first) + Self.address(second))
    return Self.ranges.contains { range in
      Self.cells(Exclusion(ranges: [range])) & hold == 0 && mayExclude(range)
        && both.isSubset(of: Self.address(range))
    }
  }
}
