public import Documents
import Ruleset
public import Testbed

/// Model and measurement side by side.
public struct LabReport {
  private let results: [LabResult]

  public init(_ results: [LabResult]) { self.results = results }

  private var rows: [LabResult.Row] { results.flatMap(\.rows) }

  private var sum: String {
    let wrong = rows.count { !$0.agrees }
    return wrong == 0
      ? "model and measurement agree on \(rows.count) rows"
      : "model and measurement DISAGREE on \(wrong) of \(rows.count) rows"
  }
}

// MARK: - Text

extension LabReport {
  private static let head = ["CONNECTION", "WAY", "EXPECTED", "MEASURED"]

  private static func cells(_ row: LabResult.Row) -> [String] {
    [row.name, row.way, "\(row.expected)", "\(row.measured)"]
  }

  public var text: String {
    results.map { Self.page($0) + "\n" }.joined() + lastLine
  }

  /// The sum of all scenarios, for the end of the text.
  public var lastLine: String { sum + " (within 2 % or 0.3 s)\n" }

  /// One scenario.
  public static func page(_ result: LabResult) -> String {
    let scenario = result.scenario
    let client = scenario.client.map { ", \($0.rawValue)" } ?? ""
    var lines = "\(scenario.name.uppercased())\(client): \(scenario.shows)".wrapped(to: 80)
    lines += "scale: \(scenario.scale)".wrapped(to: 80)
    lines.append("")
    lines += table(result.rows)
    lines += legend(result) + sockets(result)
    if let name = result.keptAs {
      lines += [
        "",
        "kept: ip netns exec bypass-plan-\(name)-pod ss -tno   (also -box, -out)",
        "      bypass-plan lab clean   removes it",
      ]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Expected and measured one below the other where 80 columns do not hold them side by side.
  private static func table(_ rows: [LabResult.Row]) -> [String] {
    let cells = [head] + rows.map(cells)
    let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let isWide = widths.reduce(0, +) + 2 * (widths.count - 1) > 80
    guard isWide else {
      return cells.enumerated().map { index, cells in
        let line = zip(cells, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
        return line.trimmedEnd + (index > 0 && !rows[index - 1].agrees ? "  DISAGREE" : "")
      }
    }
    return rows.flatMap { row in
      ["\(row.name)  \(row.way)"] + hanging("  expected  ", "\(row.expected)")
        + hanging("  measured  ", "\(row.measured)" + (row.agrees ? "" : "  DISAGREE"))
    }
  }

  private static func hanging(_ head: String, _ text: String) -> [String] {
    text.wrapped(to: 80 - head.count).enumerated().map { index, line in
      (index == 0 ? head : "".padded(to: head.count)) + line
    }
  }

  private static func legend(_ result: LabResult) -> [String] {
    guard result.scenario.device != nil else { return [] }
    if result.scenario.client != nil {
      return ["lost: when the device forgot the connection, which nobody is told."]
    }
    return
      ("hangs, reset: what the application meets on its next use; lost: when the device forgot the "
      + "connection, which nobody is told.").wrapped(to: 80)
  }

  private static func sockets(_ result: LabResult) -> [String] {
    guard result.scenario.name == "idle-timeout", !result.sockets.isEmpty else { return [] }
    return ["", "THE POD'S SOCKETS, as netstat -tno shows them"]
      + result.sockets.map { socket in
        "  \(socket.holder.padded(to: 6)) \("\(socket.local)".padded(to: 19)) "
          + "\("\(socket.remote)".padded(to: 19)) \(timer(socket.timer))"
      }
  }

  static func timer(_ timer: Socket.Timer) -> String {
    func named(_ name: String, _ left: UInt32) -> String {
      "\(name) (\(left / 1000).\(left % 1000 / 100) s)"
    }
    return switch timer {
    case .off: "off"
    case .retransmit(let left): named("retransmit", left)
    case .keepalive(let left): named("keepalive", left)
    case .timeWait(let left): named("timewait", left)
    case .persist(let left): named("probe", left)
    }
  }
}

// MARK: - Markdown

extension LabReport {
  public var markdown: String {
    let pages = results.map { result in
      let scenario = result.scenario
      let lines =
        [
          "### \(scenario.name)" + (scenario.client.map { ", \($0.rawValue)" } ?? ""), "",
          scenario.shows, "Scale: \(scenario.scale).", "",
          "| connection | way | expected by the model | measured | |", "|---|---|---|---|---|",
        ]
        + result.rows.map {
          MarkdownTable.row(Self.cells($0) + [$0.agrees ? "agrees" : "**disagrees**"])
        }
      return lines.map { $0 + "\n" }.joined()
    }
    return (pages + [sum + "\n"]).joined(separator: "\n")
  }
}

// MARK: - JSON

extension LabReport {
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Lab",
      "scenarios": .array(results.flatMap { result in result.rows.map { json($0, of: result) } }),
      "settings": .array(results.map(settings)),
    ])
  }

  private func json(_ row: LabResult.Row, of result: LabResult) -> JSONValue {
    .object([
      "name": .string("\(result.scenario.name)/\(row.name)"),
      "client": result.scenario.client.map { .string($0.rawValue) }, "way": .string(row.way),
      "expected": .string("\(row.expected)"), "measured": .string("\(row.measured)"),
      "agrees": .bool(row.agrees),
    ])
  }

  private func settings(_ result: LabResult) -> JSONValue {
    .object([
      "scenario": .string(result.scenario.name), "shows": .string(result.scenario.shows),
      "scale": .string(result.scenario.scale),
      "sockets": .array(
        result.sockets.map { socket in
          .object([
            "holder": .string(socket.holder), "local": .string("\(socket.local)"),
            "remote": .string("\(socket.remote)"), "timer": .string(Self.timer(socket.timer)),
          ])
        }),
      "keptAs": result.keptAs.map { .string($0) },
    ])
  }
}
