import Addresses

extension CaptureScope {
  /// Why each excluded range changes nothing, in words; nil for one that does. In the order of
  /// `excluded`, and all at once: O(n log n).
  public func futilities() -> [String?] {
    let list = RangeList(excluded.map(\.prefix))
    let wanted = Dictionary(uniqueKeysWithValues: Family.allCases.map { ($0, self.wanted($0)) })
    return excluded.indices.map { index in
      futility(ofExcluded: index, in: list, wanted: wanted[excluded[index].prefix.family] ?? .empty)
    }
  }

  /// - Parameter wanted: Addresses of the range's family that are captured if nothing is excluded.
  private func futility(ofExcluded index: Int, in list: RangeList, wanted: IntervalSet) -> String? {
    let prefix = excluded[index].prefix
    if let plain = prefix.unmapped {
      return "no packet has an IPv4-mapped address; write \(plain.network)"
    }
    guard families.contains(prefix.family) else { return "IPv6 is not captured anyway" }
    if let other = list.firstCovering(index) {
      return "\(excluded[other].word.text) in the same list covers it"
    }
    if list.isCoveredByNarrower(index) { return "the other ranges of the list cover it together" }
    if loopback.contains(where: {
      $0.family == prefix.family && $0.range.contains(prefix.range)
    }) {
      return "what stays in the pod is not captured anyway"
    }
    guard !wanted.overlaps(prefix.range) else { return nil }
    return wanted.isEmpty
      ? "nothing outbound is captured at all" : "includeOutboundIPRanges captures none of it"
  }
}

/// Which ranges of a list the others cover. Two prefixes are apart or one holds the other, so what
/// covers one is a single wider prefix, or narrower ones together.
private struct RangeList {
  private let networks: [Prefix]
  /// Where each network stands first, and last.
  private var first: [Prefix: Int] = [:]
  private var last: [Prefix: Int] = [:]
  private var lengths: [Family: Set<Int>] = [:]
  /// Networks whose halves the list covers both.
  private var joined: Set<Prefix> = []

  init(_ prefixes: [Prefix]) {
    networks = prefixes.map(\.network)
    for (index, network) in networks.enumerated() {
      if last.updateValue(index, forKey: network) == nil { first[network] = index }
      lengths[network.family, default: []].insert(network.length)
    }
    for family in Family.allCases { join(family) }
  }

  /// From the longest prefixes up: two halves make a whole, which may be half of another.
  private mutating func join(_ family: Family) {
    var byLength = Dictionary(
      grouping: first.keys.lazy.filter { $0.family == family }, by: \.length)
    for length in stride(from: family.width, to: 0, by: -1) {
      let whole = Set(byLength[length] ?? [])
      for half in whole {
        let parent = half.shortened(to: length - 1)
        // The lower half speaks for both.
        guard half.address == parent.address, whole.contains(half.sibling),
          joined.insert(parent).inserted
        else { continue }
        byLength[length - 1, default: []].append(parent)
      }
    }
  }

  /// The first range of the list that covers this one: a wider one, or the same one before it.
  func firstCovering(_ index: Int) -> Int? {
    let network = networks[index]
    let wider = lengths[network.family, default: []].lazy.filter { $0 < network.length }
      .compactMap { first[network.shortened(to: $0)] }.min()
    let same = first[network].flatMap { $0 < index ? $0 : nil }
    return [wider, same].compactMap(\.self).min()
  }

  /// Of equal ranges only the last is measured by the rest, lest each be called futile.
  func isCoveredByNarrower(_ index: Int) -> Bool {
    joined.contains(networks[index]) && last[networks[index]] == index
  }
}

extension Prefix {
  /// The network of this length that holds this prefix.
  fileprivate func shortened(to length: Int) -> Prefix { Prefix(address, length: length).network }

  /// The other half of the network one bit shorter.
  fileprivate var sibling: Prefix {
    Prefix(IPAddress(family, address.bits ^ 1 << UInt128(family.width - length)), length: length)
  }
}
