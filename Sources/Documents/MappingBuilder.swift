/// Collects the entries of a mapping, refuses a key given twice, and applies merge keys.
struct MappingBuilder {
  private(set) var mapping = Mapping(entries: [])
  /// Of each entry, whether its key is written in this mapping; only such a key can be a duplicate.
  private var isWritten: [Bool] = []
  /// Where each key is, kept once there are too many to look through.
  private var places: [String: Int] = [:]

  private static let fewEntries = 12

  mutating func append(_ value: Node, for key: Node) throws(DocumentError) {
    guard let scalar = key.scalar else { throw key.mismatch("a key that is a string") }
    try append(value, for: Mapping.Key(name: scalar.keyName, mark: key.mark))
  }

  mutating func append(_ value: Node, for key: Mapping.Key) throws(DocumentError) {
    let entry = Mapping.Entry(key: key, value: value)
    guard let place = place(of: key.name) else { return add(entry, isWritten: true) }
    guard !isWritten[place] else {
      let first = mapping.entries[place].key.mark
      throw DocumentError(.duplicateKey(key.name, first: first), at: key.mark)
    }
    mapping.entries[place] = entry
    isWritten[place] = true
  }

  /// The entries of a mapping, or of several of which the earlier win.
  ///
  /// They replace what stands before the merge key and are replaced by what follows: go-yaml v2
  /// (`decode.go`), and so kubectl and Helm, take them in place, where the YAML 1.1 merge type would
  /// let every written key win.
  mutating func merge(_ value: Node) throws(DocumentError) {
    switch value.value {
    case .mapping(let merged): put(merged)
    case .sequence(let items):
      for item in items.reversed() {
        guard case .mapping(let merged) = item.value else {
          throw item.mismatch("a mapping to merge")
        }
        put(merged)
      }
    default: throw value.mismatch("a mapping to merge, or a sequence of them")
    }
  }

  private mutating func put(_ merged: Mapping) {
    for entry in merged.entries {
      if let place = place(of: entry.key.name) {
        mapping.entries[place].value = entry.value
      } else {
        add(entry, isWritten: false)
      }
    }
  }

  private mutating func add(_ entry: Mapping.Entry, isWritten: Bool) {
    let place = mapping.entries.count
    mapping.entries.append(entry)
    self.isWritten.append(isWritten)
    if place == Self.fewEntries {
      for (index, entry) in mapping.entries.enumerated() { places[entry.key.name] = index }
    } else if place > Self.fewEntries {
      places[entry.key.name] = place
    }
  }

  private func place(of name: String) -> Int? {
    if mapping.entries.count > Self.fewEntries { return places[name] }
    return mapping.entries.firstIndex { $0.key.name == name }
  }
}
