internal import CKernel
internal import Glibc
internal import LiveKernel

/// A lab's number, its folder, and the names of its namespaces, for as long as it runs.
///
/// A running lab holds the lock in its folder, and the kernel lets go of it however the lab ends: so
/// a leftover is told from a lab beside this one without asking for processes.
final class LabClaim {
  static let root = "/run/bypass-plan"

  let name: String
  private let lock: Int32

  var folder: String { "\(Self.root)/\(name)" }

  /// Claims the first name that is free.
  init() throws(TestbedError) {
    let gate = try Self.gate()
    defer { close(gate) }
    for number in 1...999 {
      let name = "lab-\(number)"
      if mkdir("\(Self.root)/\(name)", 0o755) != 0 {
        let error = errno
        if error == EEXIST { continue }
        throw Self.failure("make \(Self.root)/\(name)", error)
      }
      self.name = name
      lock = try Self.openLock("\(Self.root)/\(name)/lock")
      let error = ck_lock(lock, 0)
      if error != 0 { throw Self.failure("lock \(Self.root)/\(name)", error) }
      return
    }
    throw .failed("999 labs are here already; 'bypass-plan lab clean' removes what they left")
  }

  /// Takes over a lab that nobody runs any more; nil where somebody does.
  private init?(leftover name: String) throws(TestbedError) {
    self.name = name
    lock = try Self.openLock("\(Self.root)/\(name)/lock")
    if ck_lock(lock, 0) != 0 {
      close(lock)
      return nil
    }
  }

  deinit { close(lock) }

  /// All labs that nobody runs.
  static func leftovers() throws(TestbedError) -> [LabClaim] {
    guard access(root, F_OK) == 0 else { return [] }
    let gate = try gate()
    defer { close(gate) }
    var found: [LabClaim] = []
    for name in try Folder.names(in: root) where name.hasPrefix("lab-") {
      if let claim = try LabClaim(leftover: name) { found.append(claim) }
    }
    return found
  }

  /// Who holds it is alone between making a folder and locking it.
  private static func gate() throws(TestbedError) -> Int32 {
    if mkdir(root, 0o755) != 0 {
      let error = errno
      if error != EEXIST { throw failure("make \(root)", error) }
    }
    let file = try openLock("\(root)/lock")
    let error = ck_lock(file, 1)
    if error != 0 { throw failure("lock \(root)", error) }
    return file
  }

  private static func openLock(_ path: String) throws(TestbedError) -> Int32 {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let error = errno
    if file < 0 { throw failure("open \(path)", error) }
    return file
  }

  private static func failure(_ attempt: String, _ error: Int32) -> TestbedError {
    let isRight = error == EACCES || error == EPERM
    return .kernel(
      LiveError(isRight ? .permission(.dacReadSearch) : .system, attempt, errno: error))
  }
}

// MARK: - What a lab leaves

extension LabClaim {
  /// The namespaces' names, for `ip netns exec`.
  func namespaceName(_ part: String) -> String { "bypass-plan-\(name)-\(part)" }

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
      // Another lab's child is init's to bury.
      for _ in 0..<100 where ck_has_ended(pid, &status) == 0 { usleep(10_000) }
    }
  }
}
