extension IPTables {
  /// A simple command of a shell script, and what comes after it.
  struct ShellCommand {
    enum Link { case end, and, or }

    var words: [Word]
    var next: Link
  }

  /// Splits a shell script into its simple commands: quotes, backslashes, continued lines, comments,
  /// `;`, `&&` and `||`; redirections are left out. What would need a shell to know — variables,
  /// substitutions, pipes, compound commands — is an error, not a guess.
  struct ShellCommands {
    private let text: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: [UInt8]) { self.text = text }

    /// The next command that has words; nil at the end of the text.
    mutating func next() throws(ReadError) -> ShellCommand? {
      var words: [Word] = []
      while let byte = peek() {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
        case UInt8(ascii: "#"):
          while let byte = peek(), byte != UInt8(ascii: "\n") {
            try refuseNUL(byte)
            index += 1
          }
        case UInt8(ascii: "\n"), UInt8(ascii: ";"):
          advance()
          if !words.isEmpty { return ShellCommand(words: words, next: .end) }
        case UInt8(ascii: "&"), UInt8(ascii: "|"):
          let isAnd = byte == UInt8(ascii: "&")
          if isAnd, peek(1) == UInt8(ascii: ">") {
            try skipRedirection()
            continue
          }
          guard peek(1) == byte, !words.isEmpty else {
            throw error(
              "expected an iptables command, found '\(isAnd ? "&" : "|")', which needs a shell")
          }
          index += 2
          return ShellCommand(words: words, next: isAnd ? .and : .or)
        case UInt8(ascii: ">"), UInt8(ascii: "<"): try skipRedirection()
        case UInt8(ascii: "\\") where continuation > 0: advance(over: continuation)
        default:
          guard let word = try word() else { continue }
          words.append(word)
        }
      }
      return words.isEmpty ? nil : ShellCommand(words: words, next: .end)
    }

    private func peek(_ offset: Int = 0) -> UInt8? {
      index + offset < text.count ? text[index + offset] : nil
    }

    /// Bytes of a backslash and the line end after it, if that is what stands here.
    private var continuation: Int {
      if peek(1) == UInt8(ascii: "\n") { return 2 }
      return peek(1) == UInt8(ascii: "\r") && peek(2) == UInt8(ascii: "\n") ? 3 : 0
    }

    private mutating func advance(over count: Int = 1) {
      index += count
      if text[index - 1] == UInt8(ascii: "\n") {
        line += 1
        lineStart = index
      }
    }

    private func error(_ message: String) -> ReadError {
      ReadError(line: line, column: index - lineStart + 1, message: message)
    }

    private func refuseNUL(_ byte: UInt8) throws(ReadError) {
      if byte == 0 { throw error("expected text, found a NUL byte") }
    }

    /// `>`, `2>`, `&>`, `>>`, `<` and the file or descriptor after it.
    private mutating func skipRedirection() throws(ReadError) {
      while let byte = peek(),
        [UInt8(ascii: "&"), UInt8(ascii: ">"), UInt8(ascii: "<")].contains(byte)
      {
        index += 1
      }
      while peek() == UInt8(ascii: " ") || peek() == UInt8(ascii: "\t") { index += 1 }
      _ = try word()
    }
  }
}

// MARK: - Words

extension IPTables.ShellCommands {
  /// A word with its quotes resolved; nil where it was the number of a redirection.
  private mutating func word() throws(ReadError) -> IPTables.Word? {
    var word = IPTables.Word(text: "", line: line, column: index - lineStart + 1)
    var bytes: [UInt8] = []
    scan: while let byte = peek() {
      try refuseNUL(byte)
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
        UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
        break scan
      case UInt8(ascii: ">"), UInt8(ascii: "<"):
        if !word.isQuoted, !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) }) {
          try skipRedirection()
          return nil
        }
        break scan
      case UInt8(ascii: "'"):
        word.isQuoted = true
        try singleQuoted(into: &bytes)
      case UInt8(ascii: "\""):
        word.isQuoted = true
        try doubleQuoted(into: &bytes)
      case UInt8(ascii: "\\"):
        if continuation > 0 {
          advance(over: continuation)
          continue
        }
        guard let escaped = peek(1) else { throw error("expected a character after '\\'") }
        bytes.append(escaped)
        index += 2
      default:
        try refuseExpansion(byte)
        bytes.append(byte)
        index += 1
      }
    }
    word.text = String(decoding: bytes, as: UTF8.self)
    return word
  }

  /// What only a shell that runs could replace.
  private func refuseExpansion(_ byte: UInt8) throws(ReadError) {
    if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: ")")
    {
      throw error(
        "expected plain words, found '\(Character(UnicodeScalar(byte)))', which needs a shell: give the commands as they run"
      )
    }
  }

  private mutating func singleQuoted(into bytes: inout [UInt8]) throws(ReadError) {
    let start = self
    index += 1
    while let byte = peek(), byte != UInt8(ascii: "'") {
      try refuseInQuotes(byte)
      bytes.append(byte)
      index += 1
    }
    guard peek() != nil else { throw start.error("expected a closing '''") }
    index += 1
  }

  private mutating func doubleQuoted(into bytes: inout [UInt8]) throws(ReadError) {
    let start = self
    index += 1
    while let byte = peek(), byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\"), continuation > 0 {
        advance(over: continuation)
        continue
      }
      try refuseInQuotes(byte)
      if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`") { try refuseExpansion(byte) }
      if byte == UInt8(ascii: "\\"), let escaped = peek(1), "\"\\$`".utf8.contains(escaped) {
        bytes.append(escaped)
        index += 2
      } else {
        bytes.append(byte)
        index += 1
      }
    }
    guard peek() != nil else { throw start.error("expected a closing '\"'") }
    index += 1
  }

  /// Rule text is one line; so are its words.
  private func refuseInQuotes(_ byte: UInt8) throws(ReadError) {
    try refuseNUL(byte)
    if byte == UInt8(ascii: "\n") { throw error("expected a closing quote in this line") }
  }
}
