internal import CKernel
internal import Glibc
internal import LiveKernel
internal import Ruleset

/// A program of the lab, in one of its namespaces: ended with this value, or with the process.
final class ChildProcess {
  let name: String
  let pid: Int32
  private let logPath: String
  private let isKept: Bool
  private var hasEnded = false

  /// - Parameters:
  ///   - folder: gets its log and the note of its pid.
  ///   - isKept: it stays when this process ends.
  init(
    _ name: String, path: String, _ arguments: [String], in namespaceName: String, as owner: Owner,
    folder: String, isKept: Bool
  ) throws(TestbedError) {
    self.name = name
    self.isKept = isKept
    logPath = "\(folder)/\(name).log"
    func failure(_ attempt: String, _ error: Int32) -> TestbedError {
      .kernel(
        LiveError(error == EPERM ? .permission(.sysAdmin) : .system, attempt, errno: error))
    }
    func opened(_ path: String, _ flags: Int32) throws(TestbedError) -> Int32 {
      let file = open(path, flags | O_CLOEXEC, 0o644)
      let error = errno
      if file < 0 { throw failure("open \(path)", error) }
      return file
    }
    let executable = try opened(path, O_RDONLY)
    defer { close(executable) }
    let network = try opened("/run/netns/\(namespaceName)", O_RDONLY)
    defer { close(network) }
    let log = try opened(logPath, O_WRONLY | O_CREAT | O_TRUNC)
    defer { close(log) }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), nil]
    defer { for text in words + environment { free(text) } }
    let started = words.withUnsafeMutableBufferPointer { words in
      environment.withUnsafeMutableBufferPointer { environment in
        var program = ck_program(
          executable: executable, arguments: words.baseAddress,
          environment: environment.baseAddress, network: network, uid: owner.uid, gid: owner.gid,
          log: log, dies_with_parent: isKept ? 0 : 1)
        return ck_start(&program)
      }
    }
    guard started > 0 else { throw failure("start \(path)", -started) }
    pid = started
    try Folder.write([], to: "\(folder)/\(pid).pid")
  }

  deinit { if !isKept { stop() } }

  var lastWords: String { Folder.lastWords(of: logPath) }

  /// The lines it has written so far.
  var output: [String] {
    let bytes = (try? Folder.read(logPath)) ?? []
    return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
  }

  /// - Throws: `failed` with its last words if it has ended by itself.
  func requireRunning() throws(TestbedError) {
    var status: Int32 = 0
    guard !hasEnded, ck_has_ended(pid, &status) != 0 else { return }
    hasEnded = true
    let signal = status & 0x7F
    if signal != 0 { throw .failed("\(name) was killed by signal \(signal)") }
    let how = "ended with code \(status >> 8)"
    let words = lastWords
    throw .failed("\(name) \(how)" + (words.isEmpty ? "" : ": \(words)"))
  }

  /// At once: nothing it holds is worth a farewell.
  func stop() {
    guard !hasEnded else { return }
    hasEnded = true
    kill(pid, SIGKILL)
    var status: Int32 = 0
    for _ in 0..<500 where ck_has_ended(pid, &status) == 0 { usleep(10_000) }
  }
}
