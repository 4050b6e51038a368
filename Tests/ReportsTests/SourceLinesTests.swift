import Reports
import Testing

@Suite struct SourceLinesTests {
  private func excerpt(_ text: String, _ line: Int, _ column: Int) -> SourceLines.Excerpt? {
    var lines = SourceLines(Array(text.utf8))
    return lines.excerpt(line: line, column: column, width: 8)
  }

  @Test(arguments: ["a\nbcd\ne", "a\r\nbcd\r\ne", "a\rbcd\re", "a\nbcd"])
  func aLineThatFitsIsShownWhole(text: String) {
    #expect(excerpt(text, 2, 3) == .init(text: "bcd", column: 2))
    #expect(excerpt(text, 2, 99) == .init(text: "bcd", column: 3))
    #expect(excerpt(text, 4, 1) == nil)
  }

  @Test func ofALongLineThePartAroundThePlaceIsShown() {
    #expect(excerpt("0123456789abcdef", 1, 13) == .init(text: "89abcdef", column: 4))
    #expect(excerpt("äöüßäöüßäöüß\tx", 1, 13) == .init(text: "äöüß x", column: 4))
  }

  /// Places in any order are found, and those in theirs without beginning again.
  @Test func placesOfOneLineComeInAnyOrder() {
    var lines = SourceLines(Array("0123456789abcdefghij".utf8))
    for column in [12, 19, 3, 15, 1] {
      let part = lines.excerpt(line: 1, column: column, width: 8)
      #expect(part.map { Array($0.text)[$0.column] } == Array("0123456789abcdefghij")[column - 1])
    }
  }
}
