import Addresses
import IdleTimeouts
import Planning
import Testing

@testable import Reports

@Suite struct IdleReportTests {
  private func verdict(
    _ middleware: String, _ device: String? = nil, sidecar: Sidecar? = Sidecar()
  ) throws -> IdleVerdict {
    var endpoint = Endpoint(try #require(Middleware.named(middleware)))
    if let device { endpoint.idle.path = [try IdleFacts.Device(argument: device)] }
    return try IdleVerdict(endpoint, sidecar: sidecar)
  }

  @Test func onePageSaysWhoWhatAndTheCure() throws {
    let page = IdleReport(Timeouts(endpoints: [])).page(try verdict("mysql", "aws-nlb"))
    for line in [
      "mysql  3306/tcp  through Envoy", "FAILS     aws-nlb forgets it after 350s",
      "go-sql-driver       invalid connection", "  holds  Envoy keepalive", "keepalive_time: 60",
      "  WORSE  idle_timeout 24h", "BP401",
    ] { #expect(page.contains(line), "\(line)") }
  }

  @Test func everyPageFitsTheTerminal() throws {
    for middleware in Middleware.catalogue {
      for device in [nil, "aws-nlb", "azure-lb", "ec2-conntrack"] {
        for sidecar in [Sidecar?.none, Sidecar(), Sidecar(idleTimeout: .off)] {
          let page = IdleReport(Timeouts(endpoints: [])).page(
            try verdict(middleware.name, device, sidecar: sidecar))
          for line in page.split(separator: "\n") where !line.contains("\"@type\"") {
            #expect(line.count <= 80, "\(line)")
          }
        }
      }
    }
  }

  @Test func aTableForMany() throws {
    let timeouts = Timeouts(endpoints: [
      try verdict("mysql", "aws-nlb"), try verdict("redis"), try verdict("memcached"),
    ])
    let text = IdleReport(timeouts).text
    #expect(text.hasSuffix("3 endpoints, 2 with an error on the next use.\n"))
    #expect(text.contains("device aws-nlb"))
  }
}
