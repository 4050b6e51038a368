import Reports
import Testing

@Suite struct LineDiffTests {
  @Test func aLineOfAFileFromWindowsIsOneLine() {
    #expect(
      LineDiff.unified("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n", file: "f")
        == "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\r\n")
  }

  @Test func aLostLineEndIsAChange() {
    #expect(
      LineDiff.unified("a\r\n", "a\r", file: "f")
        == "--- f\n+++ f\n@@ -1 +1 @@\n-a\r\n+a\r\n\\ No newline at end of file\n")
    #expect(LineDiff.unified("", "", file: "f") == "")
  }
}
