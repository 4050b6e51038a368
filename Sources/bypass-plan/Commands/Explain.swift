import ArgumentParser
import Findings
import Reports

struct Explain: Command {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "What does this code mean?",
    discussion: "Without CODE, lists all codes.")

  @Argument(help: "A code of a caution or finding, such as BP105.")
  var code: String?

  func answer() throws {
    guard let code else {
      Output.write(CodeReport.list(Catalogue.codes))
      return
    }
    guard let known = Catalogue.code(code) else {
      throw UnusableInput("'\(code)' is no code; `bypass-plan explain` lists all of them")
    }
    Output.write(CodeReport.page(known))
  }
}
