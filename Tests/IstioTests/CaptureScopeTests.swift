import Addresses
import Istio
import TestSupport
import Testing

@Suite struct CaptureScopeTests {
  private func scope(excluding list: [Prefix], including: String = "*") -> CaptureScope {
    var config = CaptureConfig()
    config.enableIPv6 = true
    config.outboundIPRangesInclude = including
    config.outboundIPRangesExclude = list.map(\.description).joined(separator: ",")
    return CaptureScope(config, backend: .iptables)
  }

  /// The definition, one entry against all others.
  private func isNeedless(_ index: Int, of list: [Prefix]) -> Bool {
    let own = list[index].range
    let others = list.indices.filter { $0 != index && list[$0].family == list[index].family }
    if others.contains(where: { list[$0].range == own && $0 > index }) {
      return others.contains {
        list[$0].range.contains(own) && (list[$0].range != own || $0 < index)
      }
    }
    return IntervalSet([own]).isSubset(of: IntervalSet(others.map { list[$0] }))
  }

  @Test func aRangeIsFutileExactlyWhereTheOthersCoverIt() {
    var random = Seeded(7)
    for round in 0..<300 {
      let family = round.isMultiple(of: 2) ? Family.ipv4 : .ipv6
      let list = (0..<Int.random(in: 1...24, using: &random)).map { _ in
        let length = Int.random(in: 0...5, using: &random)
        let bits = UInt128(UInt8.random(in: 0...63, using: &random)) << UInt128(family.width - 6)
        // Host bits are kept as written.
        return Prefix(IPAddress(family, bits), length: length)
      }
      let futile = scope(excluding: list).futilities().map { $0 != nil }
      #expect(futile == list.indices.map { isNeedless($0, of: list) }, "\(list)")
    }
  }

  @Test func saysWhichRangeCoversIt() {
    let list =
      ["10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24", "172.16.0.0/13", "172.24.0.0/13"]
      + ["172.16.0.0/12", "192.168.0.0/24", "192.168.1.0/24", "192.168.0.0/23", "192.168.0.9/23"]
    #expect(
      scope(excluding: list.compactMap { Prefix($0) }).futilities() == [
        "10.0.0.0/8 in the same list covers it", nil, "10.1.0.0/16 in the same list covers it",
        "172.16.0.0/12 in the same list covers it", "172.16.0.0/12 in the same list covers it",
        "the other ranges of the list cover it together",
        "192.168.0.0/23 in the same list covers it", "192.168.0.0/23 in the same list covers it",
        nil, "192.168.0.0/23 in the same list covers it",
      ])
  }

  @Test(.timeLimit(.minutes(1))) func tensOfThousandsOfRangesAreJudgedAtOnce() {
    let list = (0..<50_000).map { Prefix(IPAddress(.ipv4, 0x0A00_0000 + $0 * 2)) }
    #expect(scope(excluding: list).futilities().allSatisfy { $0 == nil })
  }
}
