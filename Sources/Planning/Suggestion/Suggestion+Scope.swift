public import Addresses
import Istio
import PacketPath
import Ruleset

extension Suggestion {
  /// Whose traffic a suggestion speaks of: of those apps that the rules capture at all, by the
  /// interfaces where they do. Nothing else can stay captured, nor needs an exclusion to bypass.
  public struct Scope: Hashable, Sendable {
    /// Real users and groups; nil for those of all apps.
    public private(set) var uids: IntervalSet?
    public private(set) var gids: IntervalSet?
    /// Groups of apps whose traffic bypasses whatever is excluded; empty where all are meant.
    public private(set) var otherGIDs = IntervalSet.empty
    /// Interfaces that the settings leave out, as written there.
    public private(set) var otherInterfaces: [String] = []

    public init() {}

    public var isEverything: Bool {
      uids == nil && gids == nil && otherInterfaces.isEmpty
    }

    /// - Parameter parts: what becomes of the traffic asked about before anything is excluded.
    init(of parts: [EndpointJudge.Part], in settings: PlanSettings, uplink: InterfaceName) {
      let captured = parts.filter { $0.outcome.fate.isCaptured && $0.leaves(by: uplink) }
      if captured.contains(where: { $0.interfaces != nil }), let config = settings.capture.config {
        otherInterfaces = config.excludeInterfaces.split(separator: ",").map(String.init)
      }
      let owners = captured.compactMap(\.owners)
      guard !owners.isEmpty, owners.count == captured.count else { return }
      let all = IntervalSet([0...UInt128(UInt32.max)])
      let uids = owners.reduce(IntervalSet.empty) { $0.union($1.uids) }
      let gids = owners.reduce(IntervalSet.empty) { $0.union($1.gids) }
      if uids != all.subtracting(settings.proxies.uids) { self.uids = uids }
      otherGIDs = gids.complement(in: all.subtracting(settings.proxies.gids))
      if !otherGIDs.isEmpty { self.gids = gids }
    }

    /// Whether some of the part's senders are meant.
    func holds(_ part: EndpointJudge.Part) -> Bool {
      guard let owners = part.owners else { return true }
      func meet(_ meant: IntervalSet?, _ some: IntervalSet) -> Bool {
        meant.map { !$0.intersection(some).isEmpty } ?? true
      }
      return meet(uids, owners.uids) && meet(gids, owners.gids)
    }
  }
}
