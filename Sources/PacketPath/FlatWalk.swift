import Addresses
import Ruleset

/// `Walk` for a packet of which everything is known that the rules ask: one world, no trace, no
/// allocation.
///
/// Every function that returns nil gives up: the readable evaluator answers then.
struct FlatWalk: ~Copyable {
  private let hooks: CompiledHooks
  private let sent: Packet
  private var flat: FlatPacket

  private var hook = Hook.output
  private var priority = Int32.min
  private var isLooped = false
  private var keepsConnection = false
  private var isUntracked = false
  private var hasZone = false
  private var sourceIsDecided = false
  private var destinationIsDecided = false
  private var mark: UInt32
  private var connectionMark: UInt32
  private var destination: IPAddress
  private var destinationPort: UInt16
  private var destinationIsKnown = true
  private var wayOut: InterfaceName
  private var mapping: (kind: NAT.Kind, rule: UInt32)?
  private var tproxy: (address: IPAddress?, port: UInt16, rule: UInt32)?
  private var exemption: (rule: UInt32, from: UInt64) = (0, 0)

  /// The deciding rule's number, or 0.
  private(set) var decidedBy: UInt32 = 0

  /// How a hook, or one of its chains, lets the packet go.
  private enum Exit {
    case on
    case mapped
    case ended(Outcome)
    case unknown
  }

  init(_ packet: Packet, through hooks: CompiledHooks) {
    self.hooks = hooks
    let network = hooks.network
    var packet = packet
    if packet.inputInterface == nil, packet.outputInterface == nil {
      let isLocal = network.addresses.contains(packet.destination)
      packet.outputInterface = isLocal ? .loopback : network.uplink
    }
    if packet.source == nil, packet.inputInterface == nil {
      packet.source = network.onlySource(of: packet)
    }
    sent = packet
    flat = FlatPacket(packet)
    mark = packet.mark
    connectionMark = packet.connectionMark
    destination = packet.destination
    destinationPort = packet.destinationPort
    wayOut = packet.outputInterface ?? network.uplink
  }
}

// MARK: - Paths

extension FlatWalk {
  private var network: PodNetwork { hooks.network }

  mutating func run() -> Outcome? {
    guard knowsWhatIsTested else { return nil }
    return sent.inputInterface == nil ? outbound() : inbound()
  }

  private var knowsWhatIsTested: Bool {
    let tested = hooks.tested
    if tested.contains(.tcpFlags), sent.transport == .tcp, sent.tcpFlags == nil { return false }
    let isICMP = sent.transport == .icmp || sent.transport == .icmpv6
    return !(tested.contains(.icmp) && isICMP && sent.icmp == nil)
  }

  private mutating func outbound() -> Outcome? {
    switch traverse(.output) {
    case .on: break
    case .ended(let outcome): return outcome
    case .mapped, .unknown: return nil
    }
    flat.setOutput(wayOut)
    switch traverse(.postrouting) {
    case .on: break
    case .ended(let outcome): return outcome
    case .mapped, .unknown: return nil
    }
    guard wayOut == .loopback else { return end(.bypass) }
    loopBack()
    return arrive()
  }

  private mutating func inbound() -> Outcome? {
    if sent.inputInterface == .loopback {
      loopBack()
      return arrive()
    }
    if sent.isLostOnArrival { return .drop }
    flat.setOwner(nil)
    flat.setOutput(nil)
    switch traverse(.prerouting) {
    case .on: break
    case .ended(let outcome): return outcome
    case .mapped, .unknown: return nil
    }
    if sent.isLostInRouting(to: destinationIsKnown ? destination : nil, in: network) {
      return .drop
    }
    if mark == network.localMark || !destinationIsKnown || network.acceptsInbound(destination) {
      return receive()
    }
    if let tproxy {
      decidedBy = tproxy.rule
      return .drop
    }
    if sent.outputInterface == nil, hooks.tested.contains(.outputInterface) { return nil }
    flat.setOutput(sent.outputInterface)
    for hook in [Hook.forward, .postrouting] {
      switch traverse(hook) {
      case .on: break
      case .ended(let outcome): return outcome
      case .mapped, .unknown: return nil
      }
    }
    return end(.forward)
  }

  private mutating func loopBack() {
    isLooped = true
    keepsConnection = !isUntracked && sent.state.isTracked
    sourceIsDecided = keepsConnection
    destinationIsDecided = keepsConnection
    if !keepsConnection { hasZone = false }
    flat.setOwner(nil)
    flat.setInput(.loopback)
    flat.setOutput(nil)
  }

  private mutating func arrive() -> Outcome? {
    switch traverse(.prerouting) {
    case .on: return receive()
    case .ended(let outcome): return outcome
    case .mapped, .unknown: return nil
    }
  }

  private mutating func receive() -> Outcome? {
    switch traverse(.input) {
    case .on: break
    case .ended(let outcome): return outcome
    case .mapped, .unknown: return nil
    }
    guard let tproxy else { return end(.local) }
    decidedBy = tproxy.rule
    return .tproxy(tproxy.address, port: tproxy.port)
  }

  private mutating func end(_ unmodified: Outcome) -> Outcome {
    guard let mapping else {
      decidedBy = exemption.rule
      return unmodified
    }
    decidedBy = mapping.rule
    guard mapping.kind == .destination else {
      return .redirect(destinationIsKnown ? destination : nil, port: destinationPort)
    }
    return .dnat(destination, port: destinationPort)
  }
}

// MARK: - Hooks

extension FlatWalk {
  private mutating func traverse(_ hook: Hook) -> Exit {
    let stages = hooks.ranges[Int(hook.rawValue)]
    guard !stages.isEmpty else { return .on }
    self.hook = hook
    if hook == .input, sent.state == .established, hooks.tested.contains(.owner) { return .unknown }
    setAddressTypes()
    var isMapped = false
    for index in stages {
      let stage = hooks.stages[index]
      priority = stage.priority
      guard stage.isOrderKnown, showConnection() else { return .unknown }
      if !destinationIsKnown, hooks.tested.contains(.destination) { return .unknown }
      if stage.isNAT {
        guard let consults = consultsNAT(stage) else { return .unknown }
        if isMapped || !consults { continue }
      }
      let before = mark
      switch run(stage.entry, isNAT: stage.isNAT) {
      case .on: break
      case .mapped: isMapped = true
      case let end: return end
      }
      if hook == .output, stage.isRoute, mark != before { reroute() }
    }
    return .on
  }

  private var isPastConntrack: Bool {
    keepsConnection || !hook.mapsDestination || priority > -200
  }

  /// Shows the rules the connection as it is at this priority; false where that cannot be told.
  private mutating func showConnection() -> Bool {
    let isPast = isPastConntrack
    let state = isUntracked ? ConnectionState.untracked : sent.state
    let before = ConnectionState.beforeConntrack(isUntracked: isUntracked, hasZone: hasZone)
    if !isPast, priority == -200, before != state { return false }
    flat[.connectionState] = UInt64((isPast ? state : before).rawValue)
    let hasConnection = isPast && state.isTracked
    flat[.connectionMark] = hasConnection ? UInt64(connectionMark) : FlatPacket.absent
    return true
  }

  private var hasConnection: Bool { flat[.connectionMark] != FlatPacket.absent }

  /// Whether a nat chain is asked; nil where a mapping made earlier would have to be known.
  private func consultsNAT(_ stage: CompiledHooks.Stage) -> Bool? {
    guard hasConnection else { return false }
    if hook.mapsDestination ? destinationIsDecided : sourceIsDecided { return false }
    guard sent.state == .established else { return true }
    return hook.mapsDestination && stage.canMap ? nil : false
  }

  private mutating func reroute() {
    if let local = network.localMark, mark == local {
      wayOut = .loopback
    } else if destination == sent.destination {
      wayOut = sent.outputInterface ?? network.uplink
    } else if network.addresses.contains(destination) {
      wayOut = .loopback
    } else {
      let elsewhere = sent.outputInterface == .loopback ? nil : sent.outputInterface
      wayOut = elsewhere ?? network.uplink
    }
  }

  private mutating func setAddressTypes() {
    guard hooks.tested.contains(.addressType) else { return }
    let types = AddressTypes(of: sent, isLooped: isLooped, in: network)
    let source = flat[.sourceKind] == 1 ? sourceAddress : nil
    flat[.sourceType] = UInt64(types.source(source).rawValue)
    let known = destinationIsKnown ? destination : nil
    flat[.destinationType] = UInt64(types.destination(known).rawValue)
  }

  private var sourceAddress: IPAddress {
    IPAddress(
      sent.family, UInt128(flat[.sourceHigh]) << 64 | UInt128(flat[.sourceLow]))
  }
}

// MARK: - Actions

extension FlatWalk {
  private mutating func run(_ entry: UInt32, isNAT: Bool) -> Exit {
    let instructions = hooks.program.instructions
    var place = entry
    while true {
      place = Program.nextAction(from: place, in: instructions.span, of: flat.words.span)
      let action = instructions[Int(place)]
      place = action.yes
      switch Instruction.Action(rawValue: action.mask) {
      case .accept: return .on
      case .policyDrop: return .ended(.drop)
      case .drop:
        decidedBy = action.no
        return .ended(.drop)
      case .reject:
        decidedBy = action.no
        return .ended(.reject(with: hooks.program.rejections[Int(action.low)]))
      case .map:
        guard isNAT else { return .unknown }
        return map(hooks.program.mappings[Int(action.low)], by: action.no)
      case .assign:
        if !assign(hooks.program.assignments[Int(action.low)]) {
          place = hooks.program.assignments[Int(action.low)].next
        }
      case .untrack:
        if !isPastConntrack, !hasZone { isUntracked = true }
        _ = showConnection()
      case .zone:
        if !isPastConntrack, !hasZone, action.low == 1 || !isUntracked {
          hasZone = true
          isUntracked = false
        }
        _ = showConnection()
      case .tproxy:
        let target = hooks.program.tproxies[Int(action.low)]
        tproxy = (target.address, target.port ?? destinationPort, action.no)
      case .exempt:
        if exemption.from != 1 || action.low == 1 { exemption = (action.no, action.low) }
      case .escape, nil: return .unknown
      }
    }
  }

  /// Whether the effect happened; not where the kernel breaks off the rule.
  private mutating func assign(_ assignment: Program.Assignment) -> Bool {
    let formula = assignment.mark
    if !hasConnection, formula.target == .connection || formula.fromConnection != 0 {
      return !assignment.breaksWithoutConnection
    }
    let result = formula.result(packet: mark, connection: connectionMark)
    switch formula.target {
    case .packet:
      mark = result
      flat[.mark] = UInt64(result)
    case .connection:
      connectionMark = result
      flat[.connectionMark] = UInt64(result)
    }
    return true
  }

  private mutating func map(_ mapping: NAT, by rule: UInt32) -> Exit {
    guard mapping.isOfDestination == hook.mapsDestination, mapping.fits(sent.family) else {
      return .unknown
    }
    if mapping.isOfDestination {
      if isLooped { return .unknown }
      switch mapDestination(mapping) {
      case .on: break
      case .ended(let outcome):
        decidedBy = rule
        return .ended(outcome)
      case .mapped, .unknown: return .unknown
      }
      self.mapping = (mapping.kind, rule)
      flat.setDestination(destination)
      if sent.transport.hasPorts { flat[.destinationPort] = UInt64(destinationPort) }
      setAddressTypes()
      if hook == .output { reroute() }
      if isMartian {
        decidedBy = rule
        return .ended(.drop)
      }
      return .mapped
    }
    guard mapSource(mapping) else { return .unknown }
    setAddressTypes()
    return .mapped
  }

  /// Whether the mapping just made leads a packet over a wire with an address of lo alone.
  private var isMartian: Bool {
    switch hook {
    case .output:
      wayOut != .loopback && flat[.sourceKind] == 1 && sourceAddress.isMartianSource
    case .prerouting: destinationIsKnown && destination.isMartianDestination
    default: false
    }
  }

  /// Unknown where the kernel has several to choose from.
  private mutating func mapDestination(_ mapping: NAT) -> Exit {
    switch mapping.kind {
    case .redirect where hook == .output: destination = sent.family.localhost
    case .redirect:
      switch hooks.redirectTargets[destination.scope.rawValue] {
      case .address(let own): destination = own
      case .oneOf: destinationIsKnown = false
      case .nowhere: return .ended(.drop)
      }
    default:
      if let addresses = mapping.addresses {
        guard addresses.lowerBound == addresses.upperBound else { return .unknown }
        destination = addresses.lowerBound
      }
    }
    guard let ports = mapping.ports, sent.transport.hasPorts, !mapping.keeps(port: destinationPort)
    else { return .on }
    destinationPort = ports.lowerBound
    return ports.lowerBound == ports.upperBound ? .on : .unknown
  }

  /// Sources of several addresses or ports are the kernel's choice.
  private mutating func mapSource(_ mapping: NAT) -> Bool {
    switch mapping.kind {
    case .masquerade:
      let own = network.masqueradeSource(
        of: sent.family, to: destinationIsKnown ? destination : nil, by: wayOut)
      flat.setSource(own, isFromPeer: false)
    default:
      if let addresses = mapping.addresses {
        guard addresses.lowerBound == addresses.upperBound else { return false }
        flat.setSource(addresses.lowerBound, isFromPeer: false)
      }
    }
    guard let ports = mapping.ports, sent.transport.hasPorts, !mapping.keeps(port: sent.sourcePort)
    else { return true }
    flat[.sourcePort] = UInt64(ports.lowerBound)
    return ports.lowerBound == ports.upperBound
  }
}
