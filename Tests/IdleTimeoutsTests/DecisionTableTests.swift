import Planning
import Testing

@testable import IdleTimeouts

/// Every row of the decision table: a path that is in it, and what the model says of that path.
@Suite struct DecisionTableTests {
  private static let raised = Sidecar(idleTimeout: .after(.seconds(86_400)))
  private static func device(_ expiry: IdleFacts.Device.Expiry) -> [StatefulDevice] {
    [StatefulDevice(name: "middlebox", idleTimeout: .seconds(350), onExpiry: expiry)]
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var cause: Cause
    var path: IdlePath
    var symptom: Judgement.Symptom
    var after: Span

    var testDescription: String { cause.rawValue }
  }

  /// Rows of connections that were good and idle.
  static let idleRows = [
    Row(
      cause: .envoyIdleTimeout, path: IdlePath(sidecar: Sidecar()), symptom: .eof,
      after: .seconds(3600)),
    Row(
      cause: .deviceResets, path: IdlePath(sidecar: raised, devices: device(.reset)),
      symptom: .reset, after: .seconds(350)),
    Row(
      cause: .deviceDrops,
      path: IdlePath(
        client: .init(readTimeout: .seconds(5)), sidecar: raised, devices: device(.drop)),
      symptom: .hang(.seconds(5)), after: .seconds(350)),
    Row(
      cause: .serverIdleClose,
      path: IdlePath(
        sidecar: raised, server: .init(idleTimeout: .seconds(28_800), close: .reset)),
      symptom: .reset, after: .seconds(28_800)),
    Row(
      cause: .fixedAge, path: IdlePath(sidecar: Sidecar(maxConnectionDuration: .seconds(600))),
      symptom: .eof, after: .seconds(600)),
    Row(
      cause: .unansweredWrite,
      path: IdlePath(
        client: .init(awaitsReply: false), sidecar: raised, devices: device(.drop)),
      symptom: .silentLoss, after: .seconds(350)),
  ]

  @Test(arguments: idleRows)
  func theModelIsInTheRow(row: Row) {
    let judgement = row.path.judgement
    #expect(row.path.cause(of: judgement) == row.cause)
    #expect(judgement.symptom == row.symptom)
    #expect(judgement.after == row.after)
    #expect(judgement.verdict == .fails)
    #expect(row.path.opening().cause == nil)
  }

  /// The server's close is the same past the sidecar: it is rejected as the sidecar's fault.
  @Test func theServersCloseNeedsNoSidecar() {
    let server = IdlePath.Server(idleTimeout: .seconds(4), close: .reset)
    let (proxied, direct) = (
      IdlePath(sidecar: Self.raised, server: server), IdlePath(server: server)
    )
    #expect(proxied.judgement == direct.judgement)
    #expect(direct.cause(of: direct.judgement) == .serverIdleClose)
  }

  // MARK: - Rows of connections that never begin

  struct OpeningRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var path: IdlePath
    var others = 0
    var outcome: Opening.Outcome
    var cause: Cause?
  }

  private static let greeting = IdlePath.Server(speaksFirst: true)
  private static let now = Span(milliseconds: 0)
  private static func detecting(_ milliseconds: Int64, continues: Bool = true) -> Sidecar {
    Sidecar(
      detection: .init(timeout: Span(milliseconds: milliseconds), continues: continues))
  }

  static let openingRows = [
    OpeningRow(
      testDescription: "mysql, Envoy's own 15 s: EOF in the handshake at 15.00 s",
      path: IdlePath(sidecar: Sidecar(detection: Sidecar.Detection.envoy.value), server: greeting),
      outcome: .closed(.fin, after: .seconds(15)), cause: .protocolDetection),
    OpeningRow(
      testDescription: "mysql, Istio's 0s: hangs for ever",
      path: IdlePath(sidecar: Sidecar(detection: Sidecar.Detection.istio.value), server: greeting),
      outcome: .hangs, cause: .protocolDetection),
    OpeningRow(
      testDescription: "mysql, 0.1 s: the first answer after 0.1 s",
      path: IdlePath(sidecar: detecting(100), server: greeting),
      outcome: .answers(after: Span(milliseconds: 100)), cause: .protocolDetection),
    OpeningRow(
      testDescription: "mysql, 5 s: at 5.03 s",
      path: IdlePath(sidecar: detecting(5000), server: greeting),
      outcome: .answers(after: .seconds(5)), cause: .protocolDetection),
    OpeningRow(
      testDescription: "redis, Istio's 0s: the client speaks first",
      path: IdlePath(sidecar: detecting(0)), outcome: .answers(after: now)),
    OpeningRow(
      testDescription: "mysql, protocol declared",
      path: IdlePath(
        sidecar: Sidecar(), server: greeting), outcome: .answers(after: now)),
    OpeningRow(
      testDescription: "mysql past the sidecar", path: IdlePath(server: greeting),
      outcome: .answers(after: now)),
    OpeningRow(
      testDescription: "max_connections 2, the second",
      path: IdlePath(
        sidecar: Sidecar(maxConnections: 2)), others: 1, outcome: .answers(after: now)),
    OpeningRow(
      testDescription: "max_connections 2, the third: EOF at once",
      path: IdlePath(
        sidecar: Sidecar(maxConnections: 2)), others: 2, outcome: .closed(.fin, after: now),
      cause: .connectionLimit),
    OpeningRow(
      testDescription: "port closed, captured: connected, then EOF",
      path: IdlePath(sidecar: Sidecar(), server: .init(reach: .refuses)),
      outcome: .closed(.fin, after: now), cause: .serverUnreachable),
    OpeningRow(
      testDescription: "port closed, direct: refused",
      path: IdlePath(server: .init(reach: .refuses)), outcome: .refused,
      cause: .serverUnreachable),
    OpeningRow(
      testDescription: "SYN dropped, connect_timeout 3 s: RST at 2.99 s",
      path: IdlePath(sidecar: Sidecar(connectTimeout: .seconds(3)), server: .init(reach: .silent)),
      outcome: .closed(.reset, after: .seconds(3)), cause: .serverUnreachable),
    OpeningRow(
      testDescription: "SYN dropped, direct: hangs",
      path: IdlePath(server: .init(reach: .silent)), outcome: .hangs, cause: .serverUnreachable),
  ]

  @Test(arguments: openingRows)
  func aConnectionBegins(row: OpeningRow) {
    let opening = row.path.opening(beside: row.others)
    #expect(opening.outcome == row.outcome)
    #expect(opening.cause == row.cause)
  }

  // MARK: - The row of the push

  /// LDS update, drain 8 s: cut 8.000 s after it, idle and busy alike. No path is in this row, for
  /// it needs a push: the finding says it of every captured one.
  @Test func aPushCutsAfterTheDrainWhateverThePath() throws {
    let endpoint = Endpoint(try #require(Middleware.named("redis")))
    let verdict = try IdleVerdict(endpoint, sidecar: Sidecar(drain: .seconds(8)))
    let finding = verdict.findings.first { $0.code.id == "BP407" }
    #expect(finding?.message.contains("8s later, busy or not") == true)
  }

  @Test func everyRowHasItsTest() {
    let tested = Set(Self.idleRows.map(\.cause) + Self.openingRows.compactMap(\.cause) + [.drain])
    #expect(tested == Set(Cause.allCases))
    #expect(Cause.allCases.allSatisfy { !$0.symptom.isEmpty && !$0.trace().isEmpty })
  }

  /// Where to look past Envoy is not at Envoy.
  @Test func whatBypassesEnvoyIsNotShownByIt() {
    for row in Self.idleRows where row.path.sidecar == Self.raised {
      #expect(!row.cause.trace(isProxied: false).contains("Envoy"), "\(row.cause)")
    }
  }

  @Test func aServerThatSpeaksFirstIsFoundBehindDetection() throws {
    let sidecar = Sidecar(detection: Sidecar.Detection.istio.value)
    for (name, waits) in [("mysql", true), ("shardingsphere", true), ("redis", false)] {
      let endpoint = Endpoint(try #require(Middleware.named(name)))
      let verdict = try IdleVerdict(endpoint, sidecar: sidecar)
      #expect(verdict.findings.contains { $0.code.id == "BP411" } == waits, "\(name)")
      #expect(
        try !IdleVerdict(endpoint, sidecar: nil).findings.contains { $0.code.id == "BP411" })
    }
  }
}
