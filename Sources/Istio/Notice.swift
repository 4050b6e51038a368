/// What the generator passes over without an error.
public enum Notice: Hashable, Sendable {
  /// Up to 1.26: the item is dropped from its list.
  case rangeSkipped(CaptureKey, item: String, offset: Int, PrefixProblem)
  /// DNS capture is switched off, for there is no server to capture.
  case noDNSServers
  /// Up to 1.24: DNS capture stays on without a server, and still changes two rules.
  case dnsCapturesNothing
}

extension Notice {
  static func all(of program: CaptureProgram) -> [Notice] {
    let lists: [(CaptureKey, OutboundRanges)] = [
      (.outboundIPRangesExclude, program.excluded), (.outboundIPRangesInclude, program.included),
    ]
    var notices = lists.flatMap { key, ranges in
      ranges.skipped.map {
        Notice.rangeSkipped(
          key, item: String($0.item.text), offset: $0.item.offset, $0.problem)
      }
    }
    if program.config.redirectDNS, program.config.capturesNoDNSServer {
      notices.append(program.capturesDNS ? .dnsCapturesNothing : .noDNSServers)
    }
    return notices
  }
}

extension Notice: CustomStringConvertible {
  public var description: String {
    switch self {
    case .rangeSkipped(let key, let item, let offset, let problem):
      "\(key.rawValue): '\(item)' at character \(offset + 1) \(problem); "
        + "this version of Istio skips it and goes on"
    case .noDNSServers:
      "DNS capture is on without CaptureAllDNS, and no DNS server is known: DNS is not captured"
    case .dnsCapturesNothing:
      "DNS capture is on without CaptureAllDNS, and no DNS server is known: "
        + "DNS is not captured, and Envoy's own calls over lo to port 53 are treated apart"
    }
  }
}
