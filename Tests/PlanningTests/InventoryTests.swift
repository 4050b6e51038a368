import Addresses
import Documents
import Testing

@testable import Planning

@Suite struct InventoryTests {
  private func read(_ endpoints: String) throws -> Inventory {
    try Inventory(
      Node(reading: Array("apiVersion: bypass-plan/v1\nkind: Inventory\n\(endpoints)".utf8)))
  }

  @Test func readsTheContractsExample() throws {
    let inventory = try read(
      """
      endpoints:
        - name: orders-db
          middleware: shardingsphere
          address: 10.20.30.40
          port: 3307
          want: bypass
          client: {poolMaxIdle: 10m, poolMaxLifetime: 30m, keepalive: 15s, checksLiveness: true, readTimeout: 5s}
          server: {idleTimeout: 8h, keepalive: off}
          path:   [{device: aws-nlb, idleTimeout: 350s, onExpiry: reset}]
      """)
    let orders = try #require(inventory.endpoints.first)
    #expect(orders.place == .prefixes([try #require(Prefix("10.20.30.40/32"))]))
    #expect(orders.port == 3307)
    #expect(orders.want == .bypass)
    #expect(orders.idle.server.keepalive == .off)
    #expect(orders.idle.client.keepalive == .on(time: .seconds(15), interval: nil, probes: nil))
    #expect(orders.idle.path.first?.onExpiry == .reset)
  }

  @Test func middlewareGivesThePort() throws {
    let inventory = try read("endpoints: [{name: a, middleware: redis}]")
    #expect(inventory.endpoints.first?.port == 6379)
    #expect(inventory.endpoints.first?.place == .anywhere)
  }

  @Test(arguments: [
    (
      "endpoints: [{name: a, port: 0}]",
      "3:29: expected an integer from 1 to 65535, found the integer 0"
    ),
    ("endpoints: [{name: a}]", "3:13: expected the key 'port', which is missing"),
    ("endpoints: [{name: a, prot: 1}]", "3:23: unknown key 'prot'; did you mean 'port'?"),
    (
      "endpoints: [{name: a, port: 1, address: 10.0.0.0/33}]",
      "3:41: expected an IP address or a prefix such as 10.20.0.0/16, found the string '10.0.0.0/33'"
    ),
    (
      "endpoints: [{name: a, port: 1}, {name: a, port: 2}]",
      "3:40: expected a name of its own, found 'a', which stands at 3:20"
    ),
    (
      "endpoints: [{name: a, port: 1, client: {readTimeout: 10}}]",
      "3:54: '10' has no unit; write 10s, 10m or 10h"
    ),
  ])
  func saysWhereItIsWrong(text: String, message: String) {
    #expect { try read(text) } throws: { "\($0)" == message }
  }

  @Test(arguments: [
    ("10.0.0.1:3306", "10.0.0.1:3306", "10.0.0.1/32"), ("db=10.0.0.0/8:1", "db", "10.0.0.0/8"),
    ("[fd00::1]:6379", "[fd00::1]:6379", "fd00::1/128"),
  ])
  func shortForm(text: String, name: String, prefix: String) throws {
    let endpoint = try Endpoint(argument: text)
    #expect(endpoint.name == name)
    #expect(endpoint.prefixes.map(\.description) == [prefix])
  }

  @Test(arguments: [
    "", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "fd00::1:80", "10.0.0:80", ":80",
    "10.0.0.0/33:1", "[::1:80", "=10.0.0.1:80",
  ])
  func refusesShortForm(text: String) {
    #expect(throws: EndpointArgumentError.self) { try Endpoint(argument: text) }
  }
}
