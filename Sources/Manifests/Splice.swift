import Documents

/// A text of YAML or JSON on its way to a new value in one place.
struct Splice {
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Sets a string at the end of a path of keys; mappings that are missing are made.
  mutating func set(_ text: String, at path: [String], in root: Node) {
    var node = root
    for (index, key) in path.enumerated() {
      let rest = Array(path[(index + 1)...])
      guard case .mapping(let mapping) = node.value else { return }
      guard let child = mapping[key] else {
        insert([key] + rest, text, into: node, mapping)
        return
      }
      // What an alias or a merge key brought is written elsewhere, and perhaps used elsewhere too.
      guard node.range.contains(child.mark.offset) || child.range.isEmpty else { return }
      if rest.isEmpty {
        replace(child, with: quoted(text))
        return
      }
      guard case .mapping(let inner) = child.value, !inner.entries.isEmpty else {
        fill(key, child, with: rest, text, in: node, mapping)
        return
      }
      node = child
    }
  }

  // MARK: - Edits

  private mutating func replace(_ node: Node, with text: String) {
    var range = node.range
    // A block scalar reaches past its last line end, which is not its own.
    while range.upperBound > range.lowerBound + 1, bytes[range.upperBound - 1].isLineBreak {
      range = range.lowerBound..<(range.upperBound - 1)
    }
    bytes.replaceSubrange(range, with: Array((range.isEmpty ? " " : "").utf8) + Array(text.utf8))
  }

  /// A key whose value is null or `{}` gets its first entry.
  private mutating func fill(
    _ key: String, _ child: Node, with path: [String], _ text: String, in parent: Node,
    _ mapping: Mapping
  ) {
    guard let place = mapping.key(key) else { return }
    if case .mapping = child.value, !isBlock(child) {
      let entry = flow(path, text)
      replace(child, with: "{\(entry)}")
    } else if isBlock(parent) {
      let lines = block(path, text, indent: place.mark.column + 1)
      // A null that is written out gives way; what else stands on its line stays.
      bytes.removeSubrange(child.range)
      let end = lineEnd(from: max(place.mark.offset, child.range.lowerBound))
      bytes.insert(contentsOf: Array((newline + lines.joined(separator: newline)).utf8), at: end)
    } else {
      replace(child, with: "{\(flow(path, text))}")
    }
  }

  private mutating func insert(
    _ path: [String], _ text: String, into node: Node, _ mapping: Mapping
  ) {
    guard isBlock(node) else {
      insertFlow(flow(path, text), into: node, mapping)
      return
    }
    // Keys that a merge key brought stand elsewhere, or further right.
    let own = mapping.entries.filter {
      node.range.contains($0.key.mark.offset) && margin(before: $0.key.mark.offset) != nil
    }
    if let last = own.last, path.count == 1, last.value.scalar.map({ !$0.isBlock }) ?? false {
      let lines = block(path, text, indent: last.key.mark.column - 1)
      let end = lineEnd(from: max(last.key.mark.offset, last.value.range.upperBound))
      bytes.insert(contentsOf: Array((newline + lines.joined(separator: newline)).utf8), at: end)
      return
    }
    // Before the first key, whose line may begin with the dash of a list.
    let first = own.first?.key.mark.offset ?? mergeKey(of: node)
    guard let first, let indent = margin(before: first) else { return }
    let lines = block(path, text, indent: indent)
    let head = lines.joined(separator: newline).drop { $0 == " " }
    let rest = newline + String(repeating: " ", count: indent)
    bytes.insert(contentsOf: Array((head + rest).utf8), at: first)
  }

  /// Before the first entry, on a line of its own where that one has one.
  private mutating func insertFlow(_ entry: String, into node: Node, _ mapping: Mapping) {
    let start = node.range.lowerBound + 1
    let key = mapping.entries.first?.key.mark.offset
    let gap = key.map { $0 < start ? [] : Array(bytes[start..<$0]) } ?? []
    if gap.contains(where: \.isLineBreak), gap.allSatisfy(\.isBlank) {
      bytes.insert(contentsOf: gap + Array("\(entry),".utf8), at: start)
    } else {
      let separator = key == nil ? "" : ", "
      bytes.insert(contentsOf: Array((entry + separator).utf8), at: start)
    }
  }

  // MARK: - Words

  private func isBlock(_ node: Node) -> Bool {
    !node.range.isEmpty && bytes[node.range.lowerBound] != UInt8(ascii: "{")
  }

  /// How far from the left a key begins its line; nil where it stands behind another.
  private func margin(before offset: Int) -> Int? {
    let line = bytes[..<offset].lastIndex(where: \.isLineBreak).map { $0 + 1 } ?? 0
    let isFirst = bytes[line..<offset].allSatisfy { $0 == 0x20 || $0 == UInt8(ascii: "-") }
    return isFirst ? offset - line : nil
  }

  /// The `<<` of a mapping that has nothing else of its own.
  private func mergeKey(of node: Node) -> Int? {
    bytes[node.range].indices.first { bytes[$0...].starts(with: Array("<<".utf8)) }
  }

  private func lineEnd(from start: Int) -> Int {
    var index = start
    while index < bytes.count, !bytes[index].isLineBreak { index += 1 }
    return index
  }

  /// As the text ends its lines.
  private var newline: String {
    guard let end = bytes.firstIndex(where: \.isLineBreak) else { return "\n" }
    return bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A ? "\r\n" : "\n"
  }

  private func block(_ path: [String], _ text: String, indent: Int) -> [String] {
    path.enumerated().map { level, key in
      let margin = String(repeating: " ", count: indent + 2 * level)
      return level == path.count - 1 ? "\(margin)\(key): \(quoted(text))" : "\(margin)\(key):"
    }
  }

  /// Quotes around keys too: it may be JSON.
  private func flow(_ path: [String], _ text: String) -> String {
    guard let key = path.first else { return quoted(text) }
    let rest = Array(path.dropFirst())
    return "\(quoted(key)): " + (rest.isEmpty ? quoted(text) : "{\(flow(rest, text))}")
  }

  private func quoted(_ text: String) -> String {
    String(decoding: JSONValue.string(text).json(.compact).prefix { $0 != 0x0A }, as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var isLineBreak: Bool { self == 0x0A || self == 0x0D }
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || isLineBreak }
}

extension Scalar {
  fileprivate var isBlock: Bool { style == .literal || style == .folded }
}
