internal import Glibc

/// Which processes the caller can see and look into.
extension Host {
  /// Whether the kernel keeps some process's namespaces from the caller for want of CAP_SYS_PTRACE.
  public func hidesProcesses() throws(LiveError) -> Bool {
    if holdsSysPtrace { return false }
    for pid in try pids() {
      do throws(LiveError) {
        _ = try networkNamespace(of: pid)
      } catch {
        if case .permission = error.kind { return true }
      }
    }
    return false
  }

  /// Whether CAP_SYS_PTRACE, bit 19, is among the caller's own effective capabilities, and holds for
  /// processes of others. Even with it a sandbox may hide a process, such as that of its host.
  private var holdsSysPtrace: Bool {
    guard isInInitial("user"), let status = try? text(getpid(), "status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
      let set = line.split(whereSeparator: \.isWhitespace).last.flatMap({ UInt64($0, radix: 16) })
    else { return false }
    return set & 1 << 19 != 0
  }

  /// Whether processes of the whole machine are to be seen, not only those of a container.
  var seesAllProcesses: Bool { isInInitial("pid") }

  /// Whether the caller is in the namespace of that kind that the kernel started with, whose inode
  /// has a number of its own (`PID_NS_INIT_INO` and `USER_NS_INIT_INO` of linux/nsfs.h). It is taken
  /// to be where that cannot be read.
  private func isInInitial(_ kind: String) -> Bool {
    let first: [String: UInt32] = ["pid": 0xEFFF_FFFC, "user": 0xEFFF_FFFD]
    guard let number = first[kind],
      let link = try? File.link("\(processes)/self/ns/\(kind)", needs: .sysPtrace)
    else { return true }
    return link == "\(kind):[\(number)]"
  }
}
