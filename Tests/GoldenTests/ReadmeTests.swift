import TestSupport
import Testing

/// Every command the README shows prints what the README says; a line `…` stands for any lines.
@Suite struct ReadmeTests {
  struct Example: CustomTestStringConvertible {
    var command: String
    var output: [Substring]

    var testDescription: String { command }
  }

  static let examples: [Example] = {
    guard let text = try? TestFiles.text(Transcript.root + "/README.md") else { return [] }
    var examples: [Example] = []
    var isConsole = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isConsole = line == "```console"
      } else if isConsole, line.hasPrefix("$ ") {
        examples.append(Example(command: String(line.dropFirst(2)), output: []))
      } else if isConsole, !examples.isEmpty {
        examples[examples.count - 1].output.append(line)
      }
    }
    return examples
  }()

  @Test func showsSomething() {
    #expect(Self.examples.count >= 3)
  }

  @Test(arguments: examples)
  func isTrue(example: Example) throws {
    let shell = try Shell.run(example.command, in: Transcript.directory)
    var rest = shell.output.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if rest.last == "" { rest.removeLast() }
    for part in example.output.split(separator: "…", omittingEmptySubsequences: false) {
      guard let start = rest.indices.first(where: { rest[$0...].starts(with: part) }) else {
        Issue.record("`\(example.command)` does not print \(part.joined(separator: "\n"))")
        return
      }
      if part.startIndex == example.output.startIndex { #expect(start == rest.startIndex) }
      rest = rest[(start + part.count)...]
    }
    #expect(rest.isEmpty || example.output.last == "…")
  }
}
