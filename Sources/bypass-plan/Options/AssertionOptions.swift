import Answers
import ArgumentParser

/// What must be true of the traffic.
struct AssertionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "All of this traffic has that fate (repeatable).", valueName: "fate: traffic"))
  var assert: [String] = []

  @Option(
    help: ArgumentHelp(
      "Assertions, one a line; '#' starts a comment.", valueName: "file", visibility: .hidden))
  var assertFile: String?

  var isEmpty: Bool { assert.isEmpty && assertFile == nil }

  /// Those of the options, then those of the file.
  func read() throws -> [Assertion] {
    var assertions: [Assertion] = []
    for text in assert {
      do {
        assertions.append(try Assertion(text))
      } catch {
        throw UnusableInput("--assert '\(text)':\(error)")
      }
    }
    guard let file = assertFile else { return assertions }
    let text = String(decoding: try Files.read(file), as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() {
      let words = line.prefix { $0 != "#" }
      if words.allSatisfy(\.isWhitespace) { continue }
      do {
        assertions.append(try Assertion(words))
      } catch {
        throw UnusableInput("\(file):\(number + 1):\(error)")
      }
    }
    if assertions.isEmpty { throw UnusableInput("\(file): has no assertion") }
    return assertions
  }
}
