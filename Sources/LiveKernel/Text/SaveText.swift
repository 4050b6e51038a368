import Addresses
import Ruleset

/// A rule in the words of `iptables-save`: addresses, interfaces and protocol first, then matches
/// in their order, then the target.
struct SaveText {
  struct Entry {
    var source = ""
    var destination = ""
    var input = ""
    var output = ""
    var transport = ""
  }

  var entry = Entry()
  var matches: [String] = []
  var target = ""
  /// The protocol's name, which is also that of the match its ports are options of.
  private var transportName = ""
  private var hasTransportMatch = false

  mutating func compare(_ load: Load, _ comparison: Comparison, family: Family) {
    let not = comparison.isNegated ? "! " : ""
    switch load.subject {
    case .number(.source, _): entry.source = "\(not)-s \(Self.addresses(load, comparison, family))"
    case .number(.destination, _):
      entry.destination = "\(not)-d \(Self.addresses(load, comparison, family))"
    case .number(.inputInterface, _): entry.input = "\(not)-i \(Self.interface(load, comparison))"
    case .number(.outputInterface, _): entry.output = "\(not)-o \(Self.interface(load, comparison))"
    case .number(.transportProtocol, _):
      transportName = load.value(comparison.number)
      entry.transport = "\(not)-p \(transportName)"
    case .number(.sourcePort, _): transport("\(not)--sport \(Self.range(comparison))")
    case .number(.destinationPort, _): transport("\(not)--dport \(Self.range(comparison))")
    case .masked(.tcpFlags):
      let mask = UInt8(truncatingIfNeeded: load.mask)
      let flags = UInt8(truncatingIfNeeded: comparison.number)
      transport("\(not)--tcp-flags \(TCPFlags.saved(mask)) \(TCPFlags.saved(flags))")
    case .masked(let mark):
      matches.append(
        Self.mark(
          mark == .mark ? "mark" : "connmark", not, UInt32(truncatingIfNeeded: comparison.number),
          UInt32(truncatingIfNeeded: load.mask)))
    default: matches.append("[\(NFTText.text(load, comparison))]")
    }
  }

  /// Ports and flags are options of one `-m tcp`.
  private mutating func transport(_ option: String) {
    if hasTransportMatch, let last = matches.last, last.hasPrefix("-m \(transportName) ") {
      matches[matches.count - 1] = "\(last) \(option)"
    } else {
      matches.append("-m \(transportName) \(option)")
      hasTransportMatch = true
    }
  }

  /// All words; the next rule starts anew.
  mutating func finish() -> String {
    defer { self = SaveText() }
    let head =
      entry.source.utf8.count + entry.destination.utf8.count + entry.input.utf8.count
      + entry.output.utf8.count + entry.transport.utf8.count + 6
    var line = ""
    line.reserveCapacity(
      matches.reduce(head + target.utf8.count) { $0 + $1.utf8.count + 1 })
    func add(_ words: String) {
      guard !words.isEmpty else { return }
      if !line.isEmpty { line += " " }
      line += words
    }
    add(entry.source)
    add(entry.destination)
    add(entry.input)
    add(entry.output)
    add(entry.transport)
    for match in matches { add(match) }
    add(target)
    return line
  }
}

// MARK: - Words

extension SaveText {
  /// `-m mark ! --mark 0x539/0xfff`.
  static func mark(_ match: String, _ not: String, _ value: UInt32, _ mask: UInt32) -> String {
    "-m \(match) \(not)--mark \(hex(value, mask))"
  }

  /// `0x539`, or `0x539/0xfff` where the mask leaves bits out.
  static func hex(_ value: UInt32, _ mask: UInt32) -> String {
    let value = "0x" + String(value, radix: 16)
    return mask == .max ? value : "\(value)/0x\(String(mask, radix: 16))"
  }

  /// In double quotes where there is more than one word.
  static func quoted(_ text: String) -> String {
    let isWord = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || "_-".utf8.contains($0)
    }
    if isWord, !text.isEmpty { return text }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  static func range(_ low: some BinaryInteger, _ high: some BinaryInteger) -> String {
    low == high ? "\(low)" : "\(low):\(high)"
  }

  private static func range(_ comparison: Comparison) -> String {
    guard let interval = comparison.numbers.intervals.first else { return "" }
    return range(interval.lowerBound, interval.upperBound)
  }

  private static func addresses(_ load: Load, _ comparison: Comparison, _ family: Family) -> String
  {
    let address = IPAddress(
      family, comparison.number << UInt128(max(0, family.width - 8 * load.width)))
    let kept = load.mask >> UInt128(load.mask == 0 ? 0 : load.mask.trailingZeroBitCount)
    let ones = 8 * load.width - (load.mask == 0 ? 0 : load.mask.trailingZeroBitCount)
    guard kept == UInt128.ones(ones) else {
      return
        "\(address.inTools)/\(IPAddress(family, load.mask << UInt128(family.width - 8 * load.width)).inTools)"
    }
    return "\(address.inTools)/\(ones)"
  }

  /// iptables compares the closing NUL too, unless the name ends in `+`.
  private static func interface(_ load: Load, _ comparison: Comparison) -> String {
    interface(
      bits: comparison.number << UInt128(128 - 8 * load.width), length: load.width)
  }

  static func interface(bits: UInt128, length: Int) -> String {
    let name = "\(InterfaceName(bits: bits))"
    return name.utf8.count < length ? name : "\(name)+"
  }
}
