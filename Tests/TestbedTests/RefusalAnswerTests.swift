import Addresses
import PacketPath
import Probes
import Ruleset
import RulesetText
import Testbed
import Testing

/// Whether the sender of a refused packet hears of it, the kernel beside the model.
@Suite(.serialized) struct RefusalAnswerTests {
  /// The answer to an untracked packet is invalid to conntrack, and raw's exemption finds it taken.
  @Test func whatIsExemptFromConntrackIsAnsweredInvalidly() throws {
    let verification = try verify(
      raw: "-A PREROUTING -j CT --notrack\n-A OUTPUT -j CT --notrack",
      mangle: "-A POSTROUTING -m conntrack --ctstate INVALID -j DROP")
    #expect(verification.disagreements.isEmpty)
    #expect(verification.unknown.count == 1)
  }

  @Test func anAnswerThatEveryWayLosesIsLost() throws {
    let verification = try verify(
      raw: "-A PREROUTING -j CT --notrack", mangle: "-A POSTROUTING -p ipv6-icmp -j DROP")
    #expect(verification.agreements == ["reject": 1])
  }

  @Test func anAnswerThatNothingStopsArrives() throws {
    let verification = try verify(raw: "-A OUTPUT -j CT --notrack", mangle: "")
    #expect(verification.agreements == ["reject": 1])
  }

  /// What refuses a connection that NAT has turned meets the answer of where it was turned to: here the
  /// rule refuses its own reset, which nothing answers.
  @Test func theAnswerIsOfWhatNATMadeOfThePacket() throws {
    let rules = """
      table ip6 t {
        chain nat { type nat hook output priority -100; tcp dport 3306 redirect to :8080; }
        chain filter { type filter hook output priority 0; ip6 saddr ::1 meta l4proto tcp reject with tcp reset; }
      }

      """
    let packet = Packet(
      .tcp, from: IPAddress("::1"), port: 40000, to: try #require(IPAddress("::6")), port: 3306,
      owner: Owner(uid: 1000, gid: 1000), out: .loopback)
    let verification = try verify(
      packet, NFTables.read(Array(rules.utf8)), LoadableText(nft: Array(rules.utf8)), by: .nft)
    #expect(verification.agreements == ["reject": 1])
  }

  /// One datagram that the pod would forward and refuses.
  private func verify(raw: String, mangle: String) throws -> Verification {
    let save = """
      *raw
      \(raw)
      COMMIT
      *mangle
      \(mangle)
      COMMIT
      *filter
      -A FORWARD -p udp -j REJECT
      COMMIT

      """
    let ruleset = Ruleset(try IPTables.readSave(Array(save.utf8), family: .ip6))
    let packet = Packet(
      .udp, from: IPAddress("fd7f::5"), port: 40000,
      to: try #require(IPAddress("fd00::1")), port: 53, in: .firstEthernet)
    return try verify(packet, ruleset, LoadableText(ipv6: Array(save.utf8)), by: .iptablesNFT)
  }

  private func verify(
    _ packet: Packet, _ ruleset: Ruleset, _ text: LoadableText, by loader: Loader
  ) throws -> Verification {
    let network = PodNetwork.testPod(for: ruleset)
    let pod = try TestPod(network)
    try pod.load(text, by: loader)
    return try Verification(
      of: [Probe(packet)], Simulator(ruleset, in: network), against: Prober(in: pod))
  }
}
