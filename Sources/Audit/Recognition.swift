import Istio
import LiveKernel
import Ruleset
import RulesetText

extension Candidate {
  /// The candidate whose rules the live ones resemble most; the newest Istio where several are as
  /// near.
  static func nearest(
    to live: LiveRuleset, for expectation: Expectation, owners: Owners
  ) throws(Refusal) -> Candidate {
    let held = expectation.backends.filter(live.ruleset.holdsIstio)
    var kinds = (try? kinds(of: expectation, by: held)) ?? []
    // Nothing of Istio's is here, or nothing that the versions in question can have written.
    if kinds.isEmpty { kinds = try Self.kinds(of: expectation, by: [expectation.backends[0]]) }
    let inventory = RuleInventory(live.ruleset)
    var nearest: (candidate: Candidate, distance: Distance)?
    var refusal: Refusal?
    for kind in kinds {
      do throws(Refusal) {
        let candidate = try Candidate(kind, of: expectation, owners: owners)
        let distance = Distance(inventory, RuleInventory(candidate.ruleset))
        if nearest.map({ distance < $0.distance }) ?? true { nearest = (candidate, distance) }
        if distance == .zero { break }
      } catch {
        refusal = refusal ?? error
      }
    }
    if let nearest { return nearest.candidate }
    guard let refusal else { preconditionFailure("an expectation has versions and installs") }
    throw refusal
  }

  /// How unlike two rulesets are: in their rules first, then in the order of these.
  private struct Distance: Comparable {
    var rules: Int
    var order: Int

    static let zero = Distance(rules: 0, order: 0)

    init(_ a: RuleInventory, _ b: RuleInventory) {
      self.init(rules: a.distance(to: b), order: a.chains == b.chains ? 0 : 1)
    }

    private init(rules: Int, order: Int) { (self.rules, self.order) = (rules, order) }

    static func < (a: Self, b: Self) -> Bool { (a.rules, a.order) < (b.rules, b.order) }
  }
}

extension Ruleset {
  /// Whether a chain of Istio's holds rules under the back end.
  fileprivate func holdsIstio(by backend: Istio.Backend) -> Bool {
    tables.contains { table in
      table.backend.isNative == (backend == .nftables)
        && table.chains.contains { MeshChain.isIstio($0.name, in: table) && !$0.rules.isEmpty }
    }
  }
}
