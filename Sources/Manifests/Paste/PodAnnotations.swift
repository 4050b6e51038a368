import Addresses
public import Documents
import Istio

/// Annotations for the pods of one workload, in every form they are pasted in.
///
/// An annotation replaces: a list here is the whole list.
public struct PodAnnotations: Hashable, Sendable {
  public var values: [AnnotationEdit.Value]

  public init(_ values: [AnnotationEdit.Value]) { self.values = values }

  public init(_ values: [(key: String, value: String)]) {
    self.values = values.map { AnnotationEdit.Value($0.key, $0.value) }
  }
}

// MARK: - Forms

extension PodAnnotations {
  /// Lines to paste under a pod template's `metadata.annotations`. Values are always in quotes,
  /// those of several lines excepted.
  public var lines: String {
    values.map { value in
      value.text.contains("\n")
        ? String(decoding: JSONValue.fields([field(value)]).yaml(), as: UTF8.self)
        : "\(value.name): \"\(value.text)\"\n"
    }.joined()
  }

  /// A strategic merge patch: annotations of the template and nothing else.
  public func patch(ofKind kind: String = "Deployment") -> JSONValue {
    let path = PodTemplate.path(ofKind: kind) + ["metadata", "annotations"]
    return path.reversed().reduce(fields) { inner, key in .fields([.init(key, inner)]) }
  }

  /// The command that patches the workload in the cluster, on one line; its pods are rolled.
  public func kubectl(_ target: PasteTarget) throws(PasteError) -> String {
    if let why = target.unpatchable { throw PasteError(description: "\(target.object): \(why)") }
    // A strategic merge is for the kinds of Kubernetes itself. Of annotations alone both are one.
    let type = target.apiVersion != nil ? "strategic" : "merge"
    let patch = String(
      decoding: patch(ofKind: target.object.kind).json(.compact).filter { $0 != .lineFeed },
      as: UTF8.self)
    return [
      "kubectl", "patch", target.object.kind.lowercased(), target.object.name, "-n",
      target.namespace, "--type", type, "-p", Self.quoted(patch),
    ].joined(separator: " ") + "\n"
  }

  /// A kustomization that patches the workload among its resources.
  public func kustomization(_ target: PasteTarget) throws(PasteError) -> JSONValue {
    guard let apiVersion = target.apiVersion else {
      throw PasteError(
        description:
          "\(target.object): kustomize wants an apiVersion, known here for Kubernetes' own kinds only"
      )
    }
    let name = target.object.name
    let head: [JSONValue.Field] = [
      .init("apiVersion", .string(apiVersion)), .init("kind", .string(target.object.kind)),
      .init("metadata", ["name": .string(name)]),
    ]
    var patch = patch(ofKind: target.object.kind)
    if case .fields(let fields) = patch { patch = .fields(Self.merged(head, fields)) }
    return [
      "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
      "patches": [
        [
          "target": ["kind": .string(target.object.kind), "name": .string(name)],
          "patch": .string(String(decoding: patch.yaml(), as: UTF8.self)),
        ]
      ],
    ]
  }

  /// Values for the workload's own chart, under the key that `helm create` gives charts for them.
  public var helmValues: JSONValue { ["podAnnotations": fields] }

  /// Values for Istio's own chart: for every pod of the mesh that has no annotation of its own.
  public func meshValues() throws(PasteError) -> JSONValue {
    var values = JSONValue.fields([])
    for value in self.values {
      guard let path = TrafficSetting(annotation: value.name)?.helmPath else {
        throw PasteError(description: "\(value.name) has no mesh-wide form")
      }
      values.set(.string(value.text), at: path.split(separator: ".").map(String.init)[...])
    }
    return values
  }

  private var fields: JSONValue { .fields(values.map(field)) }

  private func field(_ value: AnnotationEdit.Value) -> JSONValue.Field {
    .init(value.name, .string(value.text))
  }

  /// A Pod's annotations stand in the very `metadata` that its name stands in.
  private static func merged(_ head: [JSONValue.Field], _ rest: [JSONValue.Field])
    -> [JSONValue.Field]
  {
    var fields = head
    for field in rest {
      if let index = fields.firstIndex(where: { $0.key == field.key }),
        case .fields(let mine) = fields[index].value, case .fields(let theirs) = field.value
      {
        fields[index].value = .fields(mine + theirs)
      } else {
        fields.append(field)
      }
    }
    return fields
  }

  /// For a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

extension JSONValue {
  /// Sets a value at the end of a path; objects that are missing are made.
  mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
    guard let key = path.first else {
      self = value
      return
    }
    var fields: [Field] = if case .fields(let own) = self { own } else { [] }
    let index = fields.firstIndex { $0.key == key } ?? fields.count
    if index == fields.count { fields.append(Field(key, .fields([]))) }
    fields[index].value.set(value, at: path.dropFirst())
    self = .fields(fields)
  }
}

extension UInt8 {
  fileprivate static let lineFeed = UInt8(ascii: "\n")
}
