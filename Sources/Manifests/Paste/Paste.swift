public import Documents
import Istio

/// Something to paste, by where it goes.
public enum Paste: Hashable, Sendable {
  /// Into the pod template of the workload.
  case podAnnotations(PodAnnotations)
  /// Objects of Istio's, for `kubectl apply`.
  case objects([JSONValue])
  /// Into the values of Istio's own chart.
  case meshValues(JSONValue)
}

/// How something is pasted.
public enum PasteForm: String, Hashable, Sendable, CaseIterable {
  /// Lines for the pod template's annotations.
  case annotations
  /// A strategic merge patch.
  case patch
  /// A command that applies it.
  case kubectl
  /// A kustomization.
  case kustomize
  /// Values of the workload's own chart.
  case helm
  /// Values of Istio's own chart, for the whole mesh.
  case mesh
  /// Objects of Istio's.
  case istio
}

/// Why something cannot be had in some form.
public struct PasteError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Paste {
  /// As YAML; for annotations the part of the workload that holds them.
  public func yaml(for target: PasteTarget = .placeholder) -> String {
    switch self {
    case .podAnnotations(let annotations):
      Self.text([annotations.patch(ofKind: target.object.kind)])
    case .objects(let objects): Self.text(objects)
    case .meshValues(let values): Self.text([values])
    }
  }

  /// Throws where it has no such form, or not for this workload.
  public func text(as form: PasteForm, for target: PasteTarget) throws(PasteError) -> String {
    switch (self, form) {
    case (.podAnnotations(let annotations), .annotations): annotations.lines
    case (.podAnnotations, .patch), (.objects, .istio), (.meshValues, .mesh): yaml(for: target)
    case (.podAnnotations(let annotations), .kubectl): try annotations.kubectl(target)
    case (.podAnnotations(let annotations), .kustomize):
      Self.text([try annotations.kustomization(target)])
    case (.podAnnotations(let annotations), .helm): Self.text([annotations.helmValues])
    case (.podAnnotations(let annotations), .mesh): Self.text([try annotations.meshValues()])
    case (.podAnnotations, .istio):
      throw PasteError(description: "an annotation is no object of Istio's")
    case (.objects, _): throw PasteError(description: "an object of Istio's is for -o istio")
    case (.meshValues, _): throw PasteError(description: "a value of the mesh is for -o mesh")
    }
  }

  private static func text(_ documents: [JSONValue]) -> String {
    documents.map { String(decoding: $0.yaml(), as: UTF8.self) }.joined(separator: "---\n")
  }
}

// MARK: - Several at once

extension Paste {
  /// Both in one, for the same workload. Throws where one would undo the other.
  public func merged(with other: Paste) throws(PasteError) -> Paste {
    switch (self, other) {
    case (.podAnnotations(let mine), .podAnnotations(let theirs)):
      return .podAnnotations(try mine.merged(with: theirs))
    case (.objects(let mine), .objects(let theirs)):
      for object in theirs where !mine.contains(object) {
        guard let twin = mine.first(where: { $0.identity == object.identity }) else { continue }
        throw PasteError(
          description:
            "two different objects would be called \(twin.identity.joined(separator: "/"))"
        )
      }
      return .objects(mine + theirs.filter { !mine.contains($0) })
    case (.meshValues(let mine), .meshValues(let theirs)):
      return .meshValues(try mine.merged(with: theirs, at: []))
    default: throw PasteError(description: "these go to different places")
    }
  }
}

extension PodAnnotations {
  /// Lists are put together; anything else must be said by one only, or by both alike.
  fileprivate func merged(with other: PodAnnotations) throws(PasteError) -> PodAnnotations {
    var merged = self
    for value in other.values {
      guard let index = merged.values.firstIndex(where: { $0.name == value.name }) else {
        merged.values.append(value)
        continue
      }
      let own = merged.values[index].text
      if own == value.text { continue }
      guard TrafficSetting(annotation: value.name)?.isList == true else {
        throw PasteError(description: "two different values for \(value.name)")
      }
      let items = own.split(separator: ",")
      let rest = value.text.split(separator: ",").filter { !items.contains($0) }
      merged.values[index].text = (items + rest).joined(separator: ",")
    }
    return merged
  }
}

extension JSONValue {
  /// Kind, namespace and name of a Kubernetes object.
  fileprivate var identity: [String] {
    let metadata = self["metadata"]
    return [self["kind"], metadata?["namespace"], metadata?["name"]].map {
      if case .string(let text)? = $0 { text } else { "" }
    }
  }

  private subscript(key: String) -> JSONValue? {
    if case .fields(let fields) = self { fields.first { $0.key == key }?.value } else { nil }
  }

  fileprivate func merged(with other: JSONValue, at path: [String]) throws(PasteError) -> JSONValue
  {
    if self == other { return self }
    guard case .fields(var mine) = self, case .fields(let theirs) = other else {
      throw PasteError(description: "two different values for \(path.joined(separator: "."))")
    }
    for field in theirs {
      if let index = mine.firstIndex(where: { $0.key == field.key }) {
        mine[index].value = try mine[index].value.merged(
          with: field.value, at: path + [field.key])
      } else {
        mine.append(field)
      }
    }
    return .fields(mine)
  }
}
