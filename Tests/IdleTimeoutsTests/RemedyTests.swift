import Addresses
import Planning
import Testing

@testable import IdleTimeouts

/// The decision table, row by row: which remedy holds on which path, and what is said about it.
@Suite struct RemedyTests {
  private func verdict(
    _ middleware: String, _ device: String? = nil, sidecar: Sidecar? = Sidecar(),
    library: String? = nil, facts: (inout IdleFacts) -> Void = { _ in }
  ) throws -> IdleVerdict {
    var endpoint = Endpoint(try #require(Middleware.named(middleware)))
    endpoint.place = .prefixes([try #require(Prefix("10.20.30.40/32"))])
    if let device { endpoint.idle.path = [try IdleFacts.Device(argument: device)] }
    facts(&endpoint.idle)
    return try IdleVerdict(
      endpoint, sidecar: sidecar, library: library.flatMap(ClientLibrary.named))
  }

  private func remedy(_ kind: String, of verdict: IdleVerdict) throws -> Remedy {
    try #require(verdict.remedies.first { $0.change.kind == kind })
  }

  // MARK: - Clean EOF after the idle timeout

  @Test func cleanEOFAfterAnHour() throws {
    let verdict = try verdict("memcached")
    #expect(verdict.firstToClose == "envoy")
    #expect(verdict.after.description == "1h")
    #expect(verdict.symptom == .eof)
    #expect(verdict.verdict == .fails)
    #expect(verdict.clients.first?.text == "EOF")
    for kind in ["excludePort", "excludeRange"] {
      #expect(try remedy(kind, of: verdict).holds, "\(kind)")
    }
    let pool = try remedy("poolMaxIdle", of: verdict)
    #expect(pool.because == "gomemcache has no idle limit to set")
    let pooled = try self.verdict("memcached", library: "pymemcache")
    #expect(pooled.remedies.first?.change == .poolMaxIdle(.seconds(2700)))
    #expect(verdict.findings.first?.code.id == "BP405")
  }

  /// A day is only a day for a library that does not look.
  @Test func raisingOnlyPutsItOff() throws {
    #expect(try remedy("idleTimeout", of: verdict("memcached")).effect == .postpones)
    let pooled = try verdict("memcached") { $0.client.poolMaxIdle = .seconds(7200) }
    #expect(try remedy("idleTimeout", of: pooled).effect == .cures)
  }

  // MARK: - Reset on first use behind a device

  @Test func aDeviceThatResets() throws {
    let verdict = try verdict("mysql", "aws-nlb")
    #expect(verdict.firstToClose == "device aws-nlb")
    #expect(verdict.after == .seconds(350))
    #expect(verdict.symptom == .reset)
    #expect(verdict.clients.first?.text == "invalid connection")
    #expect(verdict.findings.first?.code.id == "BP401")
    for kind in ["envoyKeepalive", "poolMaxIdle", "excludePort", "serverKeepalive", "ping"] {
      #expect(try remedy(kind, of: verdict).holds, "\(kind)")
    }
    #expect(verdict.remedies.first?.change.kind == "envoyKeepalive")
    #expect(try remedy("poolMaxIdle", of: verdict).change == .poolMaxIdle(.seconds(240)))
  }

  @Test func theAppsKeepaliveEndsAtEnvoy() throws {
    let remedy = try remedy("clientKeepalive", of: verdict("mysql", "aws-nlb"))
    #expect(!remedy.holds)
    #expect(remedy.because.contains("end at Envoy"))
  }

  @Test func raisingMakesItWorse() throws {
    let remedy = try remedy("idleTimeout", of: verdict("mysql", "aws-nlb"))
    #expect(!remedy.holds)
    #expect(remedy.effect == .worsens)
    #expect(remedy.because.contains("makes it worse"))
    let raised = try verdict(
      "mysql", "aws-nlb", sidecar: Sidecar(idleTimeout: .after(.seconds(86_400))))
    #expect(raised.findings.contains { $0.code.id == "BP402" })
    #expect(!raised.remedies.contains { $0.change.kind == "idleTimeout" })
  }

  @Test(arguments: [("7200/75/9", false), ("60/10/3", true)])
  func theKeepaliveOfThePostAndOurs(keepalive: String, holds: Bool) throws {
    let sidecar = Sidecar(upstreamKeepalive: try Keepalive(argument: keepalive))
    let verdict = try verdict("shardingsphere", "aws-nlb", sidecar: sidecar)
    #expect((verdict.verdict != .fails) == holds)
    #expect(verdict.findings.contains { $0.code.id == "BP403" } == !holds)
    let mysql = try self.verdict("mysql", "aws-nlb", sidecar: sidecar)
    let late = mysql.findings.first { $0.code.id == "BP403" }
    #expect(late?.message.hasPrefix("Envoy's first probe comes after 2h") == (holds ? nil : true))
  }

  @Test func aServerWithoutKeepaliveCannotBeTold() throws {
    let remedy = try remedy("serverKeepalive", of: verdict("shardingsphere", "aws-nlb"))
    #expect(!remedy.holds)
    #expect(remedy.because == "shardingsphere cannot be told to probe")
  }

  // MARK: - Hang behind a device

  @Test func aDeviceThatDrops() throws {
    let verdict = try verdict("mysql", "aws-network-firewall")
    #expect(verdict.symptom == .hang(Span(milliseconds: 924_600)))
    #expect(verdict.findings.contains { $0.code.id == "BP410" })
    let remedy = try remedy("readTimeout", of: verdict)
    #expect(!remedy.holds)
    #expect(remedy.because.contains("becomes an error after 5s"))
  }

  /// Keepalive takes the hidden end away; Envoy's own hour is left, in the open.
  @Test func whatIsLeftIsSaid() throws {
    let remedy = try remedy("envoyKeepalive", of: verdict("memcached", "azure-lb"))
    #expect(remedy.effect == .postpones)
    #expect(remedy.because.contains("Envoy closes it in the open after 1h"))
  }

  @Test func retryingWithoutReadTimeoutIsAHang() throws {
    let verdict = try verdict("redis", "azure-lb", library: "redis-py")
    #expect(verdict.symptom == .hang(Span(milliseconds: 924_600)))
    #expect(try remedy("readTimeout", of: verdict).holds)
    #expect(try !remedy("ping", of: verdict).holds)
  }

  @Test func silentLossIsNamed() throws {
    let verdict = try verdict("memcached", "azure-lb", library: "pymemcache-noreply")
    #expect(verdict.symptom == .silentLoss)
    #expect(try remedy("envoyKeepalive", of: verdict).after.kind != .hidden)
  }

  // MARK: - Exclusion

  @Test func exclusionAloneDoesNotHelpWithoutKeepalive() throws {
    let captured = try verdict("mysql", "aws-nlb") { $0.client.keepalive = .off }
    let exclusion = try remedy("excludePort", of: captured)
    #expect(!exclusion.holds)
    #expect(exclusion.because.contains("exclusion alone does not help"))
    #expect(exclusion.because.contains("60/10/3 in the app as well it holds"))

    let excluded = try verdict("mysql", "aws-nlb", sidecar: nil) { $0.client.keepalive = .off }
    #expect(excluded.verdict == .fails)
    let finding = try #require(excluded.findings.first)
    #expect(finding.code.id == "BP404")
    #expect(finding.message.contains("exclusion alone does not help"))
    #expect(excluded.remedies.first?.change.kind == "clientKeepalive")
    #expect(try remedy("clientKeepalive", of: excluded).holds)
  }

  @Test func exclusionHelpsAGoClient() throws {
    #expect(try remedy("excludePort", of: verdict("mysql", "aws-nlb")).holds)
    #expect(try verdict("mysql", "aws-nlb", sidecar: nil).verdict != .fails)
  }

  /// What holds for Go's dialer does not for a client without keepalive, and that is said too.
  @Test func otherClientsAreNotForgotten() throws {
    let clients = try verdict("mysql", "aws-nlb", sidecar: nil).clients
    #expect(clients.first { $0.library.name == "go-sql-driver" }?.judgement.verdict != .fails)
    #expect(clients.first { $0.library.name == "pymysql" }?.judgement.verdict == .fails)
    let named = try verdict("mysql", "aws-nlb", library: "pymysql").clients
    #expect(named.map(\.library.name) == ["pymysql"])
  }

  @Test func aBareAddressIsJudgedByItsPort() throws {
    let endpoint = Endpoint(name: "10.20.30.40:11211", place: .anywhere, port: 11211)
    let verdict = try IdleVerdict(endpoint, sidecar: Sidecar())
    #expect(verdict.library?.name == "gomemcache")
    #expect(verdict.assumptions.first?.value == "memcached")
  }

  // MARK: - Cuts that are no idle cuts

  @Test func aPushCutsAfterTheDrain() throws {
    let captured = try verdict("mysql")
    let finding = try #require(captured.findings.first { $0.code.id == "BP407" })
    #expect(finding.message.contains("45s later, busy or not"))
    #expect(try !verdict("mysql", sidecar: nil).findings.contains { $0.code.id == "BP407" })
  }

  @Test func aFixedAgeCutsBusyConnections() throws {
    let sidecar = Sidecar(maxConnectionDuration: .seconds(600))
    #expect(try verdict("mysql", sidecar: sidecar).findings.contains { $0.code.id == "BP406" })
    let short = try verdict("mysql", sidecar: sidecar) { $0.client.poolMaxLifetime = .seconds(300) }
    #expect(!short.findings.contains { $0.code.id == "BP406" })
  }

  @Test func idleTimeoutOffLeavesHalves() throws {
    let verdict = try verdict("mysql", sidecar: Sidecar(idleTimeout: .off))
    #expect(verdict.firstToClose == "server")
    #expect(verdict.findings.contains { $0.code.id == "BP409" })
  }

  // MARK: - Margins, heartbeats, tables

  @Test func oneProbeToLose() throws {
    let thin = try verdict("redis", "aws-nlb", library: "redis-py")
    #expect(thin.judgement.kind != .hidden)
    #expect(thin.findings.contains { $0.code.id == "BP408" })
    let pooled = try verdict("redis", "aws-nlb", library: "redis-py") {
      $0.client.poolMaxIdle = .seconds(300)
    }
    #expect(!pooled.findings.contains { $0.code.id == "BP408" })
  }

  @Test func aHeartbeatKeepsEveryTimerBusy() throws {
    let verdict = try verdict("rabbitmq", "azure-lb")
    #expect(verdict.firstToClose == "nobody")
    #expect(verdict.remedies.isEmpty)
    #expect(verdict.findings.map(\.code.id) == ["BP407"])
  }

  @Test func withoutADeviceTheTableIsAsked() throws {
    let forgetful = try verdict("mysql").forgetfulDevices.map(\.name)
    #expect(forgetful.first == "azure-firewall")
    #expect(forgetful.contains("aws-nlb"))
    #expect(!forgetful.contains("ec2-conntrack"))
    #expect(try !verdict("redis").forgetfulDevices.map(\.name).contains("aws-nlb"))
    #expect(try verdict("mysql", "aws-nlb").forgetfulDevices.isEmpty)
  }

  /// Every remedy is judged by the model itself, so no verdict can contradict its path.
  @Test(arguments: DeviceKind.table)
  func remediesAgreeWithThePathTheyMake(kind: DeviceKind) throws {
    for middleware in Middleware.catalogue {
      for sidecar in [Sidecar?.none, Sidecar(), Sidecar(idleTimeout: .off)] {
        let verdict = try verdict(middleware.name, kind.name, sidecar: sidecar)
        for remedy in verdict.remedies {
          #expect(remedy.after == verdict.path.applying(remedy.change).judgement)
          #expect(!remedy.because.isEmpty && !remedy.price.isEmpty)
        }
        #expect(verdict.remedies.isEmpty == (verdict.verdict == .holds))
        #expect(verdict.remedies.map(\.effect) == verdict.remedies.map(\.effect).sorted())
        if case .device = verdict.judgement.closer, sidecar != nil {
          #expect(try remedy("envoyKeepalive", of: verdict).after.kind != .hidden)
        }
        #expect(verdict.path.timeline.drawing().allSatisfy { $0.count <= 80 })
      }
    }
  }

  @Test func tablesNameCatalogueEntriesOnly() {
    let known = Set(Middleware.catalogue.map(\.name))
    #expect(Set(ServerKind.table.map(\.middleware)).isSubset(of: known))
    #expect(Set(ClientLibrary.table.flatMap(\.middleware)).isSubset(of: known))
    #expect(Set(DeviceKind.table.map(\.name)).count == DeviceKind.table.count)
    #expect(Set(ClientLibrary.table.map(\.name)).count == ClientLibrary.table.count)
  }

  // MARK: - Contradictory facts

  @Test func factsThatCannotBe() throws {
    let place = Endpoint.Place.anywhere
    #expect(throws: IdleError(endpoint: "dns", reason: .notTCP("udp"))) {
      try IdlePath(Endpoint(name: "dns", place: place, port: 53, transport: .udp), sidecar: nil)
    }
    var endpoint = Endpoint(name: "db", place: place, port: 3306)
    endpoint.idle.path = [.init(name: "box")]
    #expect(throws: IdleError.self) { try IdlePath(endpoint, sidecar: nil) }
    endpoint.idle.path = []
    endpoint.idle.client.keepalive = .on(time: .never, interval: nil, probes: nil)
    #expect(throws: IdleError.self) { try IdlePath(endpoint, sidecar: nil) }
  }
}
