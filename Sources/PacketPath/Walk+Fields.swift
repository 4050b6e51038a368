import Addresses
import Ruleset

/// What a rule sees in a field.
enum Sight {
  case value(UInt128)
  /// One of several, and nobody said which.
  case open(Unknown, IntervalSet)
  /// The packet has no such field: no test of it holds, negated or not.
  case absent
}

extension Walk {
  /// Whether the packet's field lies in the constraint's set.
  mutating func holds(_ constraint: Constraint, by rule: RulePlace?) -> Bool {
    switch sight(of: constraint.field) {
    case .value(let value): return constraint.set.contains(value)
    case .open(let unknown, let domain):
      let set = constraint.field.unmasked(constraint.set)
      let isImplied = set.isDisjoint(from: domain) || domain.isSubset(of: set)
      if !isImplied { leansOnChoice = true }
      return world.ask(unknown, in: set, of: domain, by: rule)
    case .absent: return false
    }
  }

  /// Whether the constraint fails whatever is not known.
  func surelyFails(_ constraint: Constraint) -> Bool {
    switch sight(of: constraint.field) {
    case .value(let value): !constraint.set.contains(value)
    case .open(_, let domain): constraint.field.unmasked(constraint.set).isDisjoint(from: domain)
    case .absent: true
    }
  }

  func sight(of field: Field) -> Sight {
    if let open = open[field], packet.transport.hasPorts || !field.isPort {
      return .open(open.unknown, open.domain)
    }
    switch field {
    case .family: return .value(UInt128(family.rawValue))
    case .transportProtocol: return .value(UInt128(packet.transport.rawValue))
    case .source: return packet.source.map { .value($0.bits) } ?? .absent
    case .destination: return .value(packet.destination.bits)
    case .sourcePort, .destinationPort:
      guard packet.transport.hasPorts else { return .absent }
      let port = field == .sourcePort ? packet.sourcePort : packet.destinationPort
      return .value(UInt128(port))
    case .icmp:
      guard packet.transport == .icmp || packet.transport == .icmpv6 else { return .absent }
      guard let icmp = packet.icmp else {
        return .open(.field(field), field.domain(in: family))
      }
      return .value(UInt128(icmp))
    case .tcpFlags(let mask):
      guard packet.transport == .tcp else { return .absent }
      guard let flags = packet.tcpFlags else {
        return .open(.field(.tcpFlags(mask: .max)), IntervalSet([0...255]))
      }
      return .value(UInt128(flags & mask))
    case .uid, .gid: return owner(field)
    case .inputInterface: return .value(packet.inputInterface?.bits ?? 0)
    case .outputInterface: return .value(packet.outputInterface?.bits ?? 0)
    case .connectionState: return connectionState
    case .sourceType: return .value(UInt128(addressTypes.source(known(.source)).rawValue))
    case .destinationType:
      return .value(UInt128(addressTypes.destination(known(.destination)).rawValue))
    case .mark(let mask): return .value(UInt128(packet.mark & mask))
    case .connectionMark(let mask):
      return hasConnection ? .value(UInt128(packet.connectionMark & mask)) : .absent
    case .unknown(let match): return .open(.match(match), field.domain(in: family))
    }
  }

  private var addressTypes: AddressTypes {
    AddressTypes(of: sent, isLooped: isLooped, in: simulator.network)
  }

  private func known(_ field: Field) -> IPAddress? {
    guard open[field] == nil else { return nil }
    return field == .source ? packet.source : packet.destination
  }

  /// Only a packet on its way out has its sender's socket. On its way in, an established one
  /// has already been given its receiver's (early demux).
  private func owner(_ field: Field) -> Sight {
    if hook == .input, packet.state == .established, !isUntracked {
      return .open(.receiver(field), field.domain(in: family))
    }
    guard let owner = packet.owner else { return .value(Owner.none) }
    return .value(UInt128(field == .uid ? owner.uid : owner.gid))
  }
}

// MARK: - Connection

extension Walk {
  /// Whether conntrack, at priority -200 of the first hook, has seen the packet.
  private var isPastConntrack: Bool {
    keepsConnection || hook != .output && hook != .prerouting || priority > -200
  }

  /// Whether the packet carries a conntrack entry.
  var hasConnection: Bool {
    isPastConntrack && !isUntracked && packet.state.isTracked
  }

  private var connectionState: Sight {
    let state = isUntracked ? .untracked : packet.state
    if isPastConntrack { return .value(UInt128(state.rawValue)) }
    let before = ConnectionState.beforeConntrack(isUntracked: isUntracked, hasZone: zone != nil)
    guard priority == -200, before != state else { return .value(UInt128(before.rawValue)) }
    let either = [before, state].map { UInt128($0.rawValue)...UInt128($0.rawValue) }
    return .open(.stateAtConntrack, IntervalSet(either))
  }

  /// The first of notrack and a zone counts; but nft's zone undoes a notrack, for it looks for an
  /// entry only (`nft_ct_set_zone_eval`), where xt_CT looks for either. (Measured.)
  mutating func untrack() {
    if !isPastConntrack, zone == nil { isUntracked = true }
  }

  mutating func setZone(_ zone: UInt16, isNative: Bool) {
    guard !isPastConntrack, self.zone == nil, isNative || !isUntracked else { return }
    self.zone = zone
    isUntracked = false
  }
}

extension ConnectionState {
  /// Whether a packet in this state has a conntrack entry.
  var isTracked: Bool { self != .invalid && self != .untracked }

  /// What rules see before conntrack has looked: a zone comes as a template of an entry, which passes
  /// for a new one. (Measured.)
  static func beforeConntrack(isUntracked: Bool, hasZone: Bool) -> Self {
    isUntracked ? .untracked : hasZone ? .new : .invalid
  }
}

extension Field {
  fileprivate var isPort: Bool { self == .sourcePort || self == .destinationPort }

  /// The whole bytes whose masked part lies in `set`, so that tests of flags not known agree
  /// with each other; any other field's set as it is.
  fileprivate func unmasked(_ set: IntervalSet) -> IntervalSet {
    guard case .tcpFlags(let mask) = self else { return set }
    let bytes = (0...UInt8.max).filter { set.contains(UInt128($0 & mask)) }
    return IntervalSet(bytes.map { UInt128($0)...UInt128($0) })
  }
}

extension IntervalSet {
  func isDisjoint(from other: IntervalSet) -> Bool { intersection(other).isEmpty }
}
