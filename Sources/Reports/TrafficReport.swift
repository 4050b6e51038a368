import Addresses
import Answers
import Documents
import FlowSets
import PacketPath
import Ruleset

/// Some traffic in full: its regions, one packet of it, and the rules that decide about that one.
struct TrafficReport {
  var traffic: Traffic
  var universe: Universe
  /// Ways of the witness, each under its name; the name is empty where there is just one.
  var paths: [(name: String, path: Path)]
  var isWhole = true

  /// The count stands at the right end of the title's line.
  func lines(title: String, width: Int = 80) -> [String] {
    let count = "\(traffic.count.brief) packets"
    let head = "\(title.padded(to: width - 2 - count.count))  \(count)"
    return [head] + RegionText(in: universe, isWhole: isWhole).lines(traffic.cover)
      + ["e.g. \(Self.example(traffic.witness))"].flatMap { example in
        example.wrapped(to: 73).enumerated().map { $0 == 0 ? "  \($1)" : "       \($1)" }
      } + paths.flatMap { deciding($0.path, name: $0.name) }
  }

  /// The packet, with its interface only where that is not the usual one: it is a connection's first.
  static func example(_ packet: Packet) -> String {
    let usual: [InterfaceName?] = [nil, .loopback, .firstEthernet]
    let way = [("in", packet.inputInterface), ("out", packet.outputInterface)].compactMap {
      way, name in name.flatMap { usual.contains($0) ? nil : ", \(way) by \($0)" }
    }
    return PathReport.endpoints(packet) + way.joined()
  }

  private func deciding(_ path: Path, name: String) -> [String] {
    let start = name.isEmpty ? "by   " : name.padded(to: 5)
    guard let rule = path.decidedBy else {
      guard let reason = path.outcome.reason else {
        return ["  \(start)no rule: \(path.withoutRule)"]
      }
      return "\(start)\(reason)".wrapped(to: 73).enumerated().map {
        $0 == 0 ? "  \($1)" : "       \($1)"
      }
    }
    return Self.rule(rule, after: "  \(start)")
  }

  /// Place and text of a rule, on one line where that has room for both.
  static func rule(_ rule: RuleReference, after start: String) -> [String] {
    let family = rule.family == .ip6 ? "ip6 " : ""
    let place = "\(start)\(family)\(rule.table) \(rule.chain) \(rule.number)"
    if place.count + 2 + rule.text.count <= 80 { return ["\(place)  \(rule.text)"] }
    return [place] + rule.text.wrapped(to: 71).map { "         \($0)" }
  }

  /// The keys that every set of packets has.
  var json: [JSONValue.Field] {
    [
      .init("count", .string("\(traffic.count)")),
      .init("cover", .array(traffic.cover.map(\.json))),
      .init("witness", Self.json(traffic.witness)),
    ]
  }

  /// A packet as a line of `simulate --probes` has it, where an owner that is not said is 0.
  static func json(_ packet: Packet) -> JSONValue {
    let hasPorts = packet.transport.hasPorts
    return .object([
      "protocol": .string("\(packet.transport)"),
      "destination": .string("\(packet.destination)"),
      "destinationPort": hasPorts ? .integer(packet.destinationPort) : nil,
      "source": packet.source.map { .string("\($0)") },
      "sourcePort": hasPorts ? .integer(packet.sourcePort) : nil,
      "uid": packet.owner.map { .integer($0.uid) } ?? .null,
      "gid": packet.owner.map { .integer($0.gid) } ?? .null,
      "icmpType": packet.icmpType.map { .integer($0) },
      "icmpCode": packet.icmpCode.map { .integer($0) },
      "inInterface": packet.inputInterface.map { .string("\($0)") },
      "outInterface": packet.outputInterface.map { .string("\($0)") },
    ])
  }
}
