public import Documents

/// Names of pods as the API server has them: what `kubectl get pods -A -o json` prints.
public struct PodList: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var namespace: String
    public var name: String
  }

  /// By UID.
  public let pods: [String: Entry]

  /// A list of pods, or one pod; other objects in the list are passed over.
  public init(_ document: Node) throws(DocumentError) {
    var pods: [String: Entry] = [:]
    _ = try document.mapping()
    let items: [Node]
    if let list = document["items"] {
      items = try list.sequence()
    } else if document["kind"]?.scalar?.text == "Pod" {
      items = [document]
    } else {
      let found = document["kind"]?.scalar?.text ?? "no 'items'"
      throw DocumentError(
        .expected("a list of pods, as `kubectl get pods -A -o json` prints", found: found),
        at: document.mark)
    }
    for item in items where item["kind"]?.scalar?.text ?? "Pod" == "Pod" {
      guard let metadata = item["metadata"], let uid = metadata["uid"] else { continue }
      pods[try uid.text()] = Entry(
        namespace: try metadata["namespace"]?.text() ?? "default",
        name: try metadata["name"]?.text() ?? "")
    }
    self.pods = pods
  }
}
