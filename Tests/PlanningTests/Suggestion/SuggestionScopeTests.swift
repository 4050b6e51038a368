import Addresses
import FlowSets
import Istio
import PacketPath
import Probes
import Ruleset
import TestSupport
import Testing

@testable import Planning

/// What bypasses anyway and what is never captured follow from the rules, whatever the settings; and a
/// suggestion speaks of the traffic the rules capture at all.
@Suite struct SuggestionScopeTests {
  private static let own = "10.1.1.18"

  private func settings(
    _ annotations: [String: String] = [:], _ metadata: [String: String] = [:],
    servers: [String] = []
  ) throws -> PlanSettings {
    var pod = PodTraffic()
    pod.proxyMetadata = metadata
    pod.nameServers = servers.compactMap { IPAddress($0) }
    for (key, value) in annotations {
      pod.annotations["traffic.sidecar.istio.io/\(key)"] = value
    }
    return try PlanSettings(pod)
  }

  private func answer(
    _ text: String, _ want: Endpoint.Want, in settings: PlanSettings
  ) throws -> (suggestion: Suggestion, check: SuggestionCheck?) {
    var endpoint = try Endpoint(argument: text)
    endpoint.want = want
    let local = LocalAddresses([try #require(IPAddress(Self.own))])
    let suggestion = try Suggestion(for: [endpoint], in: settings, local: local)
    guard case .exclusion(let found) = suggestion.answer else { return (suggestion, nil) }
    return (suggestion, try SuggestionCheck(found, of: suggestion, local: local))
  }

  /// One app packet to the server, as simulate has it.
  private func isCaptured(_ server: String, under settings: PlanSettings) throws -> Bool {
    let ruleset = try settings.capture.rules()?.ruleset() ?? Ruleset()
    let local = LocalAddresses([try #require(IPAddress(Self.own))])
    let network = PodNetwork(local, for: ruleset)
    let endpoint = try Endpoint(argument: server)
    var draft = ProbeDraft()
    draft.transport = .tcp
    draft.destination = endpoint.prefixes.first?.address
    draft.destinationPort = endpoint.port
    draft.uid = 1000
    draft.gid = 1000
    let packet = try draft.packet(in: network)
    let fate = try Simulator(ruleset, in: network).path(of: packet).outcome.fate
    return fate == .captured || fate == .dns
  }

  static let dns = ["ISTIO_META_DNS_CAPTURE": "true"]
  static let allDNS = ["ISTIO_META_DNS_CAPTURE": "true", "CAPTURE_ALL_DNS": "true"]

  /// Each server is asked for both ways, and the answers agree with what one packet meets.
  @Test(
    arguments: [
      ([:], [:]), ([:], allDNS), ([:], dns), (["includeOutboundIPRanges": "127.0.0.0/8"], [:]),
      (["includeOutboundIPRanges": "127.0.0.2/32,10.0.0.0/8"], [:]),
      (["includeOutboundPorts": "3306", "includeOutboundIPRanges": ""], [:]),
      (["excludeInterfaces": "eth0"], [:]), (["excludeInterfaces": "eth1"], [:]),
    ] as [([String: String], [String: String])])
  func theAnswerIsWhatAPacketMeets(annotations: [String: String], metadata: [String: String]) throws
  {
    let settings = try settings(annotations, metadata, servers: ["10.96.0.10"])
    let servers = ["127.0.0.1", "127.0.0.2", Self.own, "10.96.0.10", "10.0.0.1"]
    for server in servers.flatMap({ address in [53, 3306].map { "\(address):\($0)" } }) {
      let isCaptured = try isCaptured(server, under: settings)
      let bypass = try answer(server, .bypass, in: settings)
      guard case .exclusion(let found) = bypass.suggestion.answer else {
        Issue.record("\(server) can bypass")
        continue
      }
      #expect(found.exclusion.isEmpty == !isCaptured, "\(server)")
      #expect(bypass.check?.holds == true, "\(server)")
      let captured = try answer(server, .captured, in: settings)
      #expect((captured.check != nil) == isCaptured, "\(server)")
      #expect(captured.check?.holds != false, "\(server)")
    }
  }

  /// Only some groups are captured, and of those it is said.
  @Test(arguments: [
    ("ISTIO_OUTBOUND_OWNER_GROUPS", "5000", "5000"),
    ("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", "1000", "0-999,1001-1336,1338-4294967295"),
  ])
  func onlyGroupsThatAreCapturedAreMeant(name: String, value: String, meant: String) throws {
    let (suggestion, check) = try answer("10.0.0.1:80", .captured, in: settings([:], [name: value]))
    let gids = suggestion.scope.gids?.intervals.map { interval in
      interval.lowerBound == interval.upperBound
        ? "\(interval.lowerBound)" : "\(interval.lowerBound)-\(interval.upperBound)"
    }
    #expect(gids?.joined(separator: ",") == meant)
    #expect(check?.holds == true)
  }

  @Test func onlyInterfacesThatAreCapturedAreMeant() throws {
    let some = try answer("10.0.0.1:80", .captured, in: settings(["excludeInterfaces": "eth1"]))
    #expect(some.suggestion.scope.otherInterfaces == ["eth1"])
    #expect(try answer("10.0.0.1:80", .captured, in: settings()).suggestion.scope.isEverything)
  }

  /// A name without a number decides nothing that could be promised.
  @Test func whatHangsOnAnUnknownGroupIsNotPromised() throws {
    var settings = try settings([:], ["ISTIO_OUTBOUND_OWNER_GROUPS": "java"])
    let untold = try answer("10.0.0.1:80", .captured, in: settings).suggestion.answer
    guard case .impossible(let refusal) = untold,
      case .neverCaptured(0, let because) = refusal.certificate
    else {
      Issue.record("nobody knows whose group it is")
      return
    }
    #expect(because.contains("java"))
    settings.owners.groups["java"] = 4242
    #expect(try answer("10.0.0.1:80", .captured, in: settings).check?.holds == true)
  }

  /// A capture config is Istio's own rules too, and its lists are what changes.
  @Test func aWholeConfigTakesTheExclusion() throws {
    var config = CaptureConfig()
    config.outboundIPRangesInclude = "*"
    config.outboundPortsExclude = "3307"
    let settings = PlanSettings(config, version: .newest, backend: .iptables)
    let (suggestion, check) = try answer("10.0.0.1:3306", .bypass, in: settings)
    guard case .exclusion(let found) = suggestion.answer else { return }
    #expect(found.settings.capture.config?.outboundPortsExclude == "3306")
    #expect(check?.holds == true)
  }
}
