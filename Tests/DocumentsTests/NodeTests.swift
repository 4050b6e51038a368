import Testing

@testable import Documents

@Suite struct NodeTests {
  private let text = """
    name: orders
    port: 3307
    quoted: "3307"
    enabled: yes
    list: [a, b]
    none:
    "ünï": {x: &v  'y z'}
    block: |
      text
    after: 1

    """

  private var node: Node {
    get throws { try Node(reading: Array(text.utf8)) }
  }

  @Test func answersByType() throws {
    let node = try node
    #expect(try node.required("name").string() == "orders")
    #expect(try node.required("port").integer(in: UInt16(1)...65535) == 3307)
    #expect(try node.required("port").text() == "3307")
    #expect(try node.required("enabled").boolean())
    #expect(try node.required("list").sequence().map { try $0.string() } == ["a", "b"])
    #expect(try node.optional("none") == nil)
    #expect(try node.optional("absent") == nil)
    #expect(try node["ünï", "x"]?.string() == "y z")
    #expect(node["ünï", "y"] == nil)
  }

  @Test func saysWhatItExpectedAndFound() throws {
    let node = try node
    func message(_ body: (Node) throws(DocumentError) -> Void) -> String {
      do throws(DocumentError) {
        try body(node)
        return "no error"
      } catch {
        return error.located(in: "plan.yaml").description
      }
    }
    #expect(
      message { node throws(DocumentError) in _ = try node.required("absent") }
        == "plan.yaml:1:1: expected the key 'absent', which is missing")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("port").string() }
        == "plan.yaml:2:7: expected a string, found the integer 3307")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("port").integer(in: 1...9) }
        == "plan.yaml:2:7: expected an integer from 1 to 9, found the integer 3307")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("quoted").integer(in: 0...9999)
      }
        == "plan.yaml:3:9: expected an integer from 0 to 9999, found the string '3307'")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("list").mapping() }
        == "plan.yaml:5:7: expected a mapping, found a sequence")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("name").boolean() }
        == "plan.yaml:1:7: expected true or false, found the string 'orders'")
    #expect(
      message { node throws(DocumentError) in _ = try node.required("none").sequence() }
        == "plan.yaml:6:6: expected a sequence, found null")
  }

  @Test func knowsWhichBytesAValueIs() throws {
    let node = try node
    let bytes = Array(text.utf8)
    func source(_ node: Node?) -> String? {
      node.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }
    #expect(source(node["quoted"]) == "\"3307\"")
    #expect(source(node["list"]) == "[a, b]")
    #expect(source(node["ünï", "x"]) == "&v  'y z'")
    #expect(source(node["after"]) == "1")
    #expect(node["ünï", "x"]?.mark == Mark(line: 7, column: 12, offset: 84))
    #expect(source(node)?.hasSuffix("after: 1") == true)
  }

  @Test func namesTheKeyThatWasMeant() throws {
    let node = try Node(reading: Array("exclduePorts: 1\nname: x\nzzz: 2\n".utf8))
    let unknown = try node.unknownKeys(besides: ["excludePorts", "includePorts", "name"])
    #expect(
      unknown.map(\.description) == [
        "1:1: unknown key 'exclduePorts'; did you mean 'excludePorts'?", "3:1: unknown key 'zzz'",
      ])
  }

  @Test(arguments: [
    ("", "", 0), ("abc", "abc", 0), ("ABC", "abc", 0), ("ab", "ba", 1), ("kitten", "sitting", 3),
    ("", "abc", 3),
    ("excludeOutboundPort", "excludeOutboundPorts", 1),
  ])
  func countsEdits(a: String, b: String, distance: Int) {
    #expect(a.editDistance(to: b, atMost: 99) == distance)
    #expect(b.editDistance(to: a, atMost: distance) == distance)
    if distance > 0 { #expect(a.editDistance(to: b, atMost: distance - 1) == nil) }
  }

  @Test(arguments: [("1e3", 1000), ("0x10", 16), ("-.5", -0.5), ("!!float 3", 3)])
  func readsNumbers(text: String, number: Double) throws {
    #expect(try Node(reading: Array("k: \(text)".utf8))["k"]?.number() == number)
  }

  @Test func messagesQuoteForeignTextHarmlessly() throws {
    let long = String(repeating: "x", count: 1_000)
    let node = try Node(reading: Array("k: \"\\e[2J\(long)\"".utf8))
    let error = #expect(throws: DocumentError.self) { try node.required("k").sequence() }
    let message = error?.message ?? ""
    #expect(message.hasPrefix("expected a sequence, found the string '\\u{1B}[2Jxxx"))
    #expect(message.utf8.count < 150)
  }

  @Test func oneDocumentMeansOne() {
    #expect(
      throws: DocumentError(
        .expected("one document", found: "a second one"), at: Mark(line: 3, column: 1, offset: 9))
    ) {
      try Node(reading: Array("a: 1\n---\nb: 2\n".utf8))
    }
  }
}
