import Testing

@testable import Reports

@Suite struct TextTests {
  @Test func wrapsAtBlanks() {
    #expect("one two three".wrapped(to: 7) == ["one two", "three"])
    #expect("incomprehensible is".wrapped(to: 5) == ["incomprehensible", "is"])
  }

  @Test func pads() {
    #expect("ab".padded(to: 4) == "ab  ")
    #expect("ab".leftPadded(to: 4) == "  ab")
    #expect("abcde".padded(to: 4) == "abcde")
  }
}
