import Addresses
import Ruleset

/// What terminals say of a packet, for those that say the same of every packet: asked for once.
struct Outcomes {
  private var known: [[Outcome]?] = []
  private var fates: [Fate?] = []

  subscript(terminal: Int32) -> [Outcome]? {
    Int(terminal) < known.count ? known[Int(terminal)] : nil
  }

  /// The fate that all outcomes share; `unknown` where they do not.
  func fate(_ terminal: Int32) -> Fate? {
    Int(terminal) < fates.count ? fates[Int(terminal)] : nil
  }

  mutating func remember(_ outcomes: [Outcome], of terminal: Int32) {
    while Int(terminal) >= known.count {
      known.append(nil)
      fates.append(nil)
    }
    known[Int(terminal)] = outcomes
    fates[Int(terminal)] = outcomes.fate
  }
}

extension [Outcome] {
  /// The one they share, if they do.
  var fate: Fate {
    let first = first?.fate ?? .unknown
    return allSatisfy { $0.fate == first } ? first : .unknown
  }
}

extension Arena {
  /// Each outcome once.
  mutating func outcomes(ofTerminal terminal: Int32, of packet: Packet) -> [Outcome] {
    if let known = outcomes[terminal] { return known }
    var found: [Outcome] = []
    var namesPacket = false
    for place in endings.members(of: terminal) {
      let ending = endings[place]
      guard let outcome = outcome(ending, of: packet) else { continue }
      if !found.contains(outcome) { found.append(outcome) }
      namesPacket = namesPacket || self.namesPacket(ending)
    }
    if !namesPacket { outcomes.remember(found, of: terminal) }
    return found
  }

  /// The outcome may name the packet's own address or port.
  private func namesPacket(_ ending: Ending) -> Bool {
    let done = rewrites[ending.rewrite]
    if let diversion = done.diversion, diversion.port == nil { return true }
    guard let mapping = done.mapping.map({ endings.mappings[$0] }) else { return false }
    return mapping.ports == nil || mapping.addresses == nil
  }
}

extension Arena {
  /// The outcome an ending stands for; nil for one that only marks the way.
  func outcome(_ ending: Ending, of packet: Packet) -> Outcome? {
    switch ending.kind {
    case .drops: return .drop
    case .rejects: return .reject(with: endings.texts[ending.detail])
    case .unknown: return .unknown(endings.texts[ending.detail])
    case .leaves, .isDelivered, .isForwarded:
      if ending.kind == .isDelivered, let diversion = rewrites[ending.rewrite].diversion {
        return .tproxy(diversion.address, port: diversion.port ?? packet.destinationPort)
      }
      if let mapping = rewrites[ending.rewrite].mapping {
        return endings.mappings[mapping].outcome(of: packet)
      }
      return switch ending.kind {
      case .leaves: .bypass
      case .isDelivered: .local
      default: .forward
      }
    default: return nil
    }
  }

  /// The fate an ending stands for, whatever the packet; nil for one that only marks the way.
  ///
  /// A mapping that keeps the packet's port counts as one to the proxy, not to its DNS port.
  func fate(_ ending: Ending) -> Fate? {
    outcome(ending, of: Self.anyPacket)?.fate
  }

  private static let anyPacket = Packet(.tcp, to: IPAddress(.ipv4, 0))
}

extension NAT {
  /// Where this mapping of the destination sends a packet.
  fileprivate func outcome(of packet: Packet) -> Outcome {
    let ports = ports ?? packet.destinationPort...packet.destinationPort
    guard ports.lowerBound == ports.upperBound else { return .unknown("the kernel picks a port") }
    let port = ports.lowerBound
    guard let addresses else {
      return kind == .redirect ? .redirect(nil, port: port) : .dnat(packet.destination, port: port)
    }
    guard addresses.lowerBound == addresses.upperBound else {
      return .unknown("the kernel picks an address")
    }
    return kind == .redirect
      ? .redirect(addresses.lowerBound, port: port) : .dnat(addresses.lowerBound, port: port)
  }
}
