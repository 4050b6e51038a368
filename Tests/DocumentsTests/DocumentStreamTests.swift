import TestSupport
import Testing

@testable import Documents

/// Each document as compact JSON, or its error.
private func outcomes(_ text: String, limits: DocumentLimits = DocumentLimits()) -> [String] {
  outcomes(Array(text.utf8), limits: limits)
}

private func outcomes(_ bytes: [UInt8], limits: DocumentLimits = DocumentLimits()) -> [String] {
  DocumentStream(bytes, limits: limits).map { result in
    switch result {
    case .success(let node):
      String(decoding: JSONValue(node).json(.compact).dropLast(), as: UTF8.self)
    case .failure(let error): "\(error)"
    }
  }
}

@Suite struct DocumentStreamTests {
  @Test(arguments: [
    ("", []),
    ("# only a comment\n", []),
    ("---\n", ["null"]),
    ("--- # nothing\n---\na: 1", ["null", #"{"a":1}"#]),
    ("a: 1\n---\nb: 2\n", [#"{"a":1}"#, #"{"b":2}"#]),
    ("a: 1\r\n---\r\nb: 2\r\n", [#"{"a":1}"#, #"{"b":2}"#]),
    ("\u{FEFF}a: 1\n", [#"{"a":1}"#]),
    ("a: 1\n\u{FEFF}---\nb: 2\n", [#"{"a":1}"#, #"{"b":2}"#]),
    ("%YAML 1.2\n---\na: 1\n...\n# end\n%YAML 1.2\n---\nb: 2", [#"{"a":1}"#, #"{"b":2}"#]),
    ("--- text\n--- |\n  a\n  --- b\n", [#""text""#, #""a\n--- b\n""#]),
    ("a:\n- b\n-  c: d\n", [#"{"a":["b",{"c":"d"}]}"#]),
    ("a: &x [1, 2]\nb: *x\n", [#"{"a":[1,2],"b":[1,2]}"#]),
    ("a: &x 1\n---\nb: *x\n", [#"{"a":1}"#, "3:4: the alias '*x' has no anchor '&x' before it"]),
    (
      "base: &b {x: 1, y: 2}\nk:\n  <<: *b\n  y: 3\n",
      [#"{"base":{"x":1,"true":2},"k":{"x":1,"true":3}}"#]
    ),
    ("k:\n  z: 1\n  <<: [{z: 2, w: 3}, {w: 4, v: 5}]\n", [#"{"k":{"z":2,"w":3,"v":5}}"#]),
    (#""<<": {a: 1}"#, [#"{"<<":{"a":1}}"#]),
    (
      "a: !!str 3307\nb: ! 3307\nc: !!float 3\nd: !mine on\n",
      [#"{"a":"3307","b":"3307","c":3,"d":"on"}"#]
    ),
    ("folded: >-\n  a\n  b\nlit: |+\n  c\n\n", [#"{"folded":"a b","lit":"c\n\n"}"#]),
    ("{\"a\":1}\n{\"b\":2}", [#"{"a":1}"#, #"{"b":2}"#]),
    ("{a: 1}\n---\n[\"x\", y]\n", [#"{"a":1}"#, #"["x",true]"#]),
    ("{\"a\": 1} # as JSON goes\n", [#"{"a":1}"#]),
    ("{\"a\": \"\\ud83d\\ude00\"}", [#"{"a":"😀"}"#]),
  ])
  func reads(text: String, expected: [String]) {
    #expect(outcomes(text) == expected)
  }

  /// What sigs.k8s.io/yaml makes of them, which is what kubectl and Helm send.
  @Test(arguments: [
    ("on", "true"), ("y", "true"), ("Off", "false"), ("oN", #""oN""#), ("~", "null"), ("", "null"),
    ("NULL", "null"), ("nUll", #""nUll""#), ("3307", "3307"), ("0x1F", "31"), ("0o17", "15"),
    ("017", "15"), ("0b11", "3"), ("1_000", "1000"), ("+5", "5"), ("08", "8.0"), ("1e3", "1e3"),
    ("1.", "1.0"), (".5", "0.5"), ("1e999", #""1e999""#), (".inf", #"".inf""#),
    ("3307,11211", #""3307,11211""#),
    ("12:30:45", #""12:30:45""#), ("2001-12-14", #""2001-12-14""#), ("10.0.0.1", #""10.0.0.1""#),
    ("-", "1:4: block sequence entries are not allowed in this context"), ("\"3307\"", #""3307""#),
    ("'on'", #""on""#), ("18446744073709551616", "18446744073709551616"), ("=", #""=""#),
  ])
  func readsPlainTextAsKubectlDoes(text: String, json: String) {
    let expected = json.hasPrefix("1:") ? json : "{\"k\":\(json)}"
    #expect(outcomes("k: \(text)") == [expected])
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "3:1: the key 'a' stands already at 1:1"),
    ("on: 1\ntrue: 2\n", "2:1: the key 'true' stands already at 1:1"),
    ("{\"a\": 1, \"a\": 2}", "1:10: the key 'a' stands already at 1:2"),
    (
      "a:\n\tb: 1\n",
      "2:1: a tab does not indent in YAML; expected spaces"
    ),
    ("a: b: c\n", "1:5: mapping values are not allowed in this context"),
    (
      "a: [1, 2\nb: 3\n",
      "2:2: did not find expected ',' or ']' while parsing a flow sequence begun at 1:4"
    ),
    ("a: \"x\n", "2:1: found unexpected end of stream while scanning a quoted scalar begun at 1:4"),
    ("é: \u{1}\n", "1:4: control characters are not allowed"),
    ("a: &x [*x]\n", "1:8: the alias '*x' stands inside its own anchor"),
    ("? [a]\n: 1\n", "1:3: expected a key that is a string, found a sequence"),
    ("~: 1\n", "1:1: expected a key that is a string, found null"),
    ("<<: 1\n", "1:5: expected a mapping to merge, or a sequence of them, found the integer 1"),
    ("a: !!int x\n", "1:4: expected a value for !!int, found 'x'"),
    ("a: !!binary aGk=\n", "1:4: expected a value as text, found the tag !!binary"),
    ("{\"a\" 1}", "1:6: expected ':', found '1'"),
  ])
  func refuses(text: String, error: String) {
    #expect(outcomes(text) == [error])
  }

  @Test func refusesWhatIsNoText() {
    #expect(outcomes([0, 0, 0]) == ["1:1: expected YAML or JSON in UTF-8, found a NUL byte"])
    #expect(
      outcomes([0xFF, 0xFE, 0x61, 0]) == ["1:1: expected YAML or JSON in UTF-8, found UTF-16"])
    #expect(outcomes(Array("a: ".utf8) + [0xC3, 0x28]) == ["1:5: invalid trailing UTF-8 octet"])
    #expect(outcomes(Array("a: b".utf8) + [0]) == ["1:5: control characters are not allowed"])
  }

  /// JSON has no markers; a broken value ends where the next line begins an object.
  @Test func aBrokenJSONValueHidesNoLaterOne() {
    let lines = "{\"a\":1}\n{\"b\":\n{\"c\":3}\n{\n \"d\": 4\n}\n"
    let read = DocumentStream(lines).map { document in
      switch document {
      case .success(let node): node["a"] != nil ? "a" : node["c"] != nil ? "c" : "d"
      case .failure(let error): "line \(error.mark.line)"
      }
    }
    #expect(read == ["a", "line 4", "c", "d"])
    let template = "{{ if .x }}\na: b\n{{ end }}\n"
    #expect(DocumentStream(template).map { _ in 1 }.count == 1)
  }

  @Test func aBrokenDocumentHidesNoOther() {
    let text = "a: 1\n---\nb: [\n---\nc: \"x\n---\nd: 4\n--- \n{\"e\": ]}\n---\nf: 6\n"
    #expect(
      outcomes(text) == [
        #"{"a":1}"#, "4:1: did not find expected node content while parsing a flow node",
        "6:1: found unexpected end of stream while scanning a quoted scalar begun at 5:4",
        #"{"d":4}"#,
        "9:7: expected a value, found ']'", #"{"f":6}"#,
      ])
  }

  @Test func aliasesCannotGrowWithoutBound() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let item = "*a\(level - 1)"
      text +=
        "a\(level): &a\(level) [\(Array(repeating: item, count: 10).joined(separator: ", "))]\n"
    }
    #expect(outcomes(text) == ["6:10: aliases repeat more than 250000 values"])
  }

  @Test(arguments: ["[", "{\"a\":", "- ", "a:\n "])
  func depthIsBounded(opening: String) throws {
    let text = String(repeating: opening, count: 300_000)
    let clock = ContinuousClock()
    var result: [String] = []
    let time = clock.measure { result = outcomes(text) }
    let only = try #require(result.first)
    #expect(result.count == 1)
    #expect(only.contains("nested deeper than 200 levels") || opening == "a:\n ", "\(only)")
    #expect(time < .seconds(20))
  }

  @Test func tenThousandDocumentsInBoundedTime() {
    let document = """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: orders
        namespace: shop
        labels: {app: orders, team: "ä"}
      spec:
        template:
          metadata:
            annotations:
              traffic.sidecar.istio.io/excludeOutboundPorts: "3307,11211"
          spec:
            containers:
            - name: app
              image: registry.example.com/shop/orders:1.2.3
              ports:
              - containerPort: 8080
      ---

      """
    let bytes = Array(String(repeating: document, count: 10_000).utf8)
    var last: Node?
    var count = 0
    let time = ContinuousClock().measure {
      for case .success(let node) in DocumentStream(bytes) {
        last = node
        count += 1
      }
    }
    // The last marker begins an empty document.
    #expect(count == 10_001)
    #expect(last?.isNull == true)
    #expect(last?.mark.line == 18 * 10_000)
    #expect(time < .seconds(60))
  }

  /// Any bytes: no trap, and what was read is what is printed.
  @Test(arguments: 0..<200)
  func foreignBytesNeverTrap(seed: Int) {
    var random = Seeded(seed)
    let pieces = [
      "a", "b: ", "- ", "\n", "\n  ", "---\n", "{", "}", "[", "]", ",", "\"", "'", "&x ", "*x",
      "<<: ",
      "|\n", ">-\n", "\t", "#", "\\u12", "\\", "3307", "0x", "1e", "!!int ", "é", "\r\n", "? ",
      ": ",
      "...\n", "%YAML 1.2\n", "\u{FEFF}", "\u{85}", "\u{2028}", "on", "~", "\"a\":1", "\0",
    ]
    for _ in 0..<40 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...24, using: &random) {
        bytes += pieces.randomElement(using: &random)!.utf8
        if Int.random(in: 0..<60, using: &random) == 0 {
          bytes.append(UInt8.random(in: 0...255, using: &random))
        }
      }
      let isSame = bytes.withUnsafeBytes(readsWhatItWrites)
      #expect(isSame, "\(bytes)")
    }
  }
}
