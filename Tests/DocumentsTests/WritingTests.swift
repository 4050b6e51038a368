import TestSupport
import Testing

@testable import Documents

@Suite struct WritingTests {
  private let plan: JSONValue = [
    "apiVersion": "bypass-plan/v1",
    "ports": [3307, 11211],
    "annotations": ["traffic.sidecar.istio.io/excludeOutboundPorts": "3307,11211"],
    "empty": [], "nothing": nil,
    "rules": [["number": 1, "text": "-p tcp --dport 3307 -j RETURN"], [[true], "on"]],
    "notes": "two\nlines\n",
  ]

  @Test func prettyJSON() {
    let expected = """
      {
        "apiVersion": "bypass-plan/v1",
        "ports": [
          3307,
          11211
        ],
        "annotations": {
          "traffic.sidecar.istio.io/excludeOutboundPorts": "3307,11211"
        },
        "empty": [],
        "nothing": null,
        "rules": [
          {
            "number": 1,
            "text": "-p tcp --dport 3307 -j RETURN"
          },
          [
            [
              true
            ],
            "on"
          ]
        ],
        "notes": "two\\nlines\\n"
      }

      """
    #expect(String(decoding: plan.json(), as: UTF8.self) == expected)
  }

  @Test func blockYAML() {
    let expected = """
      apiVersion: bypass-plan/v1
      ports:
      - 3307
      - 11211
      annotations:
        traffic.sidecar.istio.io/excludeOutboundPorts: "3307,11211"
      empty: []
      nothing: null
      rules:
      - number: 1
        text: -p tcp --dport 3307 -j RETURN
      - - - true
        - "on"
      notes: |
        two
        lines

      """
    #expect(String(decoding: plan.yaml(), as: UTF8.self) == expected)
  }

  @Test func streamedLines() {
    var writer = JSONWriter(.compact)
    for port in [15001, -1] {
      writer.object { writer in
        writer.field("verdict", "redirect")
        writer.field("port", port)
        writer.key("path")
        writer.array { $0.raw(Array("{\"a\":1}".utf8)[...]) }
      }
      writer.endLine()
    }
    let expected = """
      {"verdict":"redirect","port":15001,"path":[{"a":1}]}
      {"verdict":"redirect","port":-1,"path":[{"a":1}]}

      """
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test func extremeIntegers() {
    var writer = JSONWriter(.compact)
    writer.array {
      $0.integer(Int.min)
      $0.integer(UInt64.max)
      $0.integer(UInt128.max)
    }
    let expected =
      "[-9223372036854775808,18446744073709551615,340282366920938463463374607431768211455]"
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    "", " a", "a ", "on", "y", "No", "null", "~", "3307", "3307,11211", "1e3", "0x1F", "017", "1_0",
    ".5", "-1", "+1", ".inf", "12:30:45", "2001-12-14", "a: b", "a #b", "a:", "- a", "-", "---",
    "? a",
    "*", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "'", "\"", "#a", "{a", "[a", ",a", "=", "<<",
    "a\tb", "a\u{85}b", "a\u{2028}b", "\u{FEFF}a", "\u{7F}", "...", "true", "10.0.0.1",
  ])
  func quotes(text: String) {
    let printed = String(decoding: JSONValue.string(text).yaml(), as: UTF8.self)
    #expect(printed.hasPrefix("\""), "\(printed)")
  }

  @Test(arguments: [
    "orders", "15s", "10.0.0.0/8", "a,b", "a:b", "a#b", "-j RETURN", "--dport 80", "it's", "Grün",
    "/etc/istio", "nat ISTIO_OUTPUT rule 1", "fd00::1x",
  ])
  func leavesPlain(text: String) {
    #expect(String(decoding: JSONValue.string(text).yaml(), as: UTF8.self) == text + "\n")
  }

  /// Any value, printed in any form, is read back as the same value.
  @Test(arguments: 0..<300)
  func readsBackWhatItPrints(seed: Int) throws {
    var random = Seeded(seed)
    for _ in 0..<20 {
      let value = random.value(depth: 4)
      for printed in [value.json(.compact), value.json(.pretty)] {
        #expect(JSONValue(try Node(readingJSON: printed)) == value)
      }
      let yaml = value.yaml()
      let text = String(decoding: yaml, as: UTF8.self)
      do throws(DocumentError) {
        // Behind a marker, so that libyaml reads it even where it would pass for JSON.
        let read = JSONValue(try Node(reading: Array("--- # YAML\n".utf8) + yaml))
        #expect(read == value, "\(text)")
      } catch {
        Issue.record("\(error) in:\n\(text)")
      }
    }
  }
}

extension Seeded {
  fileprivate mutating func value(depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &self))
    case 3: return .double(Double(Int.random(in: -999...999, using: &self)) / 8)
    case 4, 5: return .string(text())
    case 6:
      let count = Int.random(in: 0...4, using: &self)
      return .array((0..<count).map { _ in value(depth: depth - 1) })
    default:
      var keys: Set<String> = []
      var fields: [JSONValue.Field] = []
      for _ in 0..<Int.random(in: 0...4, using: &self) {
        let key =
          Int.random(in: 0..<20, using: &self) == 0
          ? String(repeating: text() + "k", count: 300) : text()
        if keys.insert(key).inserted { fields.append(.init(key, value(depth: depth - 1))) }
      }
      return .fields(fields)
    }
  }

  private mutating func text() -> String {
    let pieces = [
      "a", "on", "y", "null", "~", "0x1F", "3307", ",", "1e3", " ", ": ", " #", "\n", "\n\n", "\t",
      "\r",
      "-", "- ", "---", "...", "?", "*", "&", "!", "%", "@", "`", "|", ">", "'", "\"", "\\", "#",
      "{", "}",
      "[", "]", "=", "<<", "é", "😀", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{7F}", "\u{0}",
      "\u{FFFF}", ":",
      ".", "+", "_", "word", "\u{A0}", "\u{10FFFF}",
    ]
    return (0..<Int.random(in: 0...5, using: &self)).map { _ in pieces.randomElement(using: &self)!
    }
    .joined()
  }
}
