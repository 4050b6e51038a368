import ArgumentParser
import Reports

struct Schema: Command {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "What is the JSON Schema of this result?",
    discussion: "Without KIND, lists the kinds.")

  @Argument(help: "A kind of result, such as Plan.")
  var kind: String?

  func answer() throws {
    guard let kind else {
      Output.write(ResultKind.allCases.map { $0.rawValue + "\n" }.joined())
      return
    }
    guard let known = ResultKind(named: kind) else {
      let kinds = ResultKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw UnusableInput("'\(kind)' is no kind of result; expected one of \(kinds)")
    }
    Document.json(known.schema)
  }
}
