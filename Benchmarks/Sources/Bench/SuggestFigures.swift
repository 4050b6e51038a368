import Addresses
import Istio
import Planning

/// The smallest exclusion for an inventory, and its check against the rules it makes.
enum SuggestFigures {
  static func measure(_ setting: Setting) throws -> [Figure] {
    try [100, 1_000, 10_000].flatMap { try figures(setting, endpoints: $0) }
  }

  private static func figures(_ setting: Setting, endpoints count: Int) throws -> [Figure] {
    let settings = try PlanSettings(PodTraffic())
    let endpoints = endpoints(count)
    var preferences = SuggestionPreferences()
    preferences.aggregation[.ipv4] = 24
    var entries = 0
    let times = try setting.race(
      rounds: count < 10_000 ? nil : 3,
      [
        { () throws -> Void in
          let suggestion = try Suggestion(for: endpoints, in: settings, preferences: preferences)
          guard case .exclusion(let found) = suggestion.answer else {
            throw Failure("no exclusion for \(count) endpoints")
          }
          entries = found.exclusion.count
        }
      ])
    let suggestion = try Suggestion(for: endpoints, in: settings, preferences: preferences)
    guard case .exclusion(let found) = suggestion.answer else { return [] }
    let checks = try setting.race(
      rounds: 3,
      [
        { () throws -> Void in
          guard try SuggestionCheck(found, of: suggestion).holds else {
            throw Failure("a suggestion for \(count) endpoints does not hold")
          }
        }
      ])
    let gates = [1_000: 5e-3, 10_000: 100e-3]
    let what = "suggest for \(count) endpoints"
    return [
      Figure(what, times[0], gate: gates[count].map { .atMost($0) }, note: "\(entries) entries"),
      Figure("  its check against all packets", checks[0]),
    ]
  }

  /// So many servers on even addresses, one in ten of which must stay captured, on 200 ports; the
  /// addresses between are nobody's.
  private static func endpoints(_ count: Int) -> [Endpoint] {
    var random = SmallRandom(seed: 7)
    var taken: Set<UInt32> = []
    return (0..<count).map { index in
      var address: UInt32
      repeat {
        address = 0x0A00_0000 | UInt32.random(in: 0..<UInt32(4 * count), using: &random) << 1
      } while !taken.insert(address).inserted
      return Endpoint(
        name: "server\(index)", place: .prefixes([Prefix(IPAddress(.ipv4, UInt128(address)))]),
        port: UInt16(20_000 + Int.random(in: 0..<200, using: &random)),
        want: index % 10 == 9 ? .captured : .bypass)
    }
  }
}
