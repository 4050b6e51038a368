import Planning
import Testing

@testable import IdleTimeouts

/// What a real Envoy, real servers and real clients did, at the scale they did it: the model must
/// say the same. Numbers in test names are those of the lab's log.
@Suite struct MeasuredTests {
  private static func keepalive(_ time: Int64, _ interval: Int64, _ probes: Int) -> Keepalive {
    .on(time: .seconds(time), interval: .seconds(interval), probes: probes)
  }

  private static func raised(_ upstream: Keepalive = .off) -> Sidecar {
    Sidecar(idleTimeout: .after(.seconds(86_400)), upstreamKeepalive: upstream)
  }

  private static func device(_ seconds: Int64, _ expiry: IdleFacts.Device.Expiry) -> StatefulDevice
  {
    StatefulDevice(name: "middlebox", idleTimeout: .seconds(seconds), onExpiry: expiry)
  }

  /// The Go MySQL driver: looks at the socket, reads for 8 s.
  private static let goMySQL = IdlePath.Client(
    keepalive: keepalive(2, 2, 3), reuse: .peek, readTimeout: .seconds(8))

  // MARK: - 1. Envoy's idle timeout

  @Test(arguments: [Keepalive.off, keepalive(2, 2, 3), keepalive(15, 15, 9)])
  func envoyClosesAfterTenSecondsWhateverTheAppsKeepalive(app: Keepalive) {
    let path = IdlePath(
      client: .init(keepalive: app), sidecar: Sidecar(idleTimeout: .after(.seconds(10))))
    #expect(path.judgement.closer == .envoy)
    #expect(path.judgement.after == .seconds(10))
    #expect(path.judgement.symptom == .eof)
  }

  @Test func envoysOwnKeepaliveDoesNotResetItEither() {
    let sidecar = Sidecar(
      idleTimeout: .after(.seconds(8)), upstreamKeepalive: Self.keepalive(2, 2, 3))
    #expect(IdlePath(sidecar: sidecar).judgement.after == .seconds(8))
  }

  @Test func excludedItStaysOpen() {
    #expect(IdlePath(client: Self.goMySQL).judgement.closer == .nobody)
  }

  @Test(arguments: [
    (Sidecar.IdleTimeout.unset, Span.seconds(3600)), (.off, .never),
    (.after(.seconds(86_400)), .seconds(86_400)),
  ])
  func unsetIsAnHourZeroIsOff(timeout: Sidecar.IdleTimeout, closes: Span) {
    #expect(IdlePath(sidecar: Sidecar(idleTimeout: timeout)).judgement.after == closes)
  }

  /// max_downstream_connection_duration 5 s: cut at 5.00 s.
  @Test func noConnectionIdlesLongerThanItMayLive() {
    let path = IdlePath(sidecar: Sidecar(maxConnectionDuration: .seconds(5)))
    #expect(path.judgement.closer == .envoy)
    #expect(path.judgement.after == .seconds(5))
  }

  // MARK: - 2. A device that forgets (6 s; idle 10 s)

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var path: IdlePath
    var symptom: Judgement.Symptom
    var verdict: Judgement.Verdict
  }

  private static let noKeepalive = IdlePath.Client(readTimeout: .seconds(8))

  static let deviceRows: [Row] = [
    Row(
      testDescription: "dropped, captured: hangs for the read timeout",
      path: IdlePath(client: goMySQL, sidecar: raised(), devices: [device(6, .drop)]),
      symptom: .hang(.seconds(8)), verdict: .fails),
    Row(
      testDescription: "dropped, direct, app keepalive 2 s: OK",
      path: IdlePath(client: goMySQL, devices: [device(6, .drop)]), symptom: .nothing,
      verdict: .holds),
    Row(
      testDescription: "dropped, direct, no keepalive: hangs",
      path: IdlePath(client: noKeepalive, devices: [device(6, .drop)]),
      symptom: .hang(.seconds(8)), verdict: .fails),
    Row(
      testDescription: "dropped, captured, Envoy keepalive 2/2/3: OK",
      path: IdlePath(
        client: goMySQL, sidecar: Sidecar(upstreamKeepalive: keepalive(2, 2, 3)),
        devices: [device(6, .drop)]), symptom: .eof, verdict: .recovers),
    Row(
      testDescription: "dropped, captured, Envoy keepalive 7200/75/9: hangs",
      path: IdlePath(
        client: goMySQL, sidecar: raised(keepalive(7200, 75, 9)), devices: [device(6, .drop)]),
      symptom: .hang(.seconds(8)), verdict: .fails),
    Row(
      testDescription: "reset, captured: connection reset",
      path: IdlePath(client: goMySQL, sidecar: raised(), devices: [device(6, .reset)]),
      symptom: .reset, verdict: .fails),
    Row(
      testDescription: "reset, direct, app keepalive 2 s: OK",
      path: IdlePath(client: goMySQL, devices: [device(6, .reset)]), symptom: .nothing,
      verdict: .holds),
    Row(
      testDescription: "reset, direct, no keepalive: connection reset",
      path: IdlePath(client: noKeepalive, devices: [device(6, .reset)]), symptom: .reset,
      verdict: .fails),
    Row(
      testDescription: "Go's defaults, device 20 s, captured: fails",
      path: IdlePath(
        client: .init(keepalive: keepalive(15, 15, 9), reuse: .peek), sidecar: raised(),
        devices: [device(20, .reset)]), symptom: .reset, verdict: .fails),
    Row(
      testDescription: "Go's defaults, device 20 s, excluded: OK",
      path: IdlePath(
        client: .init(keepalive: keepalive(15, 15, 9), reuse: .peek), devices: [device(20, .reset)]),
      symptom: .nothing, verdict: .holds),
    Row(
      testDescription: "Go's defaults, device 20 s, Envoy keepalive 15/15/3: OK",
      path: IdlePath(
        client: .init(poolMaxIdle: .seconds(60), keepalive: keepalive(15, 15, 9), reuse: .peek),
        sidecar: raised(keepalive(15, 15, 3)), devices: [device(20, .reset)]), symptom: .nothing,
      verdict: .holds),
    Row(
      testDescription: "SetConnMaxIdleTime 4 s below the device's 6 s: redials, no error",
      path: IdlePath(
        client: .init(poolMaxIdle: .seconds(4), reuse: .peek), sidecar: raised(),
        devices: [device(6, .drop)]), symptom: .nothing, verdict: .holds),
  ]

  @Test(arguments: deviceRows)
  func agreesWithTheMiddlebox(row: Row) {
    let judgement = row.path.judgement
    #expect(judgement.verdict == row.verdict)
    if row.verdict == .fails { #expect(judgement.symptom == row.symptom) }
    if row.verdict == .fails { #expect(judgement.kind == .hidden) }
    if row.verdict == .fails { #expect(judgement.after == row.path.devices[0].idleTimeout) }
  }

  /// tcp_retries2 = 4: EOF after 6.7 to 6.9 s; the model leaves the round trips out.
  @Test func fewerRetriesShortenTheHang() {
    var path = IdlePath(sidecar: Self.raised(), devices: [Self.device(6, .drop)], retries: 4)
    #expect(path.judgement.symptom == .hang(Span(milliseconds: 6_200)))
    path.retries = 15
    #expect(path.judgement.symptom == .hang(Span(milliseconds: 924_600)))
  }

  // MARK: - Keepalive by the server (350 s scaled 1:50)

  @Test(arguments: [
    ("redis 300", keepalive(5, 1, 3), true), ("redis 0", .off, false),
    ("memcached", keepalive(144, 2, 9), false), ("mariadb", keepalive(144, 2, 9), false),
    ("shardingsphere", .off, false),
  ])
  func theServersKeepaliveDecides(name: String, keepalive: Keepalive, survives: Bool) {
    for expiry in IdleFacts.Device.Expiry.allCases {
      let path = IdlePath(
        sidecar: Self.raised(), devices: [Self.device(7, expiry)],
        server: .init(keepalive: keepalive))
      #expect((path.judgement.kind != .hidden) == survives, "\(name)")
    }
  }

  /// The same unscaled and from the tables alone: redis and mongodb recovered, mysql, memcached and
  /// ShardingSphere did not.
  @Test(arguments: [
    ("redis", true), ("mongodb", true), ("mysql", false), ("memcached", false),
    ("shardingsphere", false),
  ])
  func theTablesTellWhyRedisRecovered(name: String, survives: Bool) throws {
    var endpoint = Endpoint(try #require(Middleware.named(name)))
    endpoint.idle.client.poolMaxIdle = .never
    endpoint.idle.path = [.init(name: "aws-nlb")]
    let path = try IdlePath(endpoint, sidecar: Self.raised())
    #expect((path.judgement.kind != .hidden) == survives)
  }

  // MARK: - What a client makes of a dead flow

  @Test(arguments: [
    ("redis-py", "redis", IdleFacts.Device.Expiry.reset, Judgement.Symptom.nothing),
    ("redis-py", "redis", .drop, .nothing), ("pymemcache", "memcached", .reset, .reset),
    ("pymemcache", "memcached", .drop, .hang(.seconds(5))),
    ("pymemcache-noreply", "memcached", .drop, .silentLoss),
    ("pymemcache-noreply", "memcached", .reset, .silentLoss), ("pymysql", "mysql", .reset, .reset),
    ("go-sql-driver", "mysql", .reset, .reset),
    ("go-sql-driver", "mysql", .drop, .hang(.seconds(5))),
    ("gomemcache", "memcached", .reset, .reset),
  ])
  func librariesOnADeadFlow(
    library: String, middleware: String, expiry: IdleFacts.Device.Expiry, symptom: Judgement.Symptom
  ) throws {
    var endpoint = Endpoint(try #require(Middleware.named(middleware)))
    endpoint.idle.path = [.init(name: "middlebox", idleTimeout: .seconds(6), onExpiry: expiry)]
    endpoint.idle.client.readTimeout = .seconds(5)
    let library = try #require(ClientLibrary.named(library))
    let verdict = try IdleVerdict(endpoint, sidecar: Self.raised(), library: library)
    #expect(verdict.symptom == symptom)
  }

  @Test func retryingCostsTheReadTimeoutOnce() {
    let path = IdlePath(
      client: .init(reuse: .retry, readTimeout: .seconds(5)), sidecar: Self.raised(),
      devices: [Self.device(6, .drop)])
    #expect(path.judgement.verdict == .recovers)
    #expect(path.judgement.stall == .seconds(5))
  }

  // MARK: - Idle timeout below the device (4 s, device 6 s)

  @Test(arguments: [
    (ClientLibrary.Reuse.peek, Judgement.Verdict.recovers, Judgement.Symptom.nothing),
    (.asIs, .fails, .eof),
  ])
  func belowTheDeviceItIsClosedInTheOpen(
    reuse: ClientLibrary.Reuse, verdict: Judgement.Verdict, symptom: Judgement.Symptom
  ) {
    let path = IdlePath(
      client: .init(reuse: reuse), sidecar: Sidecar(idleTimeout: .after(.seconds(4))),
      devices: [Self.device(6, .drop)])
    #expect(path.judgement.kind == .clean)
    #expect(path.judgement.verdict == verdict)
    #expect(path.judgement.symptom == symptom)
  }

  // MARK: - The server closes (4 s)

  @Test(arguments: [Sidecar?.none, Sidecar()])
  func theServersCloseIsTheSameWithAndWithoutSidecar(sidecar: Sidecar?) {
    func seen(_ close: ServerKind.Close, _ reuse: ClientLibrary.Reuse) -> Judgement {
      IdlePath(
        client: .init(reuse: reuse), sidecar: sidecar,
        server: .init(idleTimeout: .seconds(4), close: close)
      ).judgement
    }
    #expect(seen(.fin, .asIs).symptom == .eof)
    #expect(seen(.reset, .asIs).symptom == .reset)
    #expect(seen(.fin, .asIs).after == .seconds(4))
    #expect(seen(.reset, .peek).verdict == .recovers)
    #expect(seen(.reset, .peek).closer == .server)
  }

  // MARK: - Dead server, no FIN

  /// Direct, 2/2/3: ETIMEDOUT after 8.06 s.
  @Test func anAppsKeepaliveFindsADeadServer() {
    #expect(
      ProbeSchedule(time: .seconds(2), interval: .seconds(2), probes: 3).givesUp == .seconds(8))
  }
}
