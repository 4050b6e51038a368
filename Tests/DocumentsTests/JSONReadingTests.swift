import TestSupport
import Testing

@testable import Documents

private func outcome(_ bytes: [UInt8]) -> String {
  do throws(DocumentError) {
    return String(
      decoding: JSONValue(try Node(readingJSON: bytes)).json(.compact).dropLast(), as: UTF8.self)
  } catch {
    return "\(error)"
  }
}

@Suite struct JSONReadingTests {
  @Test(arguments: [
    ("null", "null"), (" [ ] ", "[]"), ("{}", "{}"), ("-0", "-0"), ("1.5e+3", "1.5e+3"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    (#""\u0041\n\/\"\\""#, #""A\n/\"\\""#), (#""\ud83d\ude00é""#, #""😀é""#),
    ("{\"a\":{\"b\":[1,true,null]}}", "{\"a\":{\"b\":[1,true,null]}}"), ("\u{FEFF}1", "1"),
  ])
  func reads(text: String, printed: String) {
    #expect(outcome(Array(text.utf8)) == printed)
  }

  @Test(arguments: [
    ("", "1:1: expected a value, found an empty text"),
    ("[1,\n 2,]", "2:4: expected a value, found ']'"),
    ("[1 2]", "1:4: expected ',' or ']', found '2'"),
    ("{\"é\":1\n,}", "2:2: expected a key in double quotes, found '}'"),
    ("{'a':1}", "1:2: expected a key in double quotes, found '''"),
    ("1 2", "1:3: expected the end of the text, found '2'"),
    ("01", "1:1: a number has no leading zero"),
    ("-", "1:2: expected a digit, found the end of the text"),
    ("1.", "1:3: expected a digit, found the end of the text"),
    ("+1", "1:1: expected a value, found '+'"),
    (".5", "1:1: expected a value, found '.'"),
    ("nul", "1:1: expected 'null' or another value"),
    ("nullx", "1:5: expected the end of 'null', found 'x'"),
    ("NaN", "1:1: expected a value, found 'N'"),
    ("\"a\nb\"", "1:3: a line end in a string must be escaped"),
    ("\"a\tb\"", "1:3: a control character in a string must be escaped"),
    (#""\x""#, "1:2: no such escape in JSON"),
    (#""\u12g4""#, "1:2: expected four hexadecimal digits after '\\u'"),
    (#""\ud83d""#, "1:2: half of a surrogate pair"),
    (#""\ude00\ud83d""#, "1:2: half of a surrogate pair"),
    (#""\ud83d\u0041""#, "1:2: half of a surrogate pair"),
    ("\"open", "1:1: a string without its closing quote"),
    ("\"open\\", "1:6: no such escape in JSON"),
    (#"{"a":1,"\u0061":2}"#, "1:8: the key 'a' stands already at 1:2"),
    ("/* c */ 1", "1:1: expected a value, found '/'"),
  ])
  func refuses(text: String, error: String) {
    #expect(outcome(Array(text.utf8)) == error)
  }

  @Test(arguments: [
    [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
    [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98],
  ])
  func refusesBytesThatAreNoUTF8(bytes: [UInt8]) {
    #expect(outcome(Array("\"ä".utf8) + bytes + [.quote]) == "1:3: this byte is not UTF-8")
  }

  @Test func depthIsBounded() {
    let deep = Array(repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(outcome(deep) == "1:201: nested deeper than 200 levels")
    var lines = JSONLines<ProbeKey>(Array("{\"x\":".utf8) + deep)
    #expect(throws: DocumentError.self) { try lines.next() }
  }
}

private enum ProbeKey: String, CaseIterable { case family, proto, dport, name }

@Suite struct JSONLinesTests {
  @Test func readsFlatObjects() throws {
    let text = """
      {"family": 4, "proto": "tcp", "dport": 3307, "extra": {"a": [1, "}"]}}

      {"n\\u0061me":"a\\tb","proto":"udp"}
      {}
      """
    var lines = JSONLines<ProbeKey>(Array(text.utf8))
    #expect(try lines.next())
    #expect(lines.fields.map { lines.key(of: $0) } == [.family, .proto, .dport, nil])
    #expect(lines.fields[1].isString("tcp"))
    #expect(!lines.fields[1].isString("udp"))
    #expect(try lines.fields[2].integer(in: 0...65535) == 3307)
    #expect(lines.fields[3].name == "extra")
    #expect(String(decoding: lines.fields[3].text, as: UTF8.self) == #"{"a": [1, "}"]}"#)
    #expect(try lines.next())
    #expect(lines.line == 3)
    #expect(lines.fields.map { lines.key(of: $0) } == [.name, .proto])
    #expect(try lines.fields[0].string() == "a\tb")
    #expect(try lines.next())
    #expect(lines.fields.isEmpty)
    #expect(try !lines.next())
  }

  @Test(arguments: [
    ("{\"dport\":1}\n{\"dport\":2,\"dport\":3}", "2:12: the key 'dport' stands already at 2:2"),
    ("{\"x\":1,\"x\":2}", "1:8: the key 'x' stands already at 1:2"),
    ("\n[1]", "2:1: expected an object, found '['"),
    ("{\"dport\":1} x", "1:13: expected the end of the line, found 'x'"),
    ("{\"dport\":[1,]}", "1:13: expected a value, found ']'"),
    ("{\"é\":1,\"dport\":01}", "1:16: a number has no leading zero"),
    ("{\"dport\":", "1:10: expected a value, found the end of the text"),
  ])
  func refuses(text: String, error: String) {
    var lines = JSONLines<ProbeKey>(Array(text.utf8))
    #expect {
      while try lines.next() {}
    } throws: {
      "\($0)" == error
    }
  }

  @Test func goesOnAfterABrokenLine() throws {
    var lines = JSONLines<ProbeKey>(Array("{\"dport\":1}\n{\"dport\":}\r\n{\"dport\":3}\r\n".utf8))
    #expect(try lines.next())
    #expect(throws: DocumentError.self) { try lines.next() }
    #expect(try lines.next())
    #expect(try lines.fields[0].integer(in: 0...9) == 3)
    #expect(try !lines.next())
  }

  @Test(arguments: [
    ("65536", "1:10: expected an integer from 0 to 65535, found 65536"),
    ("-1", "1:10: expected an integer from 0 to 65535, found -1"),
    ("1e3", "1:10: expected an integer from 0 to 65535, found 1e3"),
    ("\"80\"", "1:10: expected an integer from 0 to 65535, found \"80\""),
    ("null", "1:10: expected an integer from 0 to 65535, found null"),
    (
      "1" + String(repeating: "0", count: 99),
      "1:10: expected an integer from 0 to 65535, found 1\(String(repeating: "0", count: 59))…"
    ),
  ])
  func saysWhyAValueIsNoPort(text: String, error: String) throws {
    var lines = JSONLines<ProbeKey>(Array("{\"dport\":\(text)}".utf8))
    #expect(try lines.next())
    let field = lines.fields[0]
    #expect {
      _ = try field.integer(in: 0...65535)
    } throws: {
      "\($0)" == error
    }
  }
}
