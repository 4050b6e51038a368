/// One way in which a rule, a chain, a hook or the whole path can end for a packet.
///
/// The same alphabet serves all of them, for a chain's end is its caller's beginning: what *falls*
/// goes on with whatever follows, and each floor turns the words below it into its own (a chain's
/// `return` is its caller's `falls`, a base chain's `accept` goes on with the next base chain).
struct Ending: Equatable, BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// On to what follows.
    case falls
    /// As `falls`, put aside while several rewrites are followed one by one.
    case waits
    case returns
    case accepts
    /// A mapping; `detail` counts `Endings.mappings`.
    case maps
    case drops
    /// `detail` counts `Endings.texts`, as for `unknown`.
    case rejects
    case unknown
    /// Leaves by an interface that is not loopback.
    case leaves
    /// Reaches a socket of this namespace.
    case isDelivered
    /// Arrived from outside and goes on to another host.
    case isForwarded
    /// Not an end but a mark on the way: rule number `detail` was reached and held.
    case hit
    /// What two diagrams say, where they differ; `detail` counts `Endings.pairs`.
    case differs
    /// A member of a set of packets.
    case member

    /// What tells that some ending may be of this kind; empty for kinds that leave no trait.
    var trait: Traits {
      switch self {
      case .falls: .falls
      case .waits: .waits
      case .returns: .returns
      default: []
      }
    }
  }

  var kind: Kind
  var detail: Int32 = 0
  /// What has been done to the packet by then, for kinds that keep it; counts `Arena.rewrites`.
  var rewrite: Int32 = 0

  var hash: UInt32 {
    let both = UInt64(UInt32(bitPattern: detail)) << 32 | UInt64(UInt32(bitPattern: rewrite))
    return UInt32(truncatingIfNeeded: Arena.mix(Arena.mix(both) ^ UInt64(kind.rawValue)) >> 24)
  }

  static let falls = Ending(kind: .falls)
  static let member = Ending(kind: .member)
}
