import Addresses
import Ruleset

/// One constraint as ranges of a packet's words.
struct ConstraintCompiler {
  enum Kind {
    case fixed(Bool)
    /// Only the readable evaluator can tell.
    case opaque
    case ranges
  }

  enum Answer {
    case yes, no, either

    /// Whether a value that is one of `domain` lies in `set`.
    init(_ set: IntervalSet, of domain: IntervalSet) {
      if set.isDisjoint(from: domain) {
        self = .no
      } else {
        self = domain.isSubset(of: set) ? .yes : .either
      }
    }
  }

  struct Range {
    var word: FlatPacket.Word
    var values: ClosedRange<UInt64>
  }

  private(set) var kind = Kind.ranges
  /// Holds where all ranges of any alternative do.
  private(set) var alternatives: [[Range]] = []
  private(set) var mask = UInt32.max
  /// What packets without a known source answer to tests of the source: those of this pod, and those
  /// of a peer.
  private(set) var answersWithoutSource: (own: Answer, peer: Answer)?

  init(_ constraint: Constraint, in family: Family, _ simulator: Simulator) {
    let domain = constraint.field.domain(in: family)
    let set = constraint.set.intersection(domain)
    switch constraint.field {
    case .family: kind = .fixed(set.contains(UInt128(family.rawValue)))
    case .unknown: kind = .opaque
    case .source:
      wide(set, .sourceHigh, .sourceLow, in: family)
      answersWithoutSource = (
        Answer(set, of: simulator.sources(of: family, inbound: false)),
        Answer(set, of: simulator.sources(of: family, inbound: true))
      )
    case .destination: wide(set, .destinationHigh, .destinationLow, in: family)
    case .inputInterface: wide(set, .inputHigh, .inputLow, in: .ipv6)
    case .outputInterface: wide(set, .outputHigh, .outputLow, in: .ipv6)
    case .transportProtocol: narrow(set, .transportProtocol)
    case .sourcePort: narrow(set, .sourcePort)
    case .destinationPort: narrow(set, .destinationPort)
    case .icmp: narrow(set, .icmp)
    case .uid: narrow(set, .uid)
    case .gid: narrow(set, .gid)
    case .connectionState: narrow(set, .connectionState)
    case .sourceType: narrow(set, .sourceType)
    case .destinationType: narrow(set, .destinationType)
    case .mark(let mask):
      self.mask = mask
      narrow(set, .mark)
    case .connectionMark(let mask):
      self.mask = mask
      narrow(set, .connectionMark)
    case .tcpFlags(let mask):
      self.mask = UInt32(mask)
      narrow(set, .tcpFlags)
    }
  }

  private mutating func narrow(_ set: IntervalSet, _ word: FlatPacket.Word) {
    alternatives = set.intervals.map {
      [Range(word: word, values: UInt64($0.lowerBound)...UInt64($0.upperBound))]
    }
  }

  /// An interval of 128 bits: whole upper halves in the middle, and what is left at either end.
  private mutating func wide(
    _ set: IntervalSet, _ high: FlatPacket.Word, _ low: FlatPacket.Word, in family: Family
  ) {
    if family == .ipv4 { return narrow(set, low) }
    for interval in set.intervals {
      var first = UInt64(truncatingIfNeeded: interval.lowerBound >> 64)
      var last = UInt64(truncatingIfNeeded: interval.upperBound >> 64)
      let start = UInt64(truncatingIfNeeded: interval.lowerBound)
      let end = UInt64(truncatingIfNeeded: interval.upperBound)
      func ends(_ half: UInt64, _ rest: ClosedRange<UInt64>) {
        alternatives.append([
          Range(word: high, values: half...half), Range(word: low, values: rest),
        ])
      }
      if first == last, start != 0 || end != .max {
        ends(first, start...end)
        continue
      }
      if start != 0 {
        ends(first, start...UInt64.max)
        first += 1
      }
      if end != .max {
        ends(last, 0...end)
        last -= 1
      }
      if first <= last { alternatives.append([Range(word: high, values: first...last)]) }
    }
  }
}
