import TestSupport
import Testing

/// `verify` as a user runs it.
@Suite struct VerifyCommandTests {
  private static let mysql =
    #"{"destination":"10.0.0.9","destinationPort":3306,"uid":1000,"name":"mysql","expect":"captured"}"#

  /// The flags of verify, with these lines as `probes.jsonl`; its exit code and all it prints.
  private func verify(_ flags: String, _ probes: [String]) throws -> (
    exitCode: Int32, output: String
  ) {
    let lines = probes.map { "printf '%s\\n' '\($0)'" }.joined(separator: "; ")
    let result = try Shell.run(
      """
      d=$(mktemp -d); cd $d; { \(lines.isEmpty ? ":" : lines); } > probes.jsonl
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
}
