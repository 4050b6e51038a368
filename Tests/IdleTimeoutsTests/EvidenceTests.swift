import Addresses
import Planning
import Ruleset
import Testing

@testable import IdleTimeouts

/// Sockets as a live namespace may show them, and the rows of the decision table they speak for.
@Suite struct EvidenceTests {
  private static let pod = IPAddress(.ipv4, 0x0AF4_0105)
  private static let server = Socket.Address(IPAddress(.ipv4, 0x0A14_1E28), port: 3306)

  private static func connection(
    _ port: UInt16, _ state: Socket.State = .established, timer: Socket.Timer = .off,
    resends: UInt8 = 0, idle seconds: UInt32 = 0, received: UInt64 = 90
  ) -> Connection {
    Connection(
      Socket(
        .tcp, local: .init(pod, port: port), remote: server, state: state, timer: timer,
        retransmits: resends, sendQueue: resends > 0 ? 9 : 0,
        traffic: .init(
          sinceSent: seconds * 1000, sinceReceived: seconds * 1000,
          bytesAcknowledged: received == 0 ? 1 : 40, bytesReceived: received,
          retransmissions: UInt32(resends))))
  }

  /// An application's connection, and Envoy's to the server where it has one.
  private static func captured(_ app: Connection, _ envoy: Connection?) -> ConnectionGroup {
    ConnectionGroup(
      to: server,
      proxied: [ProxiedConnection(application: app, proxy: envoy, confidence: .certain)],
      upstream: envoy.map { [$0] } ?? [])
  }

  private static let nlb = [
    StatefulDevice(name: "aws-nlb", idleTimeout: .seconds(350), onExpiry: .reset)
  ]

  struct Sight: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var group: ConnectionGroup
    var path = IdlePath(sidecar: Sidecar(), devices: nlb)
    var kinds: [IdleEvidence.Observation.Kind]
    var cause: Cause?
  }

  static let sights = [
    Sight(
      testDescription: "off, and younger than the device's timer",
      group: captured(connection(1), connection(2, idle: 349)), kinds: [.unprobed],
      cause: .deviceResets),
    Sight(
      testDescription: "off, and older: forgotten by now",
      group: captured(connection(1), connection(2, idle: 350)), kinds: [.forgotten, .unprobed],
      cause: .deviceResets),
    Sight(
      testDescription: "probed by the server in time: not forgotten",
      group: captured(connection(1), connection(2, idle: 400)),
      path: IdlePath(
        sidecar: Sidecar(), devices: nlb,
        server: .init(keepalive: .on(time: .seconds(300), interval: .seconds(10), probes: 3))),
      kinds: [.unprobed], cause: .deviceResets),
    Sight(
      testDescription: "sent again and again: a silent drop, now",
      group: captured(
        connection(1), connection(2, timer: .retransmit(816), resends: 2, idle: 0)),
      kinds: [.unanswered], cause: .deviceDrops),
    Sight(
      testDescription: "a keepalive that the path was judged without",
      group: captured(connection(1), connection(2, timer: .keepalive(40_000))), kinds: [.probed]),
    Sight(
      testDescription: "one that it was judged with",
      group: captured(connection(1), connection(2, timer: .keepalive(40_000))),
      path: IdlePath(
        sidecar: Sidecar(
          upstreamKeepalive: .on(time: .seconds(60), interval: .seconds(10), probes: 3))),
      kinds: []),
    Sight(
      testDescription: "the server's FIN has come through",
      group: captured(connection(1, .closeWait), connection(2, .closeWait)),
      kinds: [.halfClosed], cause: .serverIdleClose),
    Sight(
      testDescription: "Envoy's FIN has come, and Envoy's own end is gone",
      group: captured(connection(1, .closeWait), nil), kinds: [.closedByEnvoy],
      cause: .envoyIdleTimeout),
    Sight(
      testDescription: "Envoy's SYN is not answered",
      group: captured(
        connection(1, received: 0),
        connection(2, .synSent, timer: .retransmit(900), resends: 1, received: 0)),
      kinds: [.unopened], cause: .serverUnreachable),
    Sight(
      testDescription: "connected to Envoy, not a word, no socket to the server",
      group: captured(connection(1, received: 0), nil), kinds: [.mute],
      cause: .protocolDetection),
    Sight(
      testDescription: "past Envoy, no keepalive, older than the device's timer",
      group: ConnectionGroup(to: server, direct: [connection(1, idle: 351)]),
      path: IdlePath(devices: nlb), kinds: [.forgotten, .unprobed], cause: .deviceResets),
  ]

  @Test(arguments: sights)
  func isMatchedToTheDecisionTable(sight: Sight) throws {
    let endpoint = Endpoint(name: "db", place: .anywhere, port: 3306)
    let evidence = try #require(
      IdleEvidence(of: endpoint, on: sight.path, in: [sight.group]))
    #expect(evidence.observations.map(\.kind) == sight.kinds)
    #expect(evidence.observations.first?.cause == sight.cause)
  }

  @Test func anEndpointsConnectionsAreThoseToItsAddressAndPort() throws {
    let group = Self.captured(Self.connection(1), Self.connection(2))
    func evidence(_ argument: String) throws -> IdleEvidence? {
      IdleEvidence(of: try Endpoint(argument: argument), on: IdlePath(), in: [group])
    }
    #expect(try evidence("10.20.30.40:3306") != nil)
    #expect(try evidence("10.20.30.0/24:3306") != nil)
    #expect(try evidence("10.20.30.41:3306") == nil)
    #expect(try evidence("10.20.30.40:3307") == nil)
  }

  /// What is seen fails the audit of the path, whatever the model assumed.
  @Test func aFaultThatIsSeenIsAFinding() throws {
    let group = Self.captured(
      Self.connection(1), Self.connection(2, timer: .retransmit(816), resends: 2))
    var endpoint = Endpoint(try #require(Middleware.named("mysql")))
    endpoint.idle.client.poolMaxIdle = .seconds(60)
    let verdict = try IdleVerdict(endpoint, sidecar: Sidecar(), live: [group])
    #expect(verdict.verdict == .holds)
    let finding = try #require(verdict.findings.first)
    #expect(finding.code.id == "BP412" && finding.severity == .error)
  }
}
