/// A unified diff of two texts.
public enum LineDiff {
  /// Empty where they are equal; three lines of context, as `diff -u` prints it.
  public static func unified(_ old: String, _ new: String, file: String) -> String {
    let before = lines(old)
    let after = lines(new)
    let edits = edits(before, after)
    guard edits.contains(where: { $0.mark != " " }) else { return "" }
    return "--- \(file)\n+++ \(file)\n" + hunks(edits).joined()
  }

  private struct Edit {
    var mark: Character
    var text: String
    var old: Int
    var new: Int
  }

  /// With their line ends, so that a change of those is a change. By bytes: CR LF is one character.
  private static func lines(_ text: String) -> [String] {
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
      let isLast = index == lines.count - 1
      return isLast && line.isEmpty ? nil : String(Substring(line)) + (isLast ? "" : "\n")
    }
  }

  /// `CollectionDifference` is Myers's algorithm: as few lines as there can be.
  private static func edits(_ before: [String], _ after: [String]) -> [Edit] {
    let difference = after.difference(from: before)
    let removed = Set(difference.removals.map(\.place))
    let inserted = Set(difference.insertions.map(\.place))
    var edits: [Edit] = []
    var old = 0
    var new = 0
    while old < before.count || new < after.count {
      if old < before.count, removed.contains(old) {
        edits.append(Edit(mark: "-", text: before[old], old: old, new: new))
        old += 1
      } else if new < after.count, inserted.contains(new) {
        edits.append(Edit(mark: "+", text: after[new], old: old, new: new))
        new += 1
      } else {
        edits.append(Edit(mark: " ", text: before[old], old: old, new: new))
        old += 1
        new += 1
      }
    }
    return edits
  }

  private static func hunks(_ edits: [Edit]) -> [String] {
    var ranges: [ClosedRange<Int>] = []
    for (index, edit) in edits.enumerated() where edit.mark != " " {
      let range = max(0, index - 3)...min(edits.count - 1, index + 3)
      if let last = ranges.last, range.lowerBound <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...range.upperBound
      } else {
        ranges.append(range)
      }
    }
    return ranges.map { range in
      let part = edits[range]
      let head = "@@ -\(span(part, of: "-", \.old)) +\(span(part, of: "+", \.new)) @@\n"
      return head
        + part.map { edit in
          let end = edit.text.last == "\n" || edit.text.last == "\r\n"
          return "\(edit.mark)\(edit.text)" + (end ? "" : "\n\\ No newline at end of file\n")
        }.joined()
    }
  }

  private static func span(
    _ part: ArraySlice<Edit>, of mark: Character, _ place: KeyPath<Edit, Int>
  ) -> String {
    let count = part.count { $0.mark == " " || $0.mark == mark }
    let start = (part.first?[keyPath: place] ?? 0) + (count == 0 ? 0 : 1)
    return count == 1 ? "\(start)" : "\(start),\(count)"
  }
}

extension CollectionDifference.Change {
  fileprivate var place: Int {
    switch self {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }
}
