/// A command as a shell takes it, broken before options into lines of 80 columns as far as they allow.
struct ShellCommand {
  /// What stands before the first option.
  var start: String
  /// Options, each with its value.
  var options: [String]

  /// - Parameter flags: options as typed, in one line.
  init(_ start: String, _ options: [String] = [], flags: String = "", then last: [String] = []) {
    self.start = start
    self.options = options + Self.options(in: flags) + last
  }

  func lines(indent: Int) -> [String] {
    let whole = ([start] + options).joined(separator: " ")
    if whole.count <= 80 { return [whole] }
    var lines = [start]
    for option in options {
      let line = "\(lines[lines.count - 1]) \(option)"
      if line.count <= 78 {
        lines[lines.count - 1] = line
      } else {
        lines.append(String(repeating: " ", count: indent) + option)
      }
    }
    return lines.dropLast().map { "\($0) \\" } + lines.suffix(1)
  }

  /// Each option with its value; a dash within quotes begins none.
  private static func options(in flags: String) -> [String] {
    var options: [String] = []
    var isQuoted = false
    for word in flags.split(separator: " ", omittingEmptySubsequences: false) {
      if options.isEmpty || !isQuoted && word.hasPrefix("--") {
        options.append(String(word))
      } else {
        options[options.count - 1] += " \(word)"
      }
      if !word.count(where: { $0 == "'" }).isMultiple(of: 2) { isQuoted.toggle() }
    }
    return options.filter { !$0.isEmpty }
  }
}
