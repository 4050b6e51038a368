import Addresses
public import FlowSets
import Istio
import PacketPath
public import Ruleset

/// What a suggestion does, worked out from the rules Istio would write and not from the way it was
/// found: exactly, for all packets of the apps in its scope, to other hosts and to what of the pod is
/// asked about.
public struct SuggestionCheck {
  /// App traffic that is wanted to bypass and does not.
  public var missing: [Region]
  /// App traffic that is wanted captured and is not.
  public var lost: [Region]
  /// App traffic that bypasses because of the exclusion.
  public var gained: [Region]
  /// What of it nobody asked for; nil where it is too much to be told from what was asked for, as
  /// with a thousand ranges and as many ports.
  public var collateral: [Region]?
  /// The proxy's own traffic whose fate changes, from and to.
  public var ofProxy: [FateChange]
  /// Queries that DNS capture took, and what takes them now.
  public var ofDNS: [FateChange]

  public struct FateChange: Hashable, Sendable {
    public var from: Fate
    public var to: Fate
    public var regions: [Region]
  }

  public var holds: Bool { missing.isEmpty && lost.isEmpty }

  /// Compares the rules of what is kept with those of the suggestion.
  ///
  /// - Throws: `FlowError` where the rules are too many for an exact answer.
  public init(
    _ found: Suggestion.Found, of suggestion: Suggestion, local: LocalAddresses = LocalAddresses()
  ) throws {
    let families = suggestion.families.isEmpty ? Family.allCases : suggestion.families
    let new = try found.settings.ruleset
    let old = try found.settings.excluding(suggestion.kept, endingLists: true).ruleset
    let space = FlowSpace(for: [old, new], in: PodNetwork(local, for: new))
    let before = try space.flows(of: old, .outbound)
    let after = try space.flows(of: new, .outbound)

    let packets = SuggestionPackets(in: space, families, of: suggestion, found.settings, local)
    let apps = packets.apps
    let wanted = packets.wanting(.bypass)
    let held = packets.wanting(.captured)
    let meant = apps.union(wanted).union(held)
    let passing = after.packets(.bypass, in: meant).union(after.packets(.local, in: meant))
    let captured = after.packets(.captured, in: meant).union(after.packets(.dns, in: meant))
    missing = wanted.subtracting(passing).cover(in: meant)
    lost = held.subtracting(captured).cover(in: meant)
    let changes = before.changes(to: after, in: apps)
    let more = changes.filter { $0.to == .bypass && $0.from != .bypass }
      .reduce(space.emptySet) { $0.union($1.set) }
    gained = more.cover(in: apps)
    let proxy = packets.ofProxy
    ofProxy = before.changes(to: after, in: proxy).map {
      FateChange(from: $0.from, to: $0.to, regions: $0.set.cover(in: proxy))
    }
    ofDNS = changes.filter { $0.from == .dns }.map {
      FateChange(from: $0.from, to: $0.to, regions: $0.set.cover(in: apps))
    }
    try space.checkBudget("the check of the suggestion")
    // Last, for it alone grows with ports × ranges.
    let unasked = more.subtracting(wanted).cover(in: apps)
    collateral = space.isExhausted ? nil : unasked
  }
}
