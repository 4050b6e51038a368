import Addresses

/// One of the two lists of outbound ranges, split by family.
///
/// Models `SeparateV4V6` of tools/common/config/config.go.
struct OutboundRanges: Hashable {
  /// The list is `*` and nothing else.
  var isEverything = false
  /// IPv4 first, each family in the order of the list.
  var prefixes: [Prefix] = []
  /// Items up to 1.26 pass over in silence.
  var skipped: [Skipped] = []

  struct Skipped: Hashable {
    var item: ListItem
    var problem: PrefixProblem
  }

  init(_ list: String, of key: CaptureKey, version: IstioVersion) throws(Refusal) {
    if list == "*" {
      isEverything = true
      return
    }
    var ipv6: [Prefix] = []
    for item in ListItem.kept(of: list) {
      if let prefix = Prefix(item.text) {
        if prefix.family == .ipv4 { prefixes.append(prefix) } else { ipv6.append(prefix) }
        continue
      }
      let problem = PrefixProblem(of: item.text)
      if version.has(.strictRanges) {
        throw Refusal(by: .generator, key, value: list, item: item, because: .range(problem))
      }
      skipped.append(Skipped(item: item, problem: problem))
    }
    prefixes += ipv6
  }

  func prefixes(of family: Family) -> [Prefix] {
    prefixes.filter { $0.family == family }
  }

  /// The app's own calls over lo are wanted captured. Go looks at the address, not the range, and
  /// knows 127.0.0.0/8 in its IPv4-mapped form too (`netip`, since June 2024).
  var holdsLoopback: Bool {
    prefixes.map(\.address).contains {
      $0.isLoopback || Prefix($0).unmapped?.address.isLoopback == true
    }
  }
}
