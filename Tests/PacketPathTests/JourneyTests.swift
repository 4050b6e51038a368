import Addresses
import PacketPath
import Ruleset
import RulesetText
import Testing

/// From the app through Envoy to the wire, and to the pod itself.
@Suite struct JourneyTests {
  private func simulator() throws -> Simulator {
    let save = """
      *nat
      :ISTIO_OUTPUT - [0:0]
      :ISTIO_INBOUND - [0:0]
      -A PREROUTING -p tcp -j ISTIO_INBOUND
      -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
      -A ISTIO_INBOUND -p tcp -j REDIRECT --to-ports 15006
      -A OUTPUT -j ISTIO_OUTPUT
      -A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
      -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp -m owner --uid-owner 1337 -j REDIRECT --to-ports 15006
      -A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -p tcp --dport 3307 -j RETURN
      -A ISTIO_OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053
      -A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15001
      COMMIT

      """
    let tables = try IPTables.readSave(Array(save.utf8), family: .ip)
    return try Simulator(Ruleset(tables), in: PodNetwork(.pod))
  }

  @Test func appThroughEnvoyToTheWire() throws {
    let journey = try simulator().journey(of: .app("10.0.0.9", 3306))
    #expect(journey.legs.map(\.sender) == [.client, .outboundProxy])
    #expect(journey.legs.map(\.path.outcome.word) == ["redirect", "bypass"])
    #expect(journey.legs.last?.packet.owner == Owner(uid: 1337, gid: 1337))
  }

  @Test func excludedTrafficGoesAlone() throws {
    let journey = try simulator().journey(of: .app("10.0.0.9", 3307))
    #expect(journey.legs.map(\.path.outcome) == [.bypass])
  }

  @Test func serviceThatIsThisPodComesInByLo() throws {
    let own = SocketAddress(LocalAddresses.pod.addresses[0], 8080)
    let journey = try simulator().journey(of: .app("10.96.0.10", 80), to: own)
    #expect(journey.legs.map(\.sender) == [.client, .outboundProxy, .inboundProxy])
    #expect(journey.legs.map(\.path.outcome.port) == [15001, 15006, nil])
    #expect(journey.outcome == .local)
  }

  @Test func inboundReachesTheApp() throws {
    let journey = try simulator().journey(of: .inbound("100.64.0.2", 8080))
    #expect(journey.legs.map(\.sender) == [.client, .inboundProxy])
    #expect(journey.outcome == .local)
  }

  @Test func dnsGoesThroughTheAgent() throws {
    let journey = try simulator().journey(of: .app("10.96.0.10", 53, .udp))
    #expect(journey.legs.map(\.sender) == [.client, .dnsProxy])
    #expect(journey.outcome == .bypass)
  }

  @Test func aProxyThatCapturesItselfIsALoop() throws {
    let rules = Ruleset.one(.nat, .output, priority: -100, [Rule(.redirect(15001))])
    let journey = try Simulator(rules).journey(of: .app("10.0.0.9", 80))
    #expect(journey.isLoop)
    #expect(journey.legs.count == 2)
  }
}
