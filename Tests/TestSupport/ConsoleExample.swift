/// A command that a document shows, with what the document says it prints.
///
/// In a document they stand in fenced blocks named `console`, a command after `$ `; a line `…` stands
/// for any lines. Blocks named `console lab` need root and a real Envoy.
public struct ConsoleExample: Sendable, CustomStringConvertible {
  public enum Place: String, Sendable {
    case anywhere = "```console"
    case lab = "```console lab"
  }

  public var command: String
  public var output: [Substring]

  public init(command: String, output: [Substring]) {
    self.command = command
    self.output = output
  }

  public var description: String { command }

  /// Those of a file of this repository; none where it cannot be read.
  public static func all(in path: String, for place: Place = .anywhere) -> [ConsoleExample] {
    guard let text = try? TestFiles.text("\(Transcript.root)/\(path)") else { return [] }
    var examples: [ConsoleExample] = []
    var isConsole = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isConsole = line == place.rawValue
      } else if isConsole, line.hasPrefix("$ ") {
        examples.append(ConsoleExample(command: String(line.dropFirst(2)), output: []))
      } else if isConsole, !examples.isEmpty {
        examples[examples.count - 1].output.append(line)
      }
    }
    return examples
  }

  /// What the command prints otherwise than the document says; nil where it says the truth.
  public func contradiction(by printed: String) -> String? {
    var rest = printed.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if rest.last == "" { rest.removeLast() }
    for part in output.split(separator: "…", omittingEmptySubsequences: false) {
      guard let start = rest.indices.first(where: { rest[$0...].starts(with: part) }) else {
        return "does not print \(part.joined(separator: "\n"))"
      }
      if part.startIndex == output.startIndex, start != rest.startIndex {
        return "begins with \(rest.first ?? "nothing")"
      }
      rest = rest[(start + part.count)...]
    }
    return rest.isEmpty || output.last == "…" ? nil : "goes on with \(rest.first ?? "nothing")"
  }
}
