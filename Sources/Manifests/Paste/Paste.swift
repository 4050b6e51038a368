public import Documents

/// Something to paste, by where it goes.
public enum Paste: Hashable, Sendable {
  /// Into the pod template of the workload.
  case podAnnotations(PodAnnotations)
  /// Objects of Istio's, for `kubectl apply`.
  case objects([JSONValue])
  /// Into the values of Istio's own chart.
  case meshValues(JSONValue)

  /// As YAML; for annotations the part of a Deployment that holds them.
  public func yaml(for target: PasteTarget = .placeholder) -> String {
    switch self {
    case .podAnnotations(let annotations):
      text([annotations.patch(ofKind: target.object.kind)])
    case .objects(let objects): text(objects)
    case .meshValues(let values): text([values])
    }
  }

  private func text(_ documents: [JSONValue]) -> String {
    documents.map { String(decoding: $0.yaml(), as: UTF8.self) }.joined(separator: "---\n")
  }
}
