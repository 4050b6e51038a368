import Addresses
import Ruleset

/// Which needs can be served how, given what must stay captured.
///
/// Feasibility is local: a plan exists exactly if no need is blocked on both sides, for otherwise all
/// open ports and all open prefixes together are one.
struct Obstruction: Sendable {
  private let wants: Wants
  private let neverPorts: Set<UInt16>
  private let heldPorts: Set<UInt16>
  private let held: [Family: IntervalSet]

  init(_ wants: Wants, neverPorts: Set<UInt16>) {
    self.wants = wants
    self.neverPorts = neverPorts
    heldPorts = Set(wants.holds.lazy.filter(\.isLostByPort).map(\.port))
    var ranges: [Family: [ClosedRange<UInt128>]] = [:]
    for hold in wants.holds where hold.isLostByRange {
      if let prefix = hold.prefix {
        ranges[prefix.family, default: []].append(prefix.range)
      } else {
        for family in Family.allCases { ranges[family, default: []].append(family.addresses) }
      }
    }
    held = ranges.mapValues { IntervalSet($0) }
  }

  /// Whether the port may be excluded.
  func isOpen(_ port: UInt16) -> Bool {
    !heldPorts.contains(port) && !neverPorts.contains(port)
  }

  /// Whether nothing inside must stay captured.
  func isOpen(_ prefix: Prefix) -> Bool {
    held[prefix.family]?.overlaps(prefix.range) != true
  }

  func canBeServedByPort(_ need: Wants.Need) -> Bool {
    need.isServedByPort && isOpen(need.port)
  }

  func canBeServedByRange(_ need: Wants.Need) -> Bool {
    need.isServedByRange && (need.prefix.map(isOpen) ?? false)
  }

  /// The needs that nothing can serve.
  var conflicts: [Wants.Need] {
    wants.needs.filter { !canBeServedByPort($0) && !canBeServedByRange($0) }
  }

  // MARK: - Certificates

  /// All that stands against excluding the port, and all that stands against excluding the address.
  struct Obstacles {
    var port: [Impossibility.Obstacle]
    var range: [Impossibility.Obstacle]
  }

  func obstacles(to need: Wants.Need) -> Obstacles {
    var port: [Impossibility.Obstacle] = []
    var range: [Impossibility.Obstacle] = []
    if !need.isServedByPort { port.append(.tcpOnly) }
    if neverPorts.contains(need.port) { port.append(.neverPort) }
    if let prefix = need.prefix {
      if !need.isServedByRange {
        range.append(need.port == 53 ? .dnsCapture : .rangesNotWritten(prefix.family))
      }
    } else {
      range.append(.anyAddress)
    }
    for hold in wants.holds {
      if hold.port == need.port, hold.isLostByPort {
        port.append(.captured(endpoint: hold.endpoint))
      }
      if let prefix = need.prefix, hold.isLostByRange,
        hold.prefix.map({ $0.family == prefix.family && $0.range.overlaps(prefix.range) }) ?? true
      {
        range.append(.captured(endpoint: hold.endpoint))
      }
    }
    return Obstacles(port: port, range: range)
  }

  /// The smallest certificate for a need: one obstacle a side, the same where one stands on both.
  ///
  /// Any obstacle is enough; but where one endpoint stands on both sides, two different ones would
  /// name a want that does not matter.
  ///
  /// - Returns: nil for a need that can be served.
  func certificate(for need: Wants.Need, _ obstacles: Obstacles) -> Impossibility.Conflict? {
    let both = obstacles.port.first { $0.isWant && obstacles.range.contains($0) }
    func chosen(_ side: [Impossibility.Obstacle]) -> Impossibility.Obstacle? {
      side.first { !$0.isWant } ?? both ?? side.first
    }
    guard let port = chosen(obstacles.port), let range = chosen(obstacles.range) else { return nil }
    return Impossibility.Conflict(
      endpoint: need.endpoint, port: need.port, prefix: need.prefix, againstPort: port,
      againstRange: range)
  }
}

extension Impossibility.Obstacle {
  /// Whether it is an endpoint's want, which can be given up.
  var isWant: Bool {
    if case .captured = self { true } else { false }
  }
}
