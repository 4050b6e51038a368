import Documents
import Findings

extension Workload {
  /// An annotation of Istio's on the way to the pods' metadata, but not there.
  public struct Stray: Hashable, Sendable {
    public var entry: Metadata.Entry
    /// The keys that lead to it, as a path; empty at the object's top.
    public var place: String
  }

  /// Annotations beside `metadata`, directly in it, or in that of something that is no pod, such as a
  /// CronJob's Job. Containers and volumes are not looked into.
  static func strays(_ node: Node, kind: String, in file: String) -> [Stray] {
    var strays: [Stray] = []
    func look(in mapping: Node?, _ place: [String]) {
      guard case .mapping(let mapping)? = mapping?.value else { return }
      for entry in mapping.entries where entry.key.name.contains("istio.io/") {
        strays.append(Stray(entry: Metadata.Entry(entry, in: file), place: place.dotted))
      }
    }
    let path = PodTemplate.path(ofKind: kind)
    var owner: Node? = node
    for depth in 0...path.count + 1 {
      let place = Array((path + ["spec"]).prefix(depth))
      look(in: owner, place)
      look(in: owner?["annotations"], place + ["annotations"])
      look(in: owner?["metadata"], place + ["metadata"])
      let hasMetadata = depth == 0 || depth == path.count
      if !hasMetadata {
        look(in: owner?["metadata", "annotations"], place + ["metadata", "annotations"])
      }
      if depth < path.count + 1 { owner = owner?[(path + ["spec"])[depth]] }
    }
    return strays
  }
}

extension [String] {
  fileprivate var dotted: String { joined(separator: ".") }
}
