import TestSupport
import Testing

/// Every command that the README and the questions' page show prints what they say. Those that need
/// a lab are run by `LabTests`.
@Suite struct ReadmeTests {
  static let readme = ConsoleExample.all(in: "README.md")
  static let questions = ConsoleExample.all(in: "docs/idle-timeouts.md")

  @Test func showSomething() {
    #expect(Self.readme.count >= 3)
    #expect(Self.questions.count >= 10)
  }

  @Test(arguments: readme + questions)
  func isTrue(example: ConsoleExample) throws {
    let shell = try Shell.run(example.command, in: Transcript.directory)
    let contradiction = example.contradiction(by: shell.output)
    #expect(contradiction == nil, "`\(example.command)` \(contradiction ?? "")")
  }

  /// A command in a block of another kind would be run by nobody.
  @Test(arguments: ["README.md", "docs/idle-timeouts.md"])
  func noCommandIsShownUntested(file: String) throws {
    let text = try TestFiles.text("\(Transcript.root)/\(file)")
    let shown = text.split(separator: "\n").count { $0.hasPrefix("$ ") }
    let places = [ConsoleExample.Place.anywhere, .lab]
    #expect(shown == places.reduce(0) { $0 + ConsoleExample.all(in: file, for: $1).count })
  }
}
