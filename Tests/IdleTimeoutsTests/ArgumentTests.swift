import Testing

@testable import IdleTimeouts
@testable import Planning

@Suite struct DeviceArgumentTests {
  @Test func takesTheTablesTimerAndExpiry() throws {
    let device = try StatefulDevice(IdleFacts.Device(argument: "aws-nlb"))
    #expect(device == StatefulDevice(name: "aws-nlb", idleTimeout: .seconds(350), onExpiry: .reset))
  }

  @Test(arguments: [
    ("aws-nlb=6000s", 6000, IdleFacts.Device.Expiry.reset), ("aws-nlb=20m:drop", 1200, .drop),
    ("azure-lb:reset", 240, .reset), ("our-firewall=90s", 90, .drop),
    ("our.fw_2=1h30m:reset", 5400, .reset),
  ])
  func reads(text: String, seconds: Int64, expiry: IdleFacts.Device.Expiry) throws {
    let device = try StatefulDevice(IdleFacts.Device(argument: text))
    #expect(device.idleTimeout == .seconds(seconds))
    #expect(device.onExpiry == expiry)
  }

  @Test(arguments: [
    ("", DeviceError.Reason.noName), ("=350s", .noName), ("aws nlb", .name("aws nlb")),
    ("aws-nlb=10", .span(SpanError(text: "10", reason: .missingUnit))),
    ("aws-nlb=-1s", .span(SpanError(text: "-1s", reason: .negative))),
    ("aws-nlb=1e99s", .span(SpanError(text: "1e99s", reason: .notASpan))),
    ("aws-nlb=", .span(SpanError(text: "", reason: .notASpan))),
    ("aws-nlb=0", .forgetsAtOnce), ("aws-nlb:rst", .expiry("rst")), ("aws-nlb:", .expiry("")),
    ("our-firewall", .unknownWithoutTimer("our-firewall")),
  ])
  func refuses(text: String, reason: DeviceError.Reason) {
    #expect(throws: DeviceError(text: text, reason: reason)) {
      try IdleFacts.Device(argument: text)
    }
  }

  @Test func anUnknownDeviceIsToldWhatIsKnown() {
    let error = DeviceError(text: "foo", reason: .unknownWithoutTimer("foo"))
    #expect(error.description.contains("foo=350s"))
    #expect(error.description.contains("aws-nlb"))
  }
}

@Suite struct KeepaliveArgumentTests {
  @Test(arguments: [
    ("7200/75/9", 7200, 75, 9), ("60/10/3", 60, 10, 3), ("15s/15s/9", 15, 15, 9),
    ("1m/10/3", 60, 10, 3), ("15s", 15, 75, 9), ("2h", 7200, 75, 9),
  ])
  func reads(text: String, time: Int64, interval: Int64, probes: Int) throws {
    let schedule = try ProbeSchedule(Keepalive(argument: text))
    #expect(
      schedule
        == ProbeSchedule(time: .seconds(time), interval: .seconds(interval), probes: probes))
  }

  @Test func off() throws {
    #expect(try Keepalive(argument: "off") == .off)
  }

  @Test(arguments: [
    ("10", KeepaliveError.Reason.missingUnit), ("60/10", .parts(2)), ("1/2/3/4", .parts(4)),
    ("", .span(SpanError(text: "", reason: .notASpan))),
    ("60/10/", .probes("''")), ("60/10/x", .probes("'x'")), ("60/10/0", .probes("0")),
    ("60/10/128", .probes("128")), ("60/10/-3", .probes("'-3'")),
    ("never", .seconds(.never)), ("0", .seconds(Span(milliseconds: 0))),
    ("0/10/3", .seconds(Span(milliseconds: 0))), ("500ms", .seconds(Span(milliseconds: 500))),
    ("10h", .seconds(.seconds(36_000))),
    ("-1s", .span(SpanError(text: "-1s", reason: .negative))),
    ("on", .span(SpanError(text: "on", reason: .notASpan))),
  ])
  func refuses(text: String, reason: KeepaliveError.Reason) {
    #expect(throws: KeepaliveError(text: text, reason: reason)) { try Keepalive(argument: text) }
  }

  @Test func aLoneNumberIsToldHowToBeWritten() {
    let error = KeepaliveError(text: "10", reason: .missingUnit)
    #expect(
      error.description == "'10' has no unit; write 10s, or time/interval/probes as in 10/10/3")
  }
}

@Suite struct IdleTimeoutArgumentTests {
  @Test(arguments: [
    ("unset", Sidecar.IdleTimeout.unset), ("0", .off), ("0s", .off), ("never", .off),
    ("10s", .after(.seconds(10))), ("24h", .after(.seconds(86_400))),
  ])
  func reads(text: String, expected: Sidecar.IdleTimeout) throws {
    #expect(try Sidecar.IdleTimeout(argument: text) == expected)
  }

  @Test(arguments: ["10", "-1s", "1e99s", "", "null", "1x"])
  func refuses(text: String) {
    #expect(throws: IdleTimeoutError.self) { try Sidecar.IdleTimeout(argument: text) }
  }

  @Test func aDayIsWrittenInSeconds() {
    #expect(Span.seconds(86_400).inSeconds == "86400s")
    #expect(Span(milliseconds: 1_050).inSeconds == "1.050s")
  }

  /// The kernel's own figure for 15 retries.
  @Test func retransmissionIsTheKernels() {
    #expect(Kernel.retransmissionTimeout(retries: 15) == Span(milliseconds: 924_600))
    #expect(Kernel.retransmissionTimeout(retries: 4) == Span(milliseconds: 6_200))
  }
}
