import Addresses
import FlowSets
import Ruleset
import Testing

@testable import Reports

@Suite struct RegionTextTests {
  private let words = RegionText(in: Universe(.outbound))

  @Test func everythingHasAWord() {
    #expect(words.line(Region()) == "everything")
  }

  @Test func valuesOrWhatIsMissingWhicheverIsShorter() {
    var region = Region()
    region.protocols = IntervalSet(6)
    region.ports = IntervalSet([3307...3307, 8000...8010])
    region.outputInterfaces = [.firstEthernet]
    #expect(words.line(region) == "tcp 3307,8000-8010, leaving the pod")
    region.ports = IntervalSet(22).complement(in: IntervalSet([0...65535]))
    #expect(words.line(region) == "tcp, every port but 22, leaving the pod")
    region.protocols = IntervalSet(6).complement(in: IntervalSet([0...255]))
    region.ports = nil
    #expect(words.line(region) == "every protocol but tcp, leaving the pod")
  }

  @Test func addressesByPrefixesOrByWhatTheyLeaveOut() throws {
    let ten = try #require(Prefix("10.0.0.0/8"))
    var region = Region()
    region.destinations = [ten]
    #expect(words.line(region) == "everything to 10.0.0.0/8")
    let rest = IntervalSet([ten]).complement(in: IntervalSet([Family.ipv4.addresses]))
    region.destinations = Prefix.cover(of: rest, in: .ipv4)
    #expect(words.line(region) == "everything to anywhere but 10.0.0.0/8")
    // No loopback address leaves the pod, so that it is missing needs no word.
    let loopback = IntervalSet([try #require(Prefix("127.0.0.0/8"))])
    region.destinations = Prefix.cover(of: rest.subtracting(loopback), in: .ipv4)
    region.outputInterfaces = [.firstEthernet]
    #expect(words.line(region) == "everything to anywhere but 10.0.0.0/8, leaving the pod")
    let one = IntervalSet([try #require(Prefix("127.0.0.1/32"))])
    region.destinations = Prefix.cover(of: loopback.subtracting(one), in: .ipv4)
    region.outputInterfaces = [.loopback]
    #expect(words.line(region) == "everything to 127.0.0.0/8 but 127.0.0.1, inside the pod")
  }

  @Test func whatBelongsToThePodButNotToLoopback() throws {
    let loopback = IntervalSet([Family.ipv4.loopback])
    let beyond = IntervalSet([Family.ipv4.addresses]).subtracting(loopback)
    var region = Region()
    region.sources = Prefix.cover(of: beyond, in: .ipv4)
    region.outputInterfaces = [.loopback]
    #expect(words.line(region) == "everything from anywhere beyond loopback inside the pod")
    let ten = IntervalSet([try #require(Prefix("10.0.0.0/8"))])
    region.sources = Prefix.cover(of: beyond.subtracting(ten), in: .ipv4)
    #expect(
      words.line(region)
        == "everything from anywhere beyond loopback but 10.0.0.0/8, inside the pod")
  }

  @Test func icmpByTypeAndCode() {
    var region = Region()
    region.protocols = IntervalSet(1)
    region.icmp = IntervalSet([0x800...0x8FF])
    #expect(words.line(region) == "icmp, type and code 8/0-8/255")
    region.icmp = IntervalSet([0x800...0x8FF]).complement(in: IntervalSet([0...65535]))
    #expect(words.line(region) == "icmp, every type and code but 8/0-8/255")
  }

  @Test func longListsAndLongCoversAreCutUnlessAllIsWanted() throws {
    let cover = (0..<40).map { number in
      var region = Region()
      region.ports = IntervalSet((0...number).map { UInt128($0 * 2)...UInt128($0 * 2) })
      return region
    }
    #expect(words.lines(cover).allSatisfy { !$0.contains("more") })
    let short = RegionText(in: Universe(.outbound), isWhole: false)
    let lines = short.lines(cover)
    #expect(lines.count == 13)
    #expect(lines.last == "  and 28 more (--all)")
    let list = short.line(try #require(cover.last))
    #expect(list.hasPrefix("port 0, 2, 4, "))
    #expect(list.hasSuffix(", 44, 46 and 16 more (--all)"))
  }

  @Test func ownersAndPacketsWithoutASocket() {
    let ids = IntervalSet([0...Owner.none - 1])
    var region = Region()
    region.uids = IntervalSet(1000)
    #expect(words.line(region) == "everything, uid 1000")
    region.uids = ids.subtracting(IntervalSet(1337))
    #expect(words.line(region) == "everything, any uid but 1337")
    region.uids = IntervalSet([0...Owner.none]).subtracting(IntervalSet(1337))
    #expect(words.line(region) == "everything, any uid but 1337, or no socket")
    region.uids = IntervalSet(Owner.none)
    region.gids = IntervalSet(Owner.none)
    #expect(words.line(region) == "everything, sent by no socket")
  }

  @Test func longListsBreakIntoLinesOf80Columns() {
    var region = Region()
    region.protocols = IntervalSet(6)
    region.ports = IntervalSet((0..<60).map { UInt128($0 * 1000)...UInt128($0 * 1000) })
    let lines = words.lines([region])
    #expect(lines.count > 3)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("    ") })
  }
}
