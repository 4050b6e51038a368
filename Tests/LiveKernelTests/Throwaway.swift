import Glibc
import LiveKernel

/// A network namespace of a test's own, gone with it.
final class Throwaway: Sendable {
  struct Failed: Error, CustomStringConvertible {
    var command: String
    var output: String
    var description: String { "\(command): \(output)" }
  }

  let name: String

  init(_ purpose: String) throws {
    name = "bp-\(purpose)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try Self.run("ip netns add \(name) && ip -n \(name) link set lo up")
  }

  deinit {
    _ = try? Self.run("ip netns del \(name)")
  }

  func open() throws -> NetworkNamespace { try NetworkNamespace.named(name) }

  /// Runs a shell command inside.
  @discardableResult
  func run(_ command: String) throws -> String {
    try Self.run("ip netns exec \(name) sh -c '\(command)'")
  }

  /// Runs a shell command and gives what it printed; an exit status other than 0 is an error.
  @discardableResult
  static func run(_ command: String) throws -> String {
    guard let pipe = popen("( \(command) ) 2>&1", "r") else {
      throw Failed(command: command, output: "errno \(errno)")
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      output += buffer[..<count]
    }
    let status = pclose(pipe)
    let text = String(decoding: output, as: UTF8.self)
    guard status == 0 else { throw Failed(command: command, output: text) }
    return text
  }
}
