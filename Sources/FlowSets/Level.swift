import Addresses
import Ruleset

/// A field's place in the order of a diagram's questions.
///
/// Fields of few values come first, and the destination port **before** the destination: a rule on
/// a port for any address then cuts a few ports out of one node instead of cutting every address.
/// Connection state and what NAT did come at the very top, for there a whole nat chain hangs on one
/// question. Marks, flags and the matches not understood follow below; the latter last, so that
/// "may" and "must" are read off the bottom.
struct Level: Hashable, Comparable, BitwiseCopyable {
  let index: Int32

  init(_ index: Int32) { self.index = index }

  static let family = Level(0)
  static let connectionState = Level(1)
  /// 1 once a nat chain has mapped the destination: the others at that hook are not asked.
  static let destinationMapped = Level(2)
  /// 1 once a nat chain has mapped the source.
  static let sourceMapped = Level(3)
  /// 1 once TPROXY has found a socket.
  static let diverted = Level(4)
  /// The route that OUTPUT's last look-up found: the one the packet came with, `lo`, or away. What
  /// REDIRECT takes in is for the host itself, and so as if by `lo`.
  static let route = Level(5)
  static let outputInterface = Level(6)
  static let inputInterface = Level(7)
  static let uid = Level(8)
  static let gid = Level(9)
  static let transportProtocol = Level(10)
  static let destinationPort = Level(11)
  static let destination = Level(12)
  static let source = Level(13)
  static let sourcePort = Level(14)
  static let icmp = Level(15)
  /// Here begin the levels that depend on the rulesets at hand.
  static let firstVarying = Level(16)
  /// Below every node: terminals.
  static let bottom = Level(.max)

  static func < (a: Self, b: Self) -> Bool { a.index < b.index }

  /// Connection state before conntrack has looked at the packet: rules see `invalid`, and only
  /// there `notrack` and a zone have an effect.
  static let notLookedUp = UInt128(ConnectionState.allCases.count)
  /// The same with a zone: a template of an entry, which passes for a new one.
  static let zoned = notLookedUp + 1
  /// The same after `notrack`, which a native zone still undoes.
  static let exempt = notLookedUp + 2

  /// Values of `route`.
  static let asSent: UInt128 = 0
  static let toLoopback: UInt128 = 1
  static let away: UInt128 = 2

  /// Those that say how far the packet has come; its own fields are the others.
  static let ofTheWay: [Level] = [
    .connectionState, .destinationMapped, .sourceMapped, .diverted, .route,
  ]

  /// The families' numbers as a level counts them, so that the domain has no holes.
  static func familyIndex(_ family: Family) -> UInt128 { family == .ipv4 ? 0 : 1 }
}

/// The last value of each level's domain; the first is zero.
struct Levels {
  private(set) var lasts: [UInt128] = [
    1,  // family
    Level.exempt,  // connectionState
    1, 1, 1, 2,  // destinationMapped, sourceMapped, diverted, route
    .max, .max,  // interfaces
    Owner.none, Owner.none,  // uid, gid
    255,  // transportProtocol
    65535,  // destinationPort
    .max, .max,  // destination, source
    65535, 65535,  // sourcePort, icmp
  ]

  subscript(level: Level) -> UInt128 { lasts[Int(level.index)] }

  mutating func add(last: UInt128) -> Level {
    lasts.append(last)
    return Level(Int32(lasts.count - 1))
  }
}
