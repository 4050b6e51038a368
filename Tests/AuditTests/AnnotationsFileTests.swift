import Testing

@testable import Audit

@Suite struct AnnotationsFileTests {
  private func read(_ text: String) throws -> [String: String] {
    try AnnotationsFile(Array(text.utf8)).values
  }

  @Test func readsWhatTheKubeletWrites() throws {
    let text = #"""
      kubernetes.io/config.seen="2026-08-22T10:00:00Z"
      sidecar.istio.io/status="{\"initContainers\":[\"istio-init\"]}"
      traffic.sidecar.istio.io/excludeOutboundPorts="3307,11211"

      """#
    #expect(
      try read(text) == [
        "kubernetes.io/config.seen": "2026-08-22T10:00:00Z",
        "sidecar.istio.io/status": #"{"initContainers":["istio-init"]}"#,
        "traffic.sidecar.istio.io/excludeOutboundPorts": "3307,11211",
      ])
  }

  @Test func undoesEveryEscapeOfGo() throws {
    #expect(
      try read(#"a="\a\b\t\n\v\f\r\\\"\x41é\U0001F600""#)["a"]
        == "\u{7}\u{8}\t\n\u{B}\u{C}\r\\\"A\u{E9}\u{1F600}")
    #expect(try read(#"a="x=y""#)["a"] == "x=y")
    #expect(try read("").isEmpty)
  }

  @Test(arguments: [
    ("a", 1, "key=\"value\""), ("=\"b\"", 1, "key=\"value\""), ("a=b", 3, "'\"'"),
    ("a=\"b", 5, "'\"' after the value"), ("a=\"b\"c", 6, "the end of the line"),
    (#"a="\q""#, 5, "an escape of Go's quotes"), (#"a="\x4"#, 6, "2 hexadecimal digits"),
    (#"a="\ud800""#, 6, "a Unicode character"), (#"a="\"#, 5, "an escape"),
  ])
  func refusesAtThePlace(line: String, column: Int, expected: String) {
    #expect(
      throws: AnnotationsFile.Unreadable(line: 2, column: column, expected: expected)
    ) { try read("ok=\"1\"\n" + line) }
  }
}
