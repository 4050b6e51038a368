import Documents
public import PacketPath
import Probes
import Ruleset

/// What becomes of packets, for scripts: a line each, in one buffer.
public struct SimulationReport {
  public private(set) var bytes: [UInt8] = []
  private var writer = JSONWriter(.compact)

  public init() {}

  /// Appends the probe's own line with the answer's keys behind it.
  ///
  /// The probe's bytes are kept as the user wrote them.
  public mutating func append(_ path: Path, to probe: ArraySlice<UInt8>) {
    let body = probe.reversed().drop { $0 != UInt8(ascii: "}") }.dropFirst()
    let start = bytes.count
    bytes += probe.prefix(body.count)
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    let isEmpty = bytes[start...].last == UInt8(ascii: "{")
    writer.clear()
    writer.object { writer in Self.write(path, to: &writer) }
    // The writer's own opening brace becomes the comma between the two.
    if !isEmpty { bytes.append(UInt8(ascii: ",")) }
    bytes += writer.bytes.dropFirst()
    bytes.append(0x0A)
  }

  /// Forgets the lines, which went to their reader, and keeps the room.
  public mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  private static func write(_ path: Path, to writer: inout JSONWriter) {
    writer.field("verdict", path.outcome.word)
    if let address = path.outcome.address { writer.field("toAddress", "\(address)") }
    if let port = path.outcome.port { writer.field("port", Int(port)) }
    if let reason = path.outcome.reason { writer.field("reason", reason) }
    if let rule = path.decidedBy {
      writer.key("decidedBy")
      writer.object { writer in write(rule, to: &writer) }
    }
    guard !path.steps.isEmpty else { return }
    writer.key("path")
    writer.array { writer in
      for step in path.steps {
        writer.object { writer in
          write(step.rule, to: &writer)
          if let matched = step.matched { writer.field("matched", matched) }
          if let why = step.why { writer.field("why", why) }
        }
      }
    }
  }

  private static func write(_ rule: RuleReference, to writer: inout JSONWriter) {
    writer.field("table", rule.table)
    writer.field("chain", rule.chain)
    writer.field("rule", rule.number)
    writer.field("text", rule.text)
  }
}
