internal import CKernel
internal import Glibc

/// A network namespace, held open: it stays there for as long as this value does, even where its
/// last process has ended.
public final class NetworkNamespace: Sendable {
  /// How it was named: `netns:NAME`, `pid:N`, a path, `netns:self`.
  public let name: String
  /// The inode of the namespace in nsfs, as `readlink /proc/PID/ns/net` shows it; what tells two
  /// namespaces apart.
  public let inode: UInt64

  /// nil for the calling process's own, which needs no entering and so no capability.
  private let descriptor: Int32?

  private init(name: String, path: String, needs capability: LiveError.Capability)
    throws(LiveError)
  {
    let attempt = "open network namespace \(name)"
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw LiveError(errno: errno, attempt, needs: capability) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      let error = LiveError(errno: errno, attempt, needs: capability)
      close(file)
      throw error
    }
    self.name = name
    inode = UInt64(status.st_ino)
    var own = stat()
    if stat(Self.ownPath, &own) == 0, own.st_ino == status.st_ino, own.st_dev == status.st_dev {
      close(file)
      descriptor = nil
    } else {
      descriptor = file
    }
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  private static let ownPath = "/proc/thread-self/ns/net"

  /// The namespace this process runs in.
  public static func own() throws(LiveError) -> NetworkNamespace {
    try NetworkNamespace(name: "netns:self", path: ownPath, needs: .sysPtrace)
  }

  /// One that `ip netns add NAME` made.
  public static func named(_ name: String) throws(LiveError) -> NetworkNamespace {
    try NetworkNamespace(name: "netns:\(name)", path: "/run/netns/\(name)", needs: .dacReadSearch)
  }

  /// A file that is a namespace, such as `/proc/1234/ns/net` or a mount of one.
  public static func at(path: String) throws(LiveError) -> NetworkNamespace {
    try NetworkNamespace(name: "netns:\(path)", path: path, needs: .dacReadSearch)
  }

  /// The namespace of a process. A number that is not there may be one of the host's, which a container
  /// does not see.
  public static func ofProcess(_ pid: Int32) throws(LiveError) -> NetworkNamespace {
    do throws(LiveError) {
      return try NetworkNamespace(
        name: "pid:\(pid)", path: "/proc/\(pid)/ns/net", needs: .sysPtrace)
    } catch {
      guard error.kind == .gone, !Host().seesAllProcesses else { throw error }
      throw LiveError(.permission(.hostProcesses), error.attempt, errno: error.errno)
    }
  }

  /// The namespace of a pod, through whichever of its processes is still there.
  public static func ofPod(_ pod: Pod) throws(LiveError) -> NetworkNamespace {
    var failure = LiveError(.gone, "open the network namespace of pod \(pod)")
    for process in pod.processes {
      do throws(LiveError) {
        let namespace = try NetworkNamespace(
          name: "pod:\(pod)", path: "/proc/\(process.pid)/ns/net", needs: .sysPtrace)
        if namespace.inode == pod.inode { return namespace }
      } catch {
        if case .permission = error.kind { failure = error }
      }
    }
    throw failure
  }
}

// MARK: - Entering

extension NetworkNamespace {
  /// Runs `body` inside the namespace and waits for it.
  ///
  /// A thread's namespace is its own, and a thread that has moved may not find the way back; so
  /// `body` gets a thread made for it, which ends with it. Nothing else of the process moves. In
  /// there `/proc/thread-self/net` is the namespace's; `/proc/net` is still the main thread's.
  public func enter<Result>(
    _ body: () throws(LiveError) -> Result
  ) throws(LiveError) -> Result {
    var outcome: Swift.Result<Result, LiveError>?
    let created = withoutActuallyEscaping(
      {
        outcome = Swift.Result { () throws(LiveError) in
          try self.join()
          return try body()
        }
      },
      do: { Thread.run($0) })
    guard created == 0, let outcome else {
      throw LiveError(.system, "start a thread for \(name)", errno: created)
    }
    return try outcome.get()
  }

  private func join() throws(LiveError) {
    guard let descriptor else { return }
    let error = ck_enter_network_namespace(descriptor)
    guard error == 0 else {
      // setns(2): the file is of another kind, be it a namespace or none.
      if error == EINVAL { throw LiveError(.foreign, "enter \(name)", errno: error) }
      throw LiveError(errno: error, "enter \(name)", needs: .sysAdmin, of: .namespaces)
    }
  }
}

/// A thread that lives for one call.
private final class Thread {
  private let work: () -> Void

  private init(_ work: @escaping () -> Void) { self.work = work }

  /// Runs `work` on a new thread and returns when it is done; an errno if none could be made.
  ///
  /// The caller does nothing until the thread has ended, so only one of the two ever touches what
  /// `work` holds.
  static func run(_ work: @escaping () -> Void) -> Int32 {
    let box = Unmanaged.passRetained(Thread(work))
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Thread>.fromOpaque(argument).takeRetainedValue().work() }
        return nil
      }, box.toOpaque())
    guard error == 0 else {
      box.release()
      return error
    }
    return pthread_join(thread, nil)
  }
}
