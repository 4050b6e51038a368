import Addresses
import Ruleset

/// One packet on its way through the hooks, in one world.
///
/// - `Walk`: the hooks and the routing between them;
/// - `Walk+Chain`: the rules of one base chain;
/// - `Walk+Fields`: what a rule sees of the packet;
/// - `Walk+NAT`: the connection's mappings.
struct Walk {
  let simulator: Simulator
  let tracing: Bool
  /// The mapping an established connection has, where it is known.
  let mapping: SocketAddress?
  let family: Family
  /// The destination and the way out as the packet was sent.
  let sent: Packet

  var world: World
  var packet: Packet
  /// Fields whose value the kernel picks, or nobody told: what each can be.
  var open: [Field: (unknown: Unknown, domain: IntervalSet)] = [:]

  // Where the packet is.
  var hook = Hook.output
  var priority = Int32.min
  /// It left by `lo` and came back.
  var isLooped = false
  /// It came back with its conntrack entry, so that conntrack does not look again.
  var keepsConnection = false

  // What netfilter keeps of it.
  var isUntracked = false
  var zone: UInt16?
  var sourceIsDecided = false
  var destinationIsDecided = false
  /// The mapping of its destination, and the rule that made it.
  var mapped: (NAT, by: RulePlace?)?
  /// The socket TPROXY chose, and the rule.
  var tproxy: Diversion?
  /// Where routing sends it once it has left OUTPUT.
  var wayOut: InterfaceName

  // What is told of it.
  var exemption: Exemption?
  var rulesMet = 0
  var passages: [Path.Passage] = []
  var steps: [Path.Step] = []
  /// Whether the rule at hand was told an answer that only this world gives.
  var leansOnChoice = false

  /// How a walk ends before its path does.
  struct End {
    var outcome: Outcome
    var by: RulePlace?
    /// The base chain whose policy ended it.
    var policy: ChainIndex?
  }

  struct Diversion: Hashable {
    var address: IPAddress?
    var port: UInt16
    var by: RulePlace
  }

  struct Exemption: Hashable {
    var by: RulePlace
    var from: Reach
  }

  init(
    _ simulator: Simulator, _ packet: Packet, mapping: SocketAddress?, in world: World,
    tracing: Bool
  ) {
    self.simulator = simulator
    self.tracing = tracing
    self.mapping = mapping
    self.world = world
    family = packet.family
    var packet = packet
    if packet.inputInterface == nil, packet.outputInterface == nil {
      let isLocal = simulator.network.addresses.contains(packet.destination)
      packet.outputInterface = isLocal ? .loopback : simulator.network.uplink
    }
    if packet.source == nil, packet.inputInterface == nil {
      packet.source = simulator.network.onlySource(of: packet)
    }
    sent = packet
    self.packet = packet
    wayOut = packet.outputInterface ?? simulator.network.uplink
    if packet.source == nil {
      let domain = simulator.sources(of: family, inbound: packet.inputInterface != nil)
      open[.source] = (.field(.source), domain)
    }
  }

  mutating func run() -> Path {
    let end = packet.inputInterface == nil ? outbound() : inbound()
    var path = Path(
      outcome: end.outcome, decidedBy: end.by.map(simulator.reference), passages: passages,
      zone: zone, steps: steps)
    path.place = end.by
    path.policy = end.policy.map { chain in
      "\(simulator.ruleset.tables[chain.table].name) \(simulator.ruleset[chain].name)"
    }
    return path
  }
}

// MARK: - Paths

extension Walk {
  /// OUTPUT, the routing that its changes ask for, POSTROUTING; then the wire, or `lo` and back.
  private mutating func outbound() -> End {
    if let end = traverse(.output) { return end }
    packet.outputInterface = wayOut
    if let end = traverse(.postrouting) { return end }
    guard wayOut == .loopback else { return departed(.bypass) }
    loopBack()
    return arrive()
  }

  private mutating func inbound() -> End {
    if packet.inputInterface == .loopback {
      loopBack()
      return arrive()
    }
    if packet.isLostOnArrival { return End(outcome: .drop) }
    packet.owner = nil
    packet.outputInterface = nil
    if let end = traverse(.prerouting) { return end }
    let destination = open[.destination] == nil ? packet.destination : nil
    if packet.isLostInRouting(to: destination, in: simulator.network) { return End(outcome: .drop) }
    if isForThisHost() {
      if let end = traverse(.input) { return end }
      return delivered()
    }
    // ip_forward drops what a local socket was already found for.
    if let tproxy { return End(outcome: .drop, by: tproxy.by) }
    if let interface = sent.outputInterface {
      packet.outputInterface = interface
    } else {
      let others = IntervalSet(
        [0...0] + [InterfaceName.loopback.bits...InterfaceName.loopback.bits])
      open[.outputInterface] = (
        .wayOut, others.complement(in: Field.outputInterface.domain(in: family))
      )
    }
    if let end = traverse(.forward) { return end }
    if let end = traverse(.postrouting) { return end }
    return departed(.forward)
  }

  /// What `lo` receives has lost its socket, and keeps its mark, its route and its conntrack entry
  /// if it had one. If not, conntrack and NAT meet it anew.
  private mutating func loopBack() {
    isLooped = true
    keepsConnection = !isUntracked && packet.state.isTracked
    sourceIsDecided = keepsConnection
    destinationIsDecided = keepsConnection
    if !keepsConnection { zone = nil }
    packet.owner = nil
    packet.inputInterface = .loopback
    packet.outputInterface = nil
  }

  /// A looped-back packet is delivered whatever its destination: the route it left by travels along.
  private mutating func arrive() -> End {
    if let end = traverse(.prerouting) { return end }
    if let end = traverse(.input) { return end }
    return delivered()
  }

  private mutating func isForThisHost() -> Bool {
    if packet.mark == simulator.network.localMark || mapped?.0.kind == .redirect { return true }
    guard open[.destination] != nil else {
      return simulator.network.acceptsInbound(packet.destination)
    }
    let local = simulator.network.inboundAddresses(of: family)
    return holds(Constraint(.destination, in: local), by: nil)
  }

  private func delivered() -> End {
    if let tproxy { return End(outcome: .tproxy(tproxy.address, port: tproxy.port), by: tproxy.by) }
    return mappedEnd() ?? End(outcome: .local, by: exemption?.by)
  }

  private func departed(_ unmodified: Outcome) -> End {
    mappedEnd() ?? End(outcome: unmodified, by: exemption?.by)
  }

  private func mappedEnd() -> End? {
    guard let mapped else { return nil }
    if mapping == nil, mapped.by == nil {
      return End(outcome: .unknown("the mapping of its established connection is not given"))
    }
    if open[.destinationPort] != nil, packet.transport.hasPorts {
      return End(outcome: .unknown("the kernel picks a port"), by: mapped.by)
    }
    let address = open[.destination] == nil ? packet.destination : nil
    if mapped.0.kind == .redirect {
      return End(outcome: .redirect(address, port: packet.destinationPort), by: mapped.by)
    }
    guard let address else {
      return End(outcome: .unknown("the kernel picks an address"), by: mapped.by)
    }
    return End(outcome: .dnat(address, port: packet.destinationPort), by: mapped.by)
  }
}

// MARK: - Hooks

extension Walk {
  private mutating func traverse(_ hook: Hook) -> End? {
    self.hook = hook
    defer { passages.append(Path.Passage(hook: hook, packet: packet)) }
    for stage in simulator.order(at: hook, for: family).stages {
      switch stage {
      case .chains(let tier):
        priority = tier.priority
        for chain in ordered(tier) {
          let before = packet
          switch traverse(chain) {
          case .accepted: break
          case .ended(let end): return end
          case .mapped(_, let place):
            return End(outcome: .unknown("NAT outside a nat chain"), by: place)
          }
          if hook == .output, simulator.ruleset.base(chain).kind == .route,
            packet.mark != before.mark
          {
            reroute()
          }
        }
      case .nat(let tiers):
        priority = hook.natPriority
        if let end = mapConnection(by: tiers) { return end }
      }
    }
    return nil
  }

  mutating func ordered(_ tier: HookOrder.Tier) -> [ChainIndex] {
    var legacy = tier.legacy[...]
    var native = tier.native[...]
    var order: [ChainIndex] = []
    while let old = legacy.first, let new = native.first {
      let unknown = Unknown.registeredLast(legacy: old.table, native: new.table)
      let newFirst = world.ask(unknown, in: IntervalSet(1), of: IntervalSet([0...1]), by: nil)
      order.append(newFirst ? native.removeFirst() : legacy.removeFirst())
    }
    return order + legacy + native
  }

  /// `ip_route_me_harder`, after a mark or the destination changed in OUTPUT. Ports play no part, and
  /// the rest of OUTPUT still sees the way out it began with.
  mutating func reroute() {
    let network = simulator.network
    if let mark = network.localMark, packet.mark == mark {
      wayOut = .loopback
    } else if open[.destination] == nil, packet.destination == sent.destination {
      wayOut = sent.outputInterface ?? network.uplink
    } else {
      let local = network.localAddresses(of: family)
      let isLocal = holds(Constraint(.destination, in: local), by: mapped?.by)
      let elsewhere = sent.outputInterface == .loopback ? nil : sent.outputInterface
      wayOut = isLocal ? .loopback : elsewhere ?? network.uplink
    }
  }
}
