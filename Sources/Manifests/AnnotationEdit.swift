public import Documents
import Findings

/// Sets annotations of a workload's pods in the manifest's own text: comments, order and formatting
/// stay, and only the lines that must change do.
public struct AnnotationEdit: Hashable, Sendable {
  /// Annotations and their new values, in order.
  public var values: [Value]

  public struct Value: Hashable, Sendable {
    public var name: String
    public var text: String

    public init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }
  }

  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case document(DocumentError)
    case noWorkload(String)
    /// Several workloads, and none or more than one of the name asked for.
    case which([String])
    /// The text is built so that the edit would change something else as well.
    case shared(Mark)

    public var description: String {
      switch self {
      case .document(let error): "\(error)"
      case .noWorkload(let wanted): "holds no \(wanted)"
      case .which(let names): "which workload? It holds \(names.joined(separator: ", "))"
      case .shared(let mark):
        "\(mark): the annotations come by an alias, a merge key or a template; edit them there"
      }
    }
  }

  public init(_ values: [Value]) { self.values = values }

  /// The text with the annotations set on the pods of `Kind/name`, or of the only workload.
  public func applied(to bytes: [UInt8], object: String? = nil) throws(Failure) -> [UInt8] {
    var text = bytes
    for value in values { text = try set(value, in: text, object) }
    try verify(text, object)
    return text
  }

  private func set(_ value: Value, in bytes: [UInt8], _ object: String?) throws(Failure) -> [UInt8]
  {
    let (node, kind) = try Self.target(in: bytes, object)
    var splice = Splice(bytes)
    splice.set(
      value.text, at: PodTemplate.path(ofKind: kind) + ["metadata", "annotations", value.name],
      in: node)
    return splice.bytes
  }

  /// The workload's node, and its kind.
  private static func target(in bytes: [UInt8], _ wanted: String?) throws(Failure) -> (Node, String)
  {
    var found: [(node: Node, name: ObjectName)] = []
    for document in DocumentStream(bytes) {
      switch document {
      case .success(let node): collect(node, into: &found)
      case .failure(let error): throw .document(error)
      }
    }
    let names = found.map { "\($0.name)" }
    let chosen = found.filter { object in
      wanted.map { $0.lowercased() == "\(object.name)".lowercased() } ?? true
    }
    guard let first = chosen.first else { throw .noWorkload(wanted ?? "workload") }
    guard chosen.count == 1 else { throw .which(names) }
    return (first.node, first.name.kind)
  }

  private static func collect(_ node: Node, into found: inout [(node: Node, name: ObjectName)]) {
    guard let kind = node["kind"]?.scalar?.text else { return }
    if kind.hasSuffix("List"), let items = node["items"] {
      for item in Optional(items).items { collect(item, into: &found) }
      return
    }
    let name = ObjectName(node, kind: kind)
    let location = Location(node.mark, in: "")
    if Workload(node, object: name, location: location) != nil { found.append((node, name)) }
  }

  /// Nothing but what was asked for has changed: the new text is read again.
  private func verify(_ bytes: [UInt8], _ object: String?) throws(Failure) {
    let (node, kind) = try Self.target(in: bytes, object)
    var place: Node? = node
    for key in PodTemplate.path(ofKind: kind) + ["metadata", "annotations"] { place = place?[key] }
    for value in values {
      guard let written = place?[value.name]?.scalar, written.text == value.text,
        written.type == .string
      else { throw .shared(place?.mark ?? node.mark) }
    }
  }
}
