import TestSupport
import Testing

/// `verify` as a user runs it.
@Suite struct VerifyCommandTests {
  private static let mysql =
    #"{"destination":"10.0.0.9","destinationPort":3306,"uid":1000,"name":"mysql","expect":"captured"}"#

  /// The flags of verify, with these lines as `probes.jsonl` and `rules` as a file of that name; its
  /// exit code and all it prints.
  private func verify(_ flags: String, _ probes: [String], rules: String = "") throws -> (
    exitCode: Int32, output: String
  ) {
    let lines = probes.map { "printf '%s\\n' '\($0)'" }.joined(separator: "; ")
    let result = try Shell.run(
      """
      d=$(mktemp -d); cd $d; printf '%s\\n' '\(rules)' > rules
      { \(lines.isEmpty ? ":" : lines); } > probes.jsonl
      bypass-plan verify \(flags) --probes probes.jsonl 2>&1; code=$?; rm -r $d; exit $code
      """, in: "/")
    return (result.exitCode, result.output)
  }

  @Test(arguments: ["iptables-nft", "iptables-legacy", "nft"])
  func anExpectationThatHoldsInNeitherIsToldWithItsTrace(loader: String) throws {
    let flags = "--loader \(loader) --exclude-ports"
    let met = try verify("\(flags) 3307", [Self.mysql])
    #expect(met.exitCode == 0 && met.output.contains("agree on 1 probe "), "\(met.output)")
    let unmet = try verify("\(flags) 3306", [Self.mysql])
    #expect(unmet.exitCode == 1)
    #expect(unmet.output.contains("kernel and model agree on 1 probe "), "\(unmet.output)")
    #expect(unmet.output.contains("probes.jsonl:1: mysql: expected captured, got bypass"))
    #expect(unmet.output.contains("dport 3306"), "the rule that decides")
  }

  @Test func aNativeScriptUnderOneOfIPTablesNamesIsNfts() throws {
    let result = try Shell.run(
      """
      f=$(mktemp)
      printf 'table ip nat {\\nchain OUTPUT {\\ntype nat hook output priority -100\\n%s\\n}\\n}\\n' \
        'tcp dport 80 redirect to :15001' > $f
      bypass-plan verify --rules $f --count 20 2>&1; code=$?; rm $f; exit $code
      """, in: "/")
    #expect(result.exitCode == 0 && result.output.contains("agree"), "\(result.output)")
  }

  @Test func aListingThatTellsHalfIsNotLoaded() throws {
    let result = try Shell.run(
      "bypass-plan verify --rules input/listing.nft 2>&1", in: Transcript.directory)
    #expect(result.exitCode == 2 && result.output.contains("half told"), "\(result.output)")
  }

  @Test func agreementOnNothingIsNone() throws {
    let empty = try verify("--exclude-ports 3307", [])
    #expect(empty.exitCode == 2 && empty.output.contains("probes.jsonl: is empty"))
  }

  /// Packets for another scope than the pod's addresses are redirected to the interface's own of
  /// that scope, or to none.
  @Test func redirectKeepsTheScopeOfIPv6() throws {
    let probes = ["2001:db8::1", "fec0::1", "fd64::2"].map {
      #"{"source":"2001:db8::9","destination":"\#($0)","destinationPort":82,"inInterface":"eth0"}"#
    }
    let all = try verify("--ipv6 --exclude-ports 3307", probes)
    #expect(all.exitCode == 0, "\(all.output)")
    #expect(all.output.contains("agree on 3 probes"), "\(all.output)")
  }

  /// Without a port of its own TPROXY keeps the packet's, and somebody must listen there.
  @Test func tproxyThatKeepsThePortIsTested() throws {
    let rules = """
      *mangle
      -A PREROUTING -p tcp --dport 91 -j TPROXY --on-port 0 --tproxy-mark 0x1/0x1
      COMMIT
      """
    let probe =
      #"{"source":"10.9.9.9","destination":"10.0.0.9","destinationPort":91,"inInterface":"eth0"}"#
    let result = try verify("--rules rules", [probe], rules: rules)
    #expect(result.exitCode == 0 && result.output.contains("1 tproxy"), "\(result.output)")
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func whatIsForLoopbackIsNotSentOverAWire(destination: String) throws {
    let probe = #"{"destination":"\#(destination)","destinationPort":80,"inInterface":"eth0"}"#
    let result = try verify("--ipv6 --exclude-ports 3307", [probe])
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(result.output.contains("leaves no host by a wire"), "\(result.output)")
  }

  /// The kernel has no such group, and loads the number that `--group` gives.
  @Test func aGroupOfTheUsersOwnIsLoadedByItsNumber() throws {
    let rules = """
      *filter
      -A OUTPUT -p tcp -m owner --gid-owner java -j DROP
      COMMIT
      """
    let probe = #"{"destination":"10.0.0.9","destinationPort":91,"uid":1000,"gid":4242}"#
    let result = try verify("--group java=4242 --rules rules", [probe], rules: rules)
    #expect(result.exitCode == 0 && result.output.contains("1 drop"), "\(result.output)")
  }
}
