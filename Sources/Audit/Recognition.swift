import Istio
import LiveKernel
import Ruleset
import RulesetText

extension Candidate {
  /// The candidate whose rules the live ones resemble most, with all writers of the same rules; the
  /// newest Istio where several are as near.
  static func nearest(
    to live: LiveRuleset, for expectation: Expectation, owners: Owners
  ) throws(Refusal) -> Candidate {
    let seen = Istio.Backend.allCases.filter { backend in
      live.ruleset.tables.contains { table in
        table.backend.isNative == (backend == .nftables)
          && table.chains.contains { chain in
            MeshChain.isIstio(chain.name, in: table) && !chain.rules.isEmpty
          }
      }
    }
    let wanted = expectation.backends.filter(seen.contains)
    let candidates = try all(
      for: expectation, backends: wanted.isEmpty ? [expectation.backends[0]] : wanted,
      owners: owners)
    let inventory = RuleInventory(live.ruleset)
    let others = candidates.map { RuleInventory($0.ruleset) }
    let distances = others.map { other in
      (rules: inventory.distance(to: other), order: other.chains == inventory.chains ? 0 : 1)
    }
    // The newest writer decides between equals.
    guard
      let best = candidates.indices.min(by: { a, b in
        (distances[a].rules, distances[a].order, candidates[b].newest)
          < (distances[b].rules, distances[b].order, candidates[a].newest)
      })
    else { preconditionFailure("an expectation has versions, installs and back ends") }
    var nearest = candidates[best]
    nearest.writers = candidates.indices.filter { others[$0].chains == others[best].chains }
      .flatMap { candidates[$0].writers }
    return nearest
  }

  private var newest: IstioVersion { writers.map(\.version).max() ?? .oldest }
}
