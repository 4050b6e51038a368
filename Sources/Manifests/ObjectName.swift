/// How a Kubernetes object is called.
public struct ObjectName: Hashable, Sendable {
  public var kind: String
  /// With a `*` at the end for a `generateName`; empty where there is neither.
  public var name: String
  /// Nil where the manifest leaves it to whoever applies it.
  public var namespace: String?

  public init(kind: String, name: String, namespace: String? = nil) {
    self.kind = kind
    self.name = name
    self.namespace = namespace
  }
}

extension ObjectName: CustomStringConvertible {
  /// `Deployment/orders`, as in `manifest:FILE#Kind/name` and `--suppress CODE@Kind/name`.
  public var description: String { "\(kind)/\(name)" }
}
