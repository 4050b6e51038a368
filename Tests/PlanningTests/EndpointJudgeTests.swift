import Istio
import PacketPath
import Ruleset
import Testing

@testable import Planning

@Suite struct EndpointJudgeTests {
  /// Which endpoints are captured is the same with and without the rules that say so.
  @Test(arguments: [
    [:], ["excludeOutboundPorts": "3306,11211"], ["excludeOutboundIPRanges": "10.20.0.0/16"],
    ["includeOutboundIPRanges": "10.20.30.0/24"], ["includeOutboundPorts": "6379"],
  ])
  func capturesWhatTheirPartsSay(annotations: [String: String]) throws {
    var pod = PodTraffic()
    for (key, value) in annotations { pod.annotations["traffic.sidecar.istio.io/\(key)"] = value }
    let rules = try SidecarCapture(pod, version: .newest, install: .`init`).rules(.iptables)
    let simulator = try Simulator(try rules?.ruleset() ?? Ruleset(), in: PodNetwork())
    let judge = EndpointJudge(simulator, proxies: .istioDefault)
    let endpoints =
      try Middleware.catalogue.map { Endpoint($0) }
      + ["10.20.30.40:3306", "10.20.31.0/24:6379", "127.0.0.1:6379", "192.0.2.1:80"].map {
        try Endpoint(argument: $0)
      }
    for endpoint in endpoints {
      let addresses = endpoint.addresses(in: .ipv4, outside: simulator.network.addresses)
      let parts = judge.parts(
        of: addresses, in: .ipv4, port: endpoint.port, endpoint.transport)
      let isCaptured = judge.captures(endpoint, families: [.ipv4])
      #expect(isCaptured == parts.contains { $0.outcome.fate == .captured }, "\(endpoint.name)")
    }
    #expect(judge.captures(try Endpoint(argument: "[fd00::1]:80"), families: [.ipv4]) == nil)
  }
}
