extension CaptureProgram {
  mutating func captureInbound() {
    guard !config.inboundPortsInclude.isEmpty else { return }
    let table: CaptureRule.Table = config.isTProxy ? .mangle : .nat
    if config.isTProxy {
      let mark = config.inboundTProxyMark
      append(.mangle, .divert, .divertMark(mark))
      append(.mangle, .divert, .divertAccept)
      append(.mangle, .tproxy, .tproxy(mark: mark, port: config.inboundCapturePort))
    }
    append(table, .prerouting, .enterInbound)
    if config.inboundPortsInclude == "*" {
      for port in config.items(of: \.inboundPortsExclude) {
        append(table, .inbound, .excludedInboundPort(port))
      }
      captureInbound(port: nil, in: table)
    } else {
      for port in config.items(of: \.inboundPortsInclude) {
        captureInbound(port: port, in: table)
      }
    }
  }

  private mutating func captureInbound(port: String?, in table: CaptureRule.Table) {
    if config.isTProxy {
      append(table, .inbound, .establishedInbound(port: port))
      append(table, .inbound, .capturedInbound(port: port, by: .tproxy))
    } else {
      append(table, .inbound, .capturedInbound(port: port, by: .redirect))
    }
  }

  /// In TPROXY mode marks tell Envoy's connections apart, whatever ports are captured.
  mutating func markForTProxy() {
    let mark = config.inboundTProxyMark
    append(.mangle, .prerouting, .saveMark(mark))
    append(.mangle, .output, .markedOverLoopback(mark))
    for owner in owners { append(.mangle, .output, .markProxyToItself(owner)) }
    append(.mangle, .output, .restoreMark(mark))
    insert(1, .mangle, .inbound, .markedInbound(mark))
    insert(2, .mangle, .inbound, .passthroughInbound)
    insert(3, .mangle, .inbound, .appToItselfInbound)
  }
}
