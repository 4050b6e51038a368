/// The items of a comma list without white space, and where each starts.
public struct ListWords {
  public struct Word: Hashable, Sendable {
    public var text: String
    /// In characters from 0.
    public var offset: Int
  }

  /// In order, empty ones among them.
  public private(set) var words: [Word] = []

  public init(_ list: String) {
    var offset = 0
    for item in list.split(separator: ",", omittingEmptySubsequences: false) {
      let blanks = item.prefix { $0.isWhitespace }.count
      let text = item.drop { $0.isWhitespace }
      let end = text.lastIndex { !$0.isWhitespace }
      words.append(Word(text: end.map { String(text[...$0]) } ?? "", offset: offset + blanks))
      offset += item.count + 1
    }
  }

  /// The list without one of its items.
  public static func dropping(_ word: Word, from list: String) -> String {
    ListWords(list).words.filter { $0 != word && !$0.text.isEmpty }.map(\.text)
      .joined(separator: ",")
  }
}
