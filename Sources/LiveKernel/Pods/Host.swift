internal import Glibc
public import Ruleset

/// The node this process runs on, seen through its /proc and the kubelet's directories.
///
/// It must see the processes of the pods: the host's own PID namespace, with CAP_SYS_PTRACE for
/// those of other users.
public struct Host: Sendable {
  /// Where procfs is mounted.
  public var processes: String
  /// Where the kubelet keeps a directory for each pod: NAMESPACE_NAME_UID.
  public var podLogs: String

  public init(processes: String = "/proc", podLogs: String = "/var/log/pods") {
    self.processes = processes
    self.podLogs = podLogs
  }
}

// MARK: - Pods

extension Host {
  /// Every network namespace that a process is in but the node's own; in order of their first
  /// process.
  ///
  /// The node's own is that of process 1. Where that may not be looked at, as in some sandboxes, it
  /// is taken to be the caller's.
  ///
  /// Throws what is lacking to see them all; in a PID namespace of its own a caller that sees some is
  /// on a node that is itself a container.
  public func pods() throws(LiveError) -> [Pod] {
    let own: UInt64
    do throws(LiveError) {
      own = try networkNamespace(of: 1)
    } catch {
      guard case .permission = error.kind, let mine = try? networkNamespace(of: getpid()) else {
        throw error
      }
      own = mine
    }
    if try hidesProcesses() {
      throw LiveError(.permission(.sysPtrace), "look at every process of this node")
    }
    let pods = try pods { $0 != own }
    if pods.isEmpty, !seesAllProcesses {
      throw LiveError(.permission(.hostProcesses), "find the pods of this node")
    }
    return pods
  }

  /// The pod whose network namespace has this inode, be it the node's own; without processes where
  /// none is in it, or none may be seen.
  public func pod(inNamespace inode: UInt64) throws(LiveError) -> Pod {
    try pods { $0 == inode }.first ?? Pod(inode: inode, processes: [])
  }

  private func pods(where isMeant: (UInt64) -> Bool) throws(LiveError) -> [Pod] {
    var places: [UInt64: Int] = [:]
    var pods: [Pod] = []
    for pid in try pids() {
      // A process may end at any moment; what is gone is no part of the answer.
      guard let inode = try? networkNamespace(of: pid), isMeant(inode) else { continue }
      let cgroup = (try? text(pid, "cgroup")).flatMap(CgroupPath.init(cgroupFile:))
      let process = Pod.Process(
        pid: pid, name: commandName(of: pid), containerID: cgroup?.containerID)
      if let place = places[inode] {
        pods[place].processes.append(process)
        pods[place].uid = pods[place].uid ?? cgroup?.podUID
      } else {
        places[inode] = pods.count
        pods.append(Pod(inode: inode, uid: cgroup?.podUID, processes: [process]))
      }
    }
    let directories = (try? File.names(in: podLogs, needs: .dacReadSearch)) ?? []
    for index in pods.indices { name(&pods[index], directories) }
    return pods
  }

  /// The pod of that name; throws `.gone` where the node has none, and `.ambiguous` where it has
  /// several, such as one that ends beside the one that takes its name.
  public func pod(_ namespace: String, _ name: String) throws(LiveError) -> Pod {
    let attempt = "find pod \(namespace)/\(name) among this node's processes"
    let found = try pods().filter { $0.namespace == namespace && $0.name == name }
    guard let pod = found.first else { throw LiveError(.gone, attempt) }
    guard found.count == 1 else {
      throw LiveError(.ambiguous(found.compactMap(\.processes.first?.pid)), attempt)
    }
    return pod
  }

  private func name(_ pod: inout Pod, _ directories: [String]) {
    if let uid = pod.uid {
      for directory in directories {
        let parts = directory.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == uid else { continue }
        (pod.namespace, pod.name) = (String(parts[0]), String(parts[1]))
        pod.nameSource = .logDirectory
        return
      }
    }
    for process in pod.processes {
      let environment = environment(of: process.pid)
      guard let name = environment["POD_NAME"], let namespace = environment["POD_NAMESPACE"] else {
        continue
      }
      (pod.namespace, pod.name) = (namespace, name)
      pod.nameSource = .environment
      return
    }
  }
}

// MARK: - Processes

extension Host {
  /// Ascending.
  func pids() throws(LiveError) -> [Int32] {
    try File.names(in: processes, needs: .dacReadSearch).compactMap { Int32($0) }.sorted()
  }

  /// The inode of a process's network namespace.
  public func networkNamespace(of pid: Int32) throws(LiveError) -> UInt64 {
    let path = "\(processes)/\(pid)/ns/net"
    let link = try File.link(path, needs: .sysPtrace)
    guard link.hasPrefix("net:["), link.hasSuffix("]"),
      let inode = UInt64(link.dropFirst(5).dropLast())
    else { throw LiveError(.malformed, "read \(path)") }
    return inode
  }

  /// The environment a process was started with; empty where it is gone or may not be seen.
  public func environment(of pid: Int32) -> [String: String] {
    guard let bytes = try? File.bytes("\(processes)/\(pid)/environ", needs: .sysPtrace) else {
      return [:]
    }
    var environment: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      let parts = entry.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      environment[String(decoding: parts[0], as: UTF8.self)] = String(
        decoding: parts[1], as: UTF8.self)
    }
    return environment
  }

  /// `sockets` with the processes among `pids` that hold each.
  public func holders(of sockets: [Socket], among pids: [Int32]) -> [Socket] {
    var holders: [UInt32: [Socket.Holder]] = [:]
    for pid in pids.sorted() {
      let directory = "\(processes)/\(pid)/fd"
      guard let files = try? File.names(in: directory, needs: .sysPtrace) else { continue }
      let holder = Socket.Holder(pid: pid, name: commandName(of: pid))
      for file in files {
        guard let link = try? File.link("\(directory)/\(file)", needs: .sysPtrace),
          link.hasPrefix("socket:["), let inode = UInt32(link.dropFirst(8).dropLast())
        else { continue }
        if holders[inode]?.contains(holder) != true { holders[inode, default: []].append(holder) }
      }
    }
    return sockets.map { socket in
      var socket = socket
      if socket.inode != 0 { socket.holders = holders[socket.inode] ?? [] }
      return socket
    }
  }

  private func commandName(of pid: Int32) -> String {
    (try? text(pid, "comm")).map { String($0.prefix { $0 != "\n" }) } ?? ""
  }

  func text(_ pid: Int32, _ file: String) throws(LiveError) -> String {
    try File.text("\(processes)/\(pid)/\(file)", needs: .sysPtrace)
  }
}
