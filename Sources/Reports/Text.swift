/// Plain text in columns, for terminals of 80 columns.
extension String {
  /// Blanks up to `width`; longer text stays whole.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// Lines of at most `width` columns, broken at blanks; a longer word has a line of its own.
  func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    var columns = 0
    for word in split(separator: " ") {
      let more = word.count
      if columns + 1 + more > width || lines.isEmpty {
        lines.append(String(word))
        columns = more
      } else {
        lines[lines.count - 1] += " " + word
        columns += 1 + more
      }
    }
    return lines
  }

  /// Paragraphs, which blank lines part, each broken anew.
  func paragraphs(to width: Int) -> String {
    var paragraphs = [""]
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        paragraphs.append("")
      } else {
        paragraphs[paragraphs.count - 1] += " \(line)"
      }
    }
    return paragraphs.map { $0.wrapped(to: width).joined(separator: "\n") }.joined(
      separator: "\n\n")
  }
}
