internal import CKernel
internal import Glibc
internal import LiveKernel

/// A program of the system that sets up the kernel. Run in a thread's own network namespace it
/// works there, for a child inherits the namespace of the thread that starts it.
public struct Tool: Hashable, Sendable {
  public let name: String
  /// The Debian package that holds it.
  public let package: String

  static let ip = Tool(name: "ip", package: "iproute2")
  static let nft = Tool(name: "nft", package: "nftables")

  static func iptables(_ name: String) -> Tool { Tool(name: name, package: "iptables") }
}

extension Tool {
  /// Runs the program to its end with `input` as its standard input. Its standard output is dropped.
  ///
  /// Input and complaints are files in memory: with no pipe there is nobody to wait for.
  func run(_ arguments: [String], input: [UInt8]) throws(TestbedError) {
    let path = try find()
    let stdin = try MemoryFile(input)
    let stderr = try MemoryFile([])
    let status = try spawn(path, arguments, stdin: stdin.descriptor, stderr: stderr.descriptor)
    guard status == 0 else { throw .refused(self, message: stderr.text) }
  }

  /// Where it is.
  func find() throws(TestbedError) -> String {
    let listed = getenv("PATH").map { String(cString: $0).split(separator: ":") } ?? []
    // Administrators' tools are seldom in a user's PATH.
    let folders = listed.map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
    for path in folders.map({ "\($0)/\(name)" }) where access(path, X_OK) == 0 { return path }
    throw .missing(self)
  }

  private func spawn(
    _ path: String, _ arguments: [String], stdin: Int32, stderr: Int32
  ) throws(TestbedError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, stderr, STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), nil]
    defer { for word in words + environment { free(word) } }
    var pid = pid_t()
    let error = posix_spawn(&pid, path, &actions, nil, &words, &environment)
    guard error == 0 else { throw .kernel(LiveError(.system, "start \(path)", errno: error)) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      let error = errno
      if error != EINTR { throw .kernel(LiveError(.system, "wait for \(name)", errno: error)) }
    }
    return status
  }
}

/// A file without a name.
private final class MemoryFile {
  let descriptor: Int32

  init(_ bytes: [UInt8]) throws(TestbedError) {
    descriptor = ck_memory_file()
    guard descriptor >= 0 else {
      throw .kernel(LiveError(.system, "make a file in memory", errno: -descriptor))
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      let error = errno
      guard count > 0 else {
        throw .kernel(LiveError(.system, "write a file in memory", errno: error))
      }
      rest = rest.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
  }

  deinit { close(descriptor) }

  /// Its first lines, as one.
  var text: String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = max(0, pread(descriptor, &buffer, buffer.count, 0))
    let lines = buffer[..<count].split(separator: 0x0A).prefix(5)
    return lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; ")
  }
}
