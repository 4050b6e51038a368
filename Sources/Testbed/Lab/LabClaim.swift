internal import CKernel
internal import Glibc
internal import LiveKernel

/// A lab's name, its folder, and the names of its namespaces, for as long as it runs.
///
/// A running lab holds a lock on its folder, and the kernel lets go of it however the lab ends: so
/// a leftover is told from a lab beside this one without asking for processes.
final class LabClaim {
  private static let root = "/run/bypass-plan"

  let name: String
  private let lock: Int32

  var folder: String { "\(Self.root)/\(name)" }

  /// Claims the first name that is free.
  init() throws(TestbedError) {
    let gate = try Self.gate()
    defer { close(gate) }
    let taken = Self.namespaced
    for number in 1...999 {
      let name = "lab-\(number)"
      // Its folder may be gone, and its namespaces not.
      if taken.contains(name) { continue }
      if mkdir("\(Self.root)/\(name)", 0o755) != 0 {
        let error = errno
        if error == EEXIST { continue }
        throw Self.failure("make \(Self.root)/\(name)", error)
      }
      self.name = name
      lock = open("\(Self.root)/\(name)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let error = lock < 0 ? errno : ck_lock(lock, 0)
      if error != 0 { throw Self.failure("lock \(Self.root)/\(name)", error) }
      return
    }
    throw .failed("999 labs are here already; 'bypass-plan lab clean' removes what they left")
  }

  /// Takes over a lab that nobody runs any more; nil where somebody does, or it is gone.
  private init?(leftover name: String) {
    self.name = name
    lock = open("\(Self.root)/\(name)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock < 0 { return nil }
    if ck_lock(lock, 0) != 0 {
      close(lock)
      return nil
    }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// All labs that nobody runs.
  static func leftovers() throws(TestbedError) -> [LabClaim] {
    let namespaced = namespaced
    guard access(root, F_OK) == 0 || !namespaced.isEmpty else { return [] }
    let gate = try gate()
    defer { close(gate) }
    // One without a folder is taken over as any other.
    for name in namespaced { mkdir("\(root)/\(name)", 0o755) }
    return try Folder.names(in: root).filter { $0.hasPrefix("lab-") }
      .compactMap(LabClaim.init(leftover:))
  }

  /// The labs that have a namespace.
  private static var namespaced: Set<String> {
    let names = (try? Folder.names(in: "/run/netns")) ?? []
    return Set(
      names.compactMap { name in
        let ending = parts.map { "-\($0)" }.first(where: name.hasSuffix)
        guard let ending, name.hasPrefix(prefix) else { return nil }
        let lab = String(name.dropFirst(prefix.count).dropLast(ending.count))
        return lab.hasPrefix("lab-") ? lab : nil
      })
  }

  /// The lock of the folder of all labs: who holds it is alone between making a lab's folder and
  /// locking that, and between finding the folder of all empty and removing it.
  private static func gate() throws(TestbedError) -> Int32 {
    for _ in 0..<100 {
      if mkdir(root, 0o755) != 0 {
        let error = errno
        if error != EEXIST { throw failure("make \(root)", error) }
      }
      let folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let error = folder < 0 ? errno : ck_lock(folder, 1)
      var status = stat()
      // Removed before the lock was had: another one may be there by now.
      if error == 0, fstat(folder, &status) == 0, status.st_nlink > 0 { return folder }
      if folder >= 0 { close(folder) }
      if error != 0, error != ENOENT { throw failure("lock \(root)", error) }
    }
    throw failure("lock \(root)", EAGAIN)
  }

  private static func failure(_ attempt: String, _ error: Int32) -> TestbedError {
    // Whoever may not write there may not make namespaces either.
    let isRight = error == EACCES || error == EPERM
    return .kernel(LiveError(isRight ? .permission(.sysAdmin) : .system, attempt, errno: error))
  }
}

// MARK: - What a lab leaves

extension LabClaim {
  /// The namespaces' names, for `ip netns exec`.
  func namespaceName(_ part: String) -> String { "\(Self.prefix)\(name)-\(part)" }

  private static let prefix = "bypass-plan-"
  static let parts = ["pod", "box", "out"]

  /// Ends what the lab started, and removes its namespaces and files; nothing that is not under its
  /// own name. What is gone already is no error.
  func removeEverything() throws(TestbedError) {
    let namespaces = Self.parts.map(namespaceName)
    endProcesses(in: namespaces)
    let held = Set((try? Folder.names(in: "/run/netns")) ?? [])
    for namespace in namespaces where held.contains(namespace) {
      try Tool.ip.run(["netns", "delete", namespace], input: [])
    }
    try Folder.remove(folder)
    let gate = try Self.gate()
    defer { close(gate) }
    // Fails where another lab is there.
    rmdir(Self.root)
  }

  /// A process that the lab noted and that still is in one of its namespaces: a number that went to
  /// somebody else is not.
  private func endProcesses(in namespaces: [String]) {
    let inodes = Set(namespaces.compactMap { try? NetworkNamespace.named($0).inode })
    for file in (try? Folder.names(in: folder)) ?? [] where file.hasSuffix(".pid") {
      guard let pid = Int32(file.dropLast(4)),
        let inode = try? NetworkNamespace.ofProcess(pid).inode, inodes.contains(inode)
      else { continue }
      kill(pid, SIGKILL)
      var status: Int32 = 0
      // No child of this process, it is init's to bury: until then its namespace is in use.
      for _ in 0..<100 where ck_has_ended(pid, &status) == 0 || kill(pid, 0) == 0 {
        usleep(10_000)
      }
    }
  }
}
