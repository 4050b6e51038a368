import Glibc
import TestSupport
import Testing

@testable import LiveKernel

/// Another process changes other rules of the namespace, thousands of times a second, while ours are
/// read: no error, no rule too few or too many, and a reading that is of no one moment says so.
///
/// For `CHURN_SECONDS`, a few if not said.
@Suite(.serialized) struct ChurnTests {
  private static let seconds = getenv("CHURN_SECONDS").flatMap { Int(String(cString: $0)) } ?? 3

  @Test(arguments: [6, 600])
  func othersRulesThatKeepChanging(rules count: Int) throws {
    let namespace = try Throwaway("churn")
    try namespace.run(
      """
      { echo "table inet t { set s { type inet_service; flags interval; elements = { 80-90, 443 }; }"
        echo "chain big {"
        for i in $(seq \(count)); do echo "tcp dport $i ip daddr 10.0.0.0/8 counter accept"; done
        echo "}"
        echo "chain c { type filter hook output priority 0; tcp dport @s accept; jump big; }; }"
      } | nft -f -
      """)
    let live = try namespace.open()
    let wanted = try NormalRule.chains(live.readRuleset().ruleset)
    #expect(wanted["inet t big"]?.count == count)

    let changer = try Changer(
      "add table ip x; add chain ip x y; add rule ip x y drop; delete table ip x", in: namespace,
      for: Self.seconds)
    let end = time(nil) + Self.seconds
    var (readings, unstable) = (0, 0)
    while time(nil) < end {
      let reading = try live.readRuleset()
      let chains = NormalRule.chains(reading.ruleset)
      for chain in ["inet t big", "inet t c"] {
        #expect(chains[chain] == wanted[chain], "\(chain): \(chains[chain]?.count ?? 0) rules")
        if chains[chain] != wanted[chain] { return }
      }
      #expect(reading.isStable != reading.notes.contains(.unstable(attempts: NFTReader.attempts)))
      readings += 1
      unstable += reading.isStable ? 0 : 1
    }
    let changes = try changer.stop()
    print(
      "churn: \(readings) readings of \(count) rules in \(Self.seconds) s, \(changes) changes "
        + "meanwhile, \(unstable) readings called unstable")
    #expect(readings > 0 && changes > 100)
  }

  /// The tables of x_tables are replaced whole, and a reading that meets that is taken again.
  @Test func legacyRulesThatKeepChanging() throws {
    let namespace = try Throwaway("churn")
    try namespace.run("iptables-legacy -A OUTPUT -p tcp --dport 80 -j ACCEPT")
    let pid = try Throwaway.run(
      """
      timeout \(Self.seconds + 60) ip netns exec \(namespace.name) sh -c "while :; do
        iptables-legacy -w -A OUTPUT -p tcp --dport 81 -j DROP
        iptables-legacy -w -D OUTPUT -p tcp --dport 81 -j DROP; done" >/dev/null 2>&1 &
      echo $!
      """)
    defer { _ = try? Throwaway.run("kill \(pid)") }
    let live = try namespace.open()
    let end = time(nil) + Self.seconds
    var counts: Set<Int> = []
    while time(nil) < end {
      let rules = try NormalRule.chains(live.readRuleset().ruleset)["ip filter OUTPUT"]
      counts.insert(rules?.count ?? 0)
    }
    #expect(!counts.isEmpty && counts.isSubset(of: [1, 2]), "\(counts)")
  }
}

/// One nft that runs the same lines over and over. It does not end when it is asked to, and no later
/// than a while after `seconds`, though this process be killed.
private final class Changer {
  private let namespace: Throwaway
  private let pids: String
  private let first: UInt32

  init(_ line: String, in namespace: Throwaway, for seconds: Int) throws {
    self.namespace = namespace
    first = try namespace.open().readRuleset().generation ?? 0
    pids = try Throwaway.run(
      """
      { yes '\(line)' | timeout -s KILL \(seconds + 60) ip netns exec \(namespace.name) nft -i
      } >/dev/null 2>&1 &
      for i in $(seq 100); do
        limit=$(pgrep -P $! timeout) && changer=$(pgrep -P $limit nft) && echo $limit $changer && exit 0
        sleep 0.05
      done; exit 1
      """)
  }

  /// How often the rules were changed.
  func stop() throws -> UInt32 {
    try Throwaway.run("kill -KILL \(pids)")
    return (try namespace.open().readRuleset().generation ?? 0) &- first
  }

  deinit { _ = try? Throwaway.run("kill -KILL \(pids)") }
}
