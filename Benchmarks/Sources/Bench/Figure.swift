/// One number we are held to, with its peer's beside it.
struct Figure: CustomStringConvertible {
  enum Unit { case seconds, bytes }

  /// What ours may be at most: an amount, or a multiple of the peer's and an amount more.
  struct Gate {
    var times: Double?
    var plus: Double

    static func atMost(_ amount: Double) -> Gate { Gate(times: nil, plus: amount) }
    static func peer(times: Double, plus: Double = 0) -> Gate { Gate(times: times, plus: plus) }
    /// So many times as fast as the peer.
    static func faster(_ factor: Double) -> Gate { Gate(times: 1 / factor, plus: 0) }
  }

  var what: String
  var ours: Double
  var peer: (name: String, value: Double)?
  var gate: Gate?
  var unit = Unit.seconds
  /// A remark such as a rate.
  var note: String?

  init(
    _ what: String, _ ours: Double, beside peer: (name: String, value: Double)? = nil,
    gate: Gate? = nil, unit: Unit = .seconds, note: String? = nil
  ) {
    self.what = what
    self.ours = ours
    self.peer = peer
    self.gate = gate
    self.unit = unit
    self.note = note
  }

  private var limit: Double? {
    guard let gate else { return nil }
    guard let times = gate.times else { return gate.plus }
    return peer.map { $0.value * times + gate.plus }
  }

  /// A figure without a gate is for the record.
  var isMet: Bool { limit.map { ours <= $0 } ?? (gate == nil) }

  var description: String {
    var parts = [
      "  " + what.padded(to: 46), "ours " + unit.text(ours).padded(to: 9),
    ]
    if let peer {
      parts.append("\(peer.name) \(unit.text(peer.value))".padded(to: 30))
      parts.append("ratio " + (ours / peer.value).short.padded(to: 6))
    } else {
      parts.append("".padded(to: 43))
    }
    if let limit, let gate {
      parts.append("gate <= " + gate.words(limit, unit).padded(to: 20))
      parts.append(isMet ? "met" : "NOT MET")
    }
    if let note { parts.append("(\(note))") }
    return parts.joined(separator: " ")
  }
}

extension Figure.Gate {
  fileprivate func words(_ limit: Double, _ unit: Figure.Unit) -> String {
    guard let times else { return unit.text(limit) }
    return "\(times.short)x" + (plus > 0 ? " + \(unit.text(plus))" : "")
  }
}

extension Figure.Unit {
  fileprivate func text(_ value: Double) -> String {
    let steps: [(size: Double, name: String)] =
      self == .seconds
      ? [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]
      : [(0x1p20, "MiB"), (0x1p10, "KiB"), (1, "B")]
    let step = steps.first { value >= $0.size } ?? steps[steps.count - 1]
    return "\((value / step.size).short) \(step.name)"
  }
}

extension Double {
  /// Three digits that matter.
  var short: String {
    guard isFinite, magnitude < 1e15 else { return "-" }
    let decimals: Double = magnitude >= 100 ? 1 : magnitude >= 10 ? 10 : magnitude >= 1 ? 100 : 1000
    let text = "\((self * decimals).rounded() / decimals)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
