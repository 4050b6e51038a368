public import Ruleset

/// A network namespace of this node that is not the node's own, and the pod it belongs to as far as
/// the node itself knows.
public struct Pod: Hashable, Sendable {
  /// Where its name was found.
  public enum NameSource: String, Hashable, Sendable {
    /// The directory the kubelet keeps for its logs.
    case logDirectory
    /// POD_NAME and POD_NAMESPACE of a process in it, as Istio's proxy has them.
    case environment
  }

  public struct Process: Hashable, Sendable {
    public var pid: Int32
    /// The command's name, at most fifteen bytes.
    public var name: String
    public var containerID: String?

    public init(pid: Int32, name: String, containerID: String? = nil) {
      self.pid = pid
      self.name = name
      self.containerID = containerID
    }
  }

  /// Envoy or its agent, with what it was started with.
  public struct Proxy: Hashable, Sendable {
    public var process: Process
    public var owner: Owner
    public var environment: [String: String]

    public init(process: Process, owner: Owner, environment: [String: String] = [:]) {
      self.process = process
      self.owner = owner
      self.environment = environment
    }
  }

  /// Inode of the network namespace.
  public var inode: UInt64
  /// As the API server has it; nil for a namespace that no kubelet made.
  public var uid: String?
  public var namespace: String?
  public var name: String?
  public var nameSource: NameSource?
  /// In order of their numbers.
  public var processes: [Process]

  public init(inode: UInt64, uid: String? = nil, processes: [Process] = []) {
    self.inode = inode
    self.uid = uid
    self.processes = processes
  }

  /// Distinct, in order of the processes.
  public var containerIDs: [String] {
    processes.reduce(into: []) { ids, process in
      if let id = process.containerID, !ids.contains(id) { ids.append(id) }
    }
  }
}

extension Pod: CustomStringConvertible {
  /// `NAMESPACE/NAME`, else `uid UID`, else the namespace's inode.
  public var description: String {
    if let namespace, let name { return "\(namespace)/\(name)" }
    return uid.map { "uid \($0)" } ?? "net:[\(inode)]"
  }
}
