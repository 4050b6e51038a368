import Planning
import Testing

@testable import IdleTimeouts

@Suite struct TimelineTests {
  private let nlb = StatefulDevice(name: "aws-nlb", idleTimeout: .seconds(350), onExpiry: .reset)

  @Test func forgottenAtFirstClosedLater() {
    let path = IdlePath(sidecar: Sidecar(), devices: [nlb])
    #expect(
      path.timeline.drawing(width: 52) == [
        "  0 ------------a~~~~~~~~~~~~~~~~~~~~~~~~~~b",
        "  a  350s     aws-nlb forgets the flow; from here on it answers RST",
        "  b  1h       Envoy closes both connections (FIN)",
      ])
  }

  /// Raised to a day, the dead stretch fills the drawing; nothing else has changed.
  @Test func raisingLengthensTheDeadStretch() {
    func dead(_ timeout: Sidecar.IdleTimeout) -> Int {
      let path = IdlePath(sidecar: Sidecar(idleTimeout: timeout), devices: [nlb])
      return path.timeline.drawing()[0].filter { $0 == "~" }.count
    }
    #expect(dead(.after(.seconds(86_400))) > dead(.unset))
  }

  @Test func theServersFINDoesNotPassADeviceThatForgot() {
    let path = IdlePath(devices: [nlb], server: .init(idleTimeout: .seconds(600)))
    #expect(path.timeline.events.count == 1)
    #expect(path.timeline.drawing()[0].hasSuffix("~>"))
  }

  /// A keepalive of 7200 s repairs nothing, but it finds the body.
  @Test func aLateKeepaliveFindsItDead() {
    let path = IdlePath(client: .init(keepalive: .kernel), devices: [nlb])
    #expect(path.timeline.events.last?.at == .seconds(7200))
    #expect(path.timeline.events.last?.state == .closed)
  }
}
