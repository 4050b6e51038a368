/// One word, string or sign of an nft script, by its place in the source.
struct NFTToken {
  enum Kind: UInt8 {
    /// A name, a number, an address, a time: whatever has no blank in it.
    case word
    /// `"…"`, with its quotes.
    case quoted
    /// One or two bytes of punctuation.
    case sign
    /// The end of a line, with the comment before it if there is one.
    case newline
    case end
  }

  var kind: Kind
  /// Whether anything stood between the token before and this one.
  var isSpaced: Bool
  /// Bytes of the source.
  var start: Int
  var end: Int
  var line: Int
  /// From 1, in bytes.
  var column: Int
}
