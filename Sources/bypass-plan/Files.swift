import Glibc

/// A file that cannot be used, and why.
struct FileError: Error, CustomStringConvertible {
  var path: String
  var reason: String

  var description: String { "\(path): \(reason)" }
}

/// Reads whole files and standard input, and refuses early what can be no text.
enum Files {
  /// Larger inputs are refused: no ruleset or manifest stream comes near.
  static let limit = 512 << 20

  /// `-` is standard input. A NUL byte is no text anywhere; a reader of many documents says so of the
  /// one that holds it.
  static func read(_ path: String, allowsNUL: Bool = false) throws(FileError) -> [UInt8] {
    if path == "-" {
      return try read(STDIN_FILENO, path: "standard input", allowsNUL: allowsNUL)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, reason: lastError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, reason: lastError()) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path: path, reason: "is a directory; expected a file")
    }
    return try read(descriptor, path: path, allowsNUL: allowsNUL)
  }

  private static func read(_ descriptor: Int32, path: String, allowsNUL: Bool)
    throws(FileError) -> [UInt8]
  {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, reason: lastError())
      }
      if count == 0 { return bytes }
      if !allowsNUL, let zero = buffer[..<count].firstIndex(of: 0) {
        throw FileError(
          path: path, reason: "has a NUL byte at offset \(bytes.count + zero); expected text")
      }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw FileError(path: path, reason: "is larger than \(limit >> 20) MiB")
      }
    }
  }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
