internal import CKernel
internal import Glibc
public import Ruleset

extension Host {
  /// The proxy among the processes of a pod: Envoy, else the agent that starts it, else whoever runs
  /// as Istio's own user 1337.
  public func proxy(in pod: Pod) -> Pod.Proxy? {
    let found =
      pod.processes.first { $0.name == "envoy" } ?? pod.processes.first { $0.name == "pilot-agent" }
      ?? pod.processes.first { owner(of: $0.pid)?.uid == 1337 }
    guard let found, let owner = owner(of: found.pid) else { return nil }
    return Pod.Proxy(process: found, owner: owner, environment: environment(of: found.pid))
  }

  /// Who the process opens sockets as: its filesystem ids.
  public func owner(of pid: Int32) -> Owner? {
    guard let lines = try? text(pid, "status").utf8.split(separator: UInt8(ascii: "\n")) else {
      return nil
    }
    func id(_ key: String) -> UInt32? {
      let line = lines.first { $0.starts(with: key.utf8) }
      return line.flatMap(Substring.init)?.split(separator: "\t").last.flatMap { UInt32($0) }
    }
    guard let uid = id("Uid:"), let gid = id("Gid:") else { return nil }
    return Owner(uid: uid, gid: gid)
  }

  /// A file as the process sees it, under its own root directory.
  ///
  /// What is in a container is foreign: links in it do not lead out of it, only a plain file is
  /// read, and no more of it than `limit` bytes. Needs CAP_SYS_PTRACE for another user's process.
  public func file(_ path: String, seenBy pid: Int32, limit: Int = 4 << 20) throws(LiveError)
    -> [UInt8]
  {
    let attempt = "read \(path) of process \(pid)"
    let file = ck_open_in_root("\(processes)/\(pid)/root", path)
    guard file >= 0 else { throw LiveError(errno: -file, attempt, needs: .sysPtrace) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw LiveError(.malformed, attempt)
    }
    return try File.contents(of: file, limit: limit, attempt, needs: .sysPtrace)
  }
}
