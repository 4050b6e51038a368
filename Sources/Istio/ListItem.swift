/// An item of a comma list and where it starts in the list, in characters from 0.
struct ListItem: Hashable {
  var text: Substring
  var offset: Int

  /// Every item between commas, empty ones too.
  static func all(of list: String) -> [ListItem] {
    var items: [ListItem] = []
    var offset = 0
    for text in list.split(separator: ",", omittingEmptySubsequences: false) {
      items.append(ListItem(text: text, offset: offset))
      offset += text.count + 1
    }
    return items
  }

  /// The items as the generator takes them: empty ones are dropped, nothing is trimmed.
  ///
  /// Models `Split` of tools/common/config/types.go.
  static func kept(of list: String) -> [ListItem] {
    all(of: list).filter { !$0.text.isEmpty }
  }
}

extension StringProtocol {
  /// Without the white space at both ends.
  var trimmed: SubSequence {
    guard let last = lastIndex(where: { !$0.isWhitespace }) else { return self[endIndex...] }
    return self[...last].drop(while: \.isWhitespace)
  }
}

extension StringProtocol {
  /// One or more of the digits 0 to 9 and nothing else.
  var isDecimal: Bool {
    !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
