import Addresses
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import FlowSets

/// That equal functions have equal handles rests on what is checked here of every node there is.
@Suite struct CanonicalFormTests {
  @Test(arguments: 0..<40)
  func nodesOfRandomRulesets(seed: Int) throws {
    var draw = RandomRulesets(seed: 2000 + seed)
    let old = draw.ruleset()
    let new = draw.altered(old)
    let space = FlowSpace(for: [old, new], in: PodNetwork(RandomRulesets.local))
    for direction in Direction.allCases {
      let before = try space.flows(of: old, direction)
      let after = try space.flows(of: new, direction)
      _ = before.changes(to: after, in: space.packets(in: Universe(direction)))
    }
    check(space)
  }

  /// Many more nodes than the space made room for: its tables grow while nodes wait to be entered.
  @Test func nodesOfATableThatGrows() throws {
    let rules = (0..<3000).map { number in
      "-A OUTPUT -d 10.\(number / 256).\(number % 256).0/24 -p tcp --dport \(80 + number % 7)"
        + " -j DNAT --to-destination 10.244.\(number / 200).\(number % 200):8080"
    }
    let text = (["*nat", ":OUTPUT ACCEPT [0:0]"] + rules + ["COMMIT", ""]).joined(separator: "\n")
    let ruleset = try IPTables.readSave(Array(text.utf8))
    let space = FlowSpace(for: [])
    let once = try space.flows(of: ruleset, .outbound)
    let again = try space.flows(of: ruleset, .outbound)
    let universe = space.packets(in: Universe(.outbound))
    #expect(once.changes(to: again, in: universe).isEmpty)
    #expect(space.arena.nodes.count > 10_000)
    check(space)
  }

  /// Levels increase, bounds ascend to the domain's last value, neighbours differ, no node is there
  /// twice, and holders are counted.
  private func check(_ space: FlowSpace, at location: SourceLocation = #_sourceLocation) {
    struct Content: Hashable {
      var level: Level
      var bounds: [UInt128]
      var children: [Diagram]
    }
    var known: Set<Content> = []
    var edges: [Diagram: Int] = [:]
    for place in 0..<space.arena.nodes.count {
      let node = Diagram(index: Int32(place))
      let places = space.arena.edges(node)
      let content = Content(
        level: space.arena.level(node), bounds: places.map { space.arena.bounds[$0] },
        children: places.map { space.arena.children[$0] })
      let isFirst = known.insert(content).inserted
      #expect(isFirst, "node \(place) is there twice", sourceLocation: location)
      #expect(places.count > 1, sourceLocation: location)
      for (bound, next) in zip(content.bounds, content.bounds.dropFirst()) {
        #expect(bound < next, sourceLocation: location)
      }
      for (child, next) in zip(content.children, content.children.dropFirst()) {
        #expect(child != next, sourceLocation: location)
      }
      for child in content.children {
        #expect(space.arena.level(child) > content.level, sourceLocation: location)
        edges[child, default: 0] += 1
      }
    }
    for (child, count) in edges {
      #expect(space.arena.holders(child) == (count > 1 ? .many : .one), sourceLocation: location)
    }
    for place in 0..<space.arena.nodes.count where edges[Diagram(index: Int32(place))] == nil {
      #expect(space.arena.holders(Diagram(index: Int32(place))) == .none, sourceLocation: location)
    }
  }
}
