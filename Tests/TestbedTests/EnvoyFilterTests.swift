import Documents
import Glibc
import IdleTimeouts
import Manifests
import Planning
import TestSupport
import Testing

@testable import Testbed

/// What an EnvoyFilter hands to Envoy, merged into what Istio has there, taken by a real Envoy.
@Suite struct EnvoyFilterTests {
  private static let target = PasteTarget.placeholder

  @Test(arguments: [Span?.none, Span(milliseconds: 0), .seconds(86_400), Span(milliseconds: 1500)])
  func envoyTakesTheIdleTimeout(timeout: Span?) throws {
    try expectTaken(IstioResource.idleTimeout(timeout, for: Self.target))
  }

  @Test func envoyTakesTheKeepalive() throws {
    try expectTaken(IstioResource.passthroughKeepalive(.usual, for: Self.target))
  }

  /// What `check` warns of, and why.
  @Test func envoyRefusesHours() throws {
    let filter = IstioResource.idleTimeout(.seconds(86_400), for: Self.target)
    let text = String(decoding: filter.yaml(), as: UTF8.self).replacing("86400s", with: "24h")
    guard let answer = try validate(text) else { return }
    #expect(answer.exitCode != 0)
    #expect(answer.output.contains("24h"))
  }

  private func expectTaken(_ filter: JSONValue) throws {
    guard let answer = try validate(String(decoding: filter.yaml(), as: UTF8.self)) else { return }
    #expect(answer.exitCode == 0, "\(answer.output)")
    #expect(answer.output.contains("OK"))
  }

  /// Nil, and a word, where there is no Envoy.
  private func validate(_ filter: String) throws -> Shell? {
    guard access(Lab.installedEnvoy, X_OK) == 0 else {
      print("no Envoy here (tools/lab-setup): EnvoyFilters are not validated")
      return nil
    }
    var patch: JSONValue = [:]
    for part in try #require(Node(reading: Array(filter.utf8))["spec", "configPatches"]).sequence()
    {
      patch = JSONValue(try #require(part["patch", "value"]))
    }
    let bootstrap = String(decoding: Self.bootstrap(patch).json(.compact), as: UTF8.self)
    return try Shell.run(
      """
      file=$(mktemp --suffix .json) && printf %s \(Shell.quoted(bootstrap)) > "$file" &&
      \(Lab.installedEnvoy) --mode validate --log-level error -c "$file" 2>&1
      code=$?; rm "$file"; exit $code
      """, in: "/")
  }

  /// A listener with the filter, and the cluster, of Istio's that the patch is merged into.
  private static func bootstrap(_ patch: JSONValue) -> JSONValue {
    let address: JSONValue = [
      "socket_address": ["address": "127.0.0.1", "port_value": 15001]
    ]
    let filter: JSONValue = [
      "name": "envoy.filters.network.tcp_proxy",
      "typed_config": [
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "PassthroughCluster", "cluster": "PassthroughCluster",
      ],
    ]
    let cluster: JSONValue = [
      "name": "PassthroughCluster", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED",
    ]
    let isFilter = String(decoding: patch.json(.compact), as: UTF8.self).contains("typed_config")
    return [
      "static_resources": [
        "listeners": [
          [
            "name": "virtualOutbound", "address": address,
            "filter_chains": [["filters": [isFilter ? merged(filter, patch) : filter]]],
          ]
        ],
        "clusters": [isFilter ? cluster : merged(cluster, patch)],
      ]
    ]
  }

  /// As istiod merges messages: field by field, and null leaves a field unset.
  private static func merged(_ base: JSONValue, _ patch: JSONValue) -> JSONValue {
    guard case .fields(var fields) = base, case .fields(let changes) = patch else { return patch }
    for change in changes {
      if let index = fields.firstIndex(where: { $0.key == change.key }) {
        fields[index].value = merged(fields[index].value, change.value)
      } else {
        fields.append(change)
      }
    }
    return .fields(fields)
  }
}
