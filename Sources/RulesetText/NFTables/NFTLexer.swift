import Addresses

/// Cuts nft's language into tokens, one at a time, so that a file is refused at its first bad byte
/// whatever its size.
///
/// As in nft's own scanner the longest token wins: `fd00::1` is one word, `10.0.0.1:80` three tokens,
/// and a word that starts with a letter goes on over `-`, `/` and `.`.
struct NFTLexer {
  let source: [UInt8]
  private var position = 0
  private var line = 1
  private var lineStart = 0

  init(_ source: [UInt8]) {
    self.source = source
    if source.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func next() throws(ReadError) -> NFTToken {
    let isSpaced = skipBlanks()
    let start = position
    guard let byte = peek(0) else { return token(.end, from: start, isSpaced) }
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "#"):
      while let next = peek(0), next != UInt8(ascii: "\n") { position += 1 }
      let end = token(.newline, from: start, isSpaced)
      if position < source.count { startLine(after: position) }
      return end
    case UInt8(ascii: "\""):
      return try quoted(isSpaced)
    default:
      position += wordLength(byte)
      if position > start { return token(.word, from: start, isSpaced) }
      position += signLength(byte)
      if position > start { return token(.sign, from: start, isSpaced) }
      throw ReadError(
        line: line, column: start - lineStart + 1,
        message: "expected nft's language, found byte 0x\(String(byte, radix: 16))")
    }
  }

  private func peek(_ offset: Int) -> UInt8? {
    position + offset < source.count ? source[position + offset] : nil
  }

  private func token(_ kind: NFTToken.Kind, from start: Int, _ isSpaced: Bool) -> NFTToken {
    NFTToken(
      kind: kind, isSpaced: isSpaced, start: start, end: position, line: line,
      column: start - lineStart + 1)
  }

  private mutating func startLine(after newline: Int) {
    position = newline + 1
    line += 1
    lineStart = position
  }

  /// Blanks, and line ends after a backslash.
  private mutating func skipBlanks() -> Bool {
    let start = position
    while let byte = peek(0) {
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") {
        position += 1
      } else if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "\n") {
        startLine(after: position + 1)
      } else {
        break
      }
    }
    return position > start
  }

  private mutating func quoted(_ isSpaced: Bool) throws(ReadError) -> NFTToken {
    let start = position
    position += 1
    while let byte = peek(0), byte != UInt8(ascii: "\n"), byte != 0 {
      position += 1
      if byte == UInt8(ascii: "\"") { return token(.quoted, from: start, isSpaced) }
    }
    throw ReadError(
      line: line, column: start - lineStart + 1,
      message: "expected a closing quote before the end of the line")
  }

  private func wordLength(_ first: UInt8) -> Int {
    let address = addressLength()
    if address > 0 { return address }
    var length = 0
    if first.isDigit {
      while let byte = peek(length), byte.isNameByte { length += 1 }
      // "80." is a number and a dot.
      while length > 1, peek(length - 1) == UInt8(ascii: ".") { length -= 1 }
      return length
    }
    guard first.isLetter || first == UInt8(ascii: "_") else { return 0 }
    while let byte = peek(length),
      byte.isNameByte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
    {
      length += 1
    }
    if peek(length) == UInt8(ascii: "*") { length += 1 }
    return length
  }

  /// The longest IPv6 or link-layer address here; 0 where there is none.
  private func addressLength() -> Int {
    var length = 0
    while length < 5, let byte = peek(length), byte.isHexDigit { length += 1 }
    guard length < 5, peek(length) == UInt8(ascii: ":") else { return 0 }
    while length < 46, let byte = peek(length),
      byte.isHexDigit || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    {
      length += 1
    }
    while length > 1 {
      let text = String(decoding: source[position..<position + length], as: UTF8.self)
      if IPAddress(text)?.family == .ipv6 || isLinkLayerAddress(length) { return length }
      length -= 1
    }
    return 0
  }

  private func isLinkLayerAddress(_ length: Int) -> Bool {
    guard length == 17 else { return false }
    return (0..<17).allSatisfy { offset in
      let byte = source[position + offset]
      return offset % 3 == 2 ? byte == UInt8(ascii: ":") : byte.isHexDigit
    }
  }

  private func signLength(_ first: UInt8) -> Int {
    let second = peek(1)
    switch first {
    case UInt8(ascii: "="), UInt8(ascii: "!"):
      return second == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "<"), UInt8(ascii: ">"):
      return second == UInt8(ascii: "=") || second == first ? 2 : 1
    default:
      return "{}()[],;:&|^-/.@$*+".utf8.contains(first) ? 1 : 0
    }
  }
}

extension UInt8 {
  var isDigit: Bool { (0x30...0x39).contains(self) }
  var isLetter: Bool { (0x41...0x5A).contains(self & ~0x20) }
  var isHexDigit: Bool { isDigit || (0x41...0x46).contains(self & ~0x20) }
  /// Letters, digits, `_` and `.`; bytes beyond ASCII are refused, as nft does.
  fileprivate var isNameByte: Bool {
    isDigit || isLetter || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
  }
}
