/// A row of a table in a Markdown document.
enum MarkdownTable {
  static func row(_ cells: [String]) -> String {
    let escaped = cells.map { $0.replacing("|", with: "\\|") }
    return "| \(escaped.joined(separator: " | ")) |"
  }
}
