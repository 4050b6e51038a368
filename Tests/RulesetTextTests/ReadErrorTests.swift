import RulesetText
import Testing

@Suite struct ReadErrorTests {
  @Test func printsItsPlace() {
    let error = ReadError(line: 3, column: 7, message: "expected a port, found 'x'")
    #expect("\(error)" == "3:7: expected a port, found 'x'")
  }
}
