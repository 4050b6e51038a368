internal import Addresses
internal import PacketPath
internal import Ruleset

/// The answer of a REJECT, which has a way of its own to whoever sent the packet: the same rules may
/// drop it, and then the sender hears nothing (`nf_reject_ipv4.c`, `nf_reject_ipv6.c`).
struct Refusal {
  enum Arrival: Hashable {
    case arrives, lost
    case unknown(String)
  }

  private let simulator: Simulator
  private let refused: Packet
  /// As routing saw it.
  private let routed: Packet
  /// As the rule met it that refuses it: what NAT made of it is what the answer is an answer to.
  private let changed: Packet
  /// An error is answered with ICMP, and not with TCP's reset.
  private let isReset: Bool

  /// - Parameters:
  ///   - path: of the packet, up to the rule.
  ///   - answer: what the rule says to answer with, in the words of its table.
  init(of packet: Packet, on path: Path, with answer: String, by simulator: Simulator) {
    self.simulator = simulator
    refused = packet
    routed = path.passages.dropLast().last?.packet ?? packet
    changed = path.passages.last?.packet ?? packet
    isReset = answer.hasPrefix("tcp")
  }

  private var network: PodNetwork { simulator.network }

  /// Whether the sender is told.
  ///
  /// The answer belongs to the refused packet's connection, unless that is not tracked. Even then it
  /// may hold what stood in a connection's place, and a rule that exempts it from conntrack finds it
  /// taken (`nf_ct_attach`, `xt_ct_target`). Since neither is asked here, all must end alike.
  var arrival: Arrival {
    if hasNoSource { return .lost }
    let unexempting = try? Simulator(simulator.ruleset.withoutExemptions, in: network)
    let possible = Set(
      [simulator, unexempting].compactMap(\.self).flatMap { simulator in
        [ConnectionState.related, .invalid].map { arrival(state: $0, by: simulator) }
      })
    guard let arrival = possible.first, possible.count == 1 else {
      return .unknown("whether its answer arrives depends on its connection")
    }
    return arrival
  }

  /// An error of IPv4 comes from where the packet was for if routing took that for local; where TPROXY's
  /// route did so, the address is nobody's, and the answer has no way out (`__icmp_send`,
  /// `ip_route_output_key`).
  private var hasNoSource: Bool {
    !isReset && refused.family == .ipv4 && refused.inputInterface != nil
      && network.localMark == routed.mark && !network.addresses.contains(routed.destination)
  }

  private func arrival(state: ConnectionState, by simulator: Simulator) -> Arrival {
    let isInbound = refused.inputInterface != nil
    switch simulator.path(of: packet(state: state)).outcome {
    case .bypass where isInbound, .local where !isInbound: return .arrives
    case .unknown(let reason): return .unknown("what becomes of its answer: \(reason)")
    default: return .lost
    }
  }

  private func packet(state: ConnectionState) -> Packet {
    // An error comes from an address of the pod, a reset from whom the packet was for.
    let isOwn = network.addresses.contains(changed.destination)
    let source =
      isReset || isOwn ? changed.destination : network.addresses.first(of: refused.family)
    let sender = refused.source ?? network.onlySource(of: refused) ?? refused.destination
    var packet = Packet(
      isReset ? .tcp : refused.family == .ipv4 ? .icmp : .icmpv6, from: source,
      port: isReset ? changed.destinationPort : 0, to: sender,
      port: isReset ? refused.sourcePort : 0,
      out: network.addresses.contains(sender) ? .loopback : network.uplink, state: state)
    // What rules marked the connection with by then is its mark for the answer as well.
    if state == .related { packet.connectionMark = changed.connectionMark }
    // RST and ACK: a first packet has nothing else to acknowledge.
    packet.tcpFlags = isReset ? 0x14 : nil
    return packet
  }
}

extension Ruleset {
  /// Without the effect of every rule that exempts packets from conntrack.
  fileprivate var withoutExemptions: Ruleset {
    var rules = self
    for table in rules.tables.indices {
      for chain in rules.tables[table].chains.indices {
        for rule in rules.tables[table].chains[chain].rules.indices {
          rules.tables[table].chains[chain].rules[rule].steps.removeAll { step in
            if case .effect(.notrack) = step { true } else { false }
          }
        }
      }
    }
    return rules
  }
}
