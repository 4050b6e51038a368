import Documents
public import Findings

/// `metadata` of an object or of a pod template.
public struct Metadata: Hashable, Sendable {
  /// An annotation or a label.
  public struct Entry: Hashable, Sendable {
    public var name: String
    public var location: Location
    /// Nil for null, which the API server takes for an empty text, and for lists and mappings.
    public var value: Text?
    /// What is written, in words, where it is no string.
    public var kind: String

    /// As the API server reads it; nil where it refuses the object.
    public var text: String? {
      if let value { return value.isString ? value.text : nil }
      return kind == "null" ? "" : nil
    }

    /// Where the value stands, or the key of a value that is none.
    public func location(ofCharacter offset: Int) -> Location {
      value?.location(ofCharacter: offset) ?? location
    }
  }

  public var annotations: [Entry] = []
  public var labels: [Entry] = []

  init() {}

  init(_ node: Node?, in file: String) {
    annotations = Self.entries(node?["annotations"], in: file)
    labels = Self.entries(node?["labels"], in: file)
  }

  private static func entries(_ node: Node?, in file: String) -> [Entry] {
    guard case .mapping(let mapping)? = node?.value else { return [] }
    return mapping.entries.map { Entry($0, in: file) }
  }

  public func annotation(_ name: String) -> Entry? { annotations.first { $0.name == name } }
  public func label(_ name: String) -> Entry? { labels.first { $0.name == name } }

  var labelTexts: [String: String] { Self.texts(labels) }
  var annotationTexts: [String: String] { Self.texts(annotations) }

  private static func texts(_ entries: [Entry]) -> [String: String] {
    var texts: [String: String] = [:]
    for entry in entries { texts[entry.name] = entry.text ?? entry.value?.text }
    return texts
  }
}

extension Metadata.Entry {
  init(_ entry: Mapping.Entry, in file: String) {
    name = entry.key.name
    location = Location(entry.key.mark, in: file)
    value = Text(entry.value, in: file)
    // Nearly all are strings, and nobody asks for their words.
    kind = value?.isString == true ? "a string" : entry.value.kind
  }
}
