import Addresses
public import Documents
public import PacketPath
public import Probes
public import Ruleset

/// One packet's way through the hooks.
public struct PathReport {
  private let probe: Probe
  private let path: Path
  private let isWhole: Bool
  private let purpose: (RuleReference) -> String?

  /// - Parameter isWhole: whether rules that did not match are shown too.
  public init(
    _ probe: Probe, _ path: Path, isWhole: Bool,
    purpose: @escaping (RuleReference) -> String? = { _ in nil }
  ) {
    self.probe = probe
    self.path = path
    self.isWhole = isWhole
    self.purpose = purpose
  }
}

// MARK: - Text

extension PathReport {
  public var text: String {
    var lines = Self.sentence(probe.packet).wrapped(to: 80)
    lines += [""] + traceLines
    lines += ["", Self.verdict(path.outcome).uppercasedFirstWord]
    if let rule = path.decidedBy {
      lines.append("  decided by \(rule.table) \(rule.chain) \(rule.number)   \(rule.text)")
      lines += (purpose(rule)?.wrapped(to: 76) ?? []).map { "  \($0)" }
    } else if case .unknown = path.outcome {
      // The verdict has said why.
    } else {
      lines.append("  no rule decided: \(path.withoutRule)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The rules met, a line each under its hook and chain.
  public var traceLines: [String] {
    var lines: [String] = []
    var place = ""
    let shown = path.steps.filter { isWhole || $0.matched != false }
    for step in shown {
      let here = "\("\(step.hook)".uppercased())  \(step.rule.table) \(step.rule.chain)"
      if here != place { lines.append(here) }
      place = here
      let mark = step.matched == nil ? "?" : step.matched == true ? "*" : " "
      lines.append("\("\(step.rule.number)".leftPadded(to: 5)) \(mark) \(step.rule.text)")
      if let why = step.why { lines += why.wrapped(to: 70).map { "          \($0)" } }
    }
    if shown.isEmpty { lines.append("no rule matched") }
    return lines
  }

  static func sentence(_ packet: Packet) -> String {
    var words = [endpoints(packet)]
    if let name = packet.inputInterface { words.append("in by \(name)") }
    if let name = packet.outputInterface { words.append("out by \(name)") }
    words.append("\(packet.state)")
    if packet.mark != 0 { words.append("mark 0x\(String(packet.mark, radix: 16))") }
    return words.joined(separator: ", ")
  }

  /// Protocol, both ends, and whose socket sends it.
  static func endpoints(_ packet: Packet) -> String {
    let hasPorts = packet.transport.hasPorts
    func peer(_ address: IPAddress, _ port: UInt16) -> String {
      guard hasPorts else { return "\(address)" }
      return address.family == .ipv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
    let isOwn = packet.inputInterface == nil || packet.inputInterface == .loopback
    let sender = isOwn ? "the pod" : "another host"
    let source = packet.source.map { peer($0, packet.sourcePort) } ?? sender
    let kind =
      packet.icmpType.map { " type \($0) code \(packet.icmpCode ?? 0)" } ?? ""
    let ends =
      "\(packet.transport)\(kind) \(source) -> "
      + peer(packet.destination, packet.destinationPort)
    if let owner = packet.owner { return "\(ends), uid \(owner.uid) gid \(owner.gid)" }
    return packet.inputInterface == nil ? "\(ends), no socket" : ends
  }

  static func verdict(_ outcome: Outcome) -> String {
    func target(_ address: IPAddress?, _ port: UInt16) -> String {
      address.map { "\($0) port \(port)" } ?? "port \(port)"
    }
    return switch outcome {
    case .redirect(let address, let port): "redirect to \(target(address, port))"
    case .tproxy(let address, let port): "tproxy to \(target(address, port))"
    case .dnat(let address, let port): "dnat to \(target(address, port))"
    case .bypass: "bypass: leaves the pod unmodified"
    case .local: "local: delivered in the pod unmodified"
    case .forward: "forward: for another address"
    case .drop: "drop"
    case .reject(let with): "reject with \(with)"
    case .unknown(let reason): "unknown: \(reason)"
    }
  }
}

extension Path {
  /// What decided where no rule did.
  var withoutRule: String {
    if let policy { return "the policy of \(policy) drops it" }
    return outcome == .drop ? "routing drops it" : "policies let it pass"
  }
}

extension String {
  fileprivate var uppercasedFirstWord: String {
    let word = prefix { $0.isLetter }
    return word.uppercased() + dropFirst(word.count)
  }
}

// MARK: - JSON

extension PathReport {
  public var json: JSONValue {
    let packet = probe.packet
    return .object([
      "apiVersion": "bypass-plan/v1", "kind": "Simulation",
      "protocol": .string("\(packet.transport)"),
      "source": packet.source.map { .string("\($0)") },
      "sourcePort": packet.transport.hasPorts ? .integer(packet.sourcePort) : nil,
      "destination": .string("\(packet.destination)"),
      "destinationPort": packet.transport.hasPorts ? .integer(packet.destinationPort) : nil,
      "uid": packet.owner.map { .integer($0.uid) },
      "gid": packet.owner.map { .integer($0.gid) },
      "icmpType": packet.icmpType.map { .integer($0) },
      "icmpCode": packet.icmpCode.map { .integer($0) },
      "inInterface": packet.inputInterface.map { .string("\($0)") },
      "outInterface": packet.outputInterface.map { .string("\($0)") },
      "state": .string("\(packet.state)"),
      "verdict": .string(path.outcome.word),
      "fate": .string(path.outcome.fate.rawValue),
      "toAddress": path.outcome.address.map { .string("\($0)") },
      "port": path.outcome.port.map { .integer($0) },
      "reason": path.outcome.reason.map { .string($0) },
      "decidedBy": path.decidedBy.map(Self.json),
      "policy": path.policy.map { .string($0) },
      "path": isWhole ? .array(path.steps.map(Self.json)) : nil,
    ])
  }

  static func json(_ rule: RuleReference) -> JSONValue { .fields(fields(rule)) }

  static func fields(_ rule: RuleReference) -> [JSONValue.Field] {
    [
      .init("table", .string(rule.table)), .init("chain", .string(rule.chain)),
      .init("rule", .integer(rule.number)), .init("text", .string(rule.text)),
    ]
  }

  private static func json(_ step: Path.Step) -> JSONValue {
    .object([
      "table": .string(step.rule.table), "chain": .string(step.rule.chain),
      "rule": .integer(step.rule.number), "text": .string(step.rule.text),
      "matched": step.matched.map { .bool($0) }, "why": step.why.map { .string($0) },
    ])
  }
}
