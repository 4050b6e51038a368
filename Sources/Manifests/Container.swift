import Documents
public import Findings

/// What of a container matters to capture.
public struct Container: Hashable, Sendable {
  public enum Role: Hashable, Sendable {
    case app
    /// Runs to its end before the next one starts.
    case initial
    /// An init container with `restartPolicy: Always`, which stays beside the app.
    case nativeSidecar
  }

  public var name: String
  public var location: Location
  public var role: Role
  public var runAsUser: Identity?
  public var runAsGroup: Identity?
  /// What Istio told a container of its own that it put into the pod; nil in all others, which nobody
  /// asks.
  public var invocation: Invocation?

  /// A command line with what belongs to it.
  public struct Invocation: Hashable, Sendable {
    public var image: String?
    public var arguments: [String]
    /// Variables with a value of their own.
    public var environment: [String: String]
  }

  /// A user or a group, and where it is said.
  public struct Identity: Hashable, Sendable {
    public var id: UInt32
    public var location: Location
  }

  /// Nil for what is no container.
  init?(_ node: Node, role: Role, in file: String) {
    guard case .mapping = node.value else { return nil }
    let nameNode = node["name"]
    name = nameNode?.scalar?.text ?? ""
    location = Location((nameNode ?? node).mark, in: file)
    let isSidecar = node["restartPolicy"]?.scalar?.text == "Always"
    self.role = role == .initial && isSidecar ? .nativeSidecar : role
    runAsUser = Identity(node["securityContext", "runAsUser"], in: file)
    runAsGroup = Identity(node["securityContext", "runAsGroup"], in: file)
    invocation = name.hasPrefix("istio-") ? Invocation(node) : nil
  }
}

extension Container.Invocation {
  fileprivate init(_ node: Node) {
    image = node["image"]?.scalar?.text
    arguments = ["command", "args"].flatMap { key in
      node[key].items.compactMap(\.scalar?.text)
    }
    environment = [:]
    for variable in node["env"].items {
      guard let name = variable["name"]?.scalar?.text, let value = variable["value"]?.scalar
      else { continue }
      environment[name] = value.text
    }
  }
}

extension Container.Identity {
  init?(_ node: Node?, in file: String) {
    guard let node, let number = node.scalar?.integer, let id = UInt32(exactly: number) else {
      return nil
    }
    self.id = id
    location = Location(node.mark, in: file)
  }
}
