import Glibc
import TestSupport

/// The real tools, each time in a network namespace of its own that ends with the command.
enum IPTablesKernel {
  /// Nil where rules can be loaded; else why they cannot.
  static let missing: String? = {
    if geteuid() != 0 { return "not root" }
    return run("iptables-restore --test </dev/null; iptables-legacy-restore --version", input: "")
      .status == 0
      ? nil : "no iptables, or no network namespaces"
  }()

  /// What `command` prints on its standard output when it reads `input`.
  static func run(_ command: String, input: String) -> (status: Int32, output: String) {
    guard let file = tmpfile() else { return (-1, "") }
    defer { fclose(file) }
    let bytes = Array(input.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0 else {
      return (-1, "")
    }
    let path = "/proc/\(getpid())/fd/\(fileno(file))"
    guard let pipe = popen("unshare -n sh -c '\(command)' < \(path) 2>/dev/null", "r") else {
      return (-1, "")
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      output += buffer[..<count]
    }
    let status = pclose(pipe)
    return (status, String(decoding: output, as: UTF8.self))
  }
}
