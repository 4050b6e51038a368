import ArgumentParser

/// An option's value that cannot be read: unusable input like a file's, not a fault of usage, so the
/// exit code is 2 and the answer says what the option takes.
struct RefusedValue: CustomStringConvertible {
  let description: String

  /// nil where the arguments are at fault in another way.
  init?(_ error: any Error, in command: any ParsableCommand.Type) {
    // The parser keeps the kinds of its errors to itself.
    let message = BypassPlan.message(for: error)
    guard message.hasPrefix("The value '"), let start = message.ranges(of: " is invalid for '").last
    else { return nil }
    let option = message[start.upperBound...].prefix { $0 != "'" && $0 != " " }
    let help = BypassPlan.helpMessage(for: command, includeHidden: true, columns: 80)
    description = "t" + message.dropFirst() + Self.entry(for: String(option), in: help)
  }

  /// The lines of a help text on one option or argument.
  private static func entry(for option: String, in help: String) -> String {
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    let first = lines.firstIndex { line in
      let text = line.drop { $0 == " " }
      return text.hasPrefix(option)
        && text.dropFirst(option.count).first.map { " ,/".contains($0) } ?? true
    }
    guard let first else { return "" }
    let rest = lines[(first + 1)...].prefix { $0.hasPrefix("        ") }
    return ([lines[first]] + rest).map { "\n" + $0 }.joined()
  }
}
