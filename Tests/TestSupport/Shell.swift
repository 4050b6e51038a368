import Glibc

/// A shell command's output and exit code.
public struct Shell {
  public var output: String
  public var exitCode: Int32

  /// Runs `command` by `sh -c` with the built `bypass-plan` first in PATH, no colour and no standard
  /// input, in `directory`. Standard error is left out unless the command redirects it.
  public static func run(_ command: String, in directory: String) throws -> Shell {
    let script =
      "cd \(quoted(directory)) && PATH=\(quoted(builtProducts)):$PATH NO_COLOR=1; export PATH NO_COLOR\n"
      + "exec </dev/null 2>/dev/null\n" + command
    guard let pipe = popen("sh -c \(quoted(script))", "r") else {
      throw TestFiles.Unreadable(path: command)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    let status = pclose(pipe)
    let exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    return Shell(output: String(decoding: bytes, as: UTF8.self), exitCode: exitCode)
  }

  /// Where the tests and the executable were built.
  public static let builtProducts: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let runner = String(
      decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? runner
    return "/"
      + bundle.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.joined(separator: "/")
  }()

  public static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
