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

  /// The path as messages name it.
  static func name(of path: String) -> String { path == "-" ? "standard input" : path }

  /// `-` is standard input. A NUL byte is no text anywhere; a reader of many documents says so of the
  /// one that holds it.
  static func read(_ path: String, allowsNUL: Bool = false) throws(FileError) -> [UInt8] {
    if path == "-" {
      return try read(STDIN_FILENO, path: name(of: path), allowsNUL: allowsNUL)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, reason: lastError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, reason: lastError()) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path: path, reason: "is a directory; expected a file")
    }
    return try read(
      descriptor, path: path, expecting: Int(clamping: status.st_size), allowsNUL: allowsNUL)
  }

  /// - Parameter size: How much there will be, as far as is known: a large file is not copied from
  ///   one piece of memory to the next while it grows.
  private static func read(
    _ descriptor: Int32, path: String, expecting size: Int = 0, allowsNUL: Bool
  ) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(max(0, size), limit))
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

  /// Puts a new text in the place of a file at once: whoever reads it meanwhile sees the old one or
  /// the new one, whole. Links are followed, permissions kept.
  static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
    guard let real = realpath(path, nil) else { throw FileError(path: path, reason: lastError()) }
    defer { free(real) }
    let target = String(cString: real)
    var status = stat()
    guard stat(target, &status) == 0 else { throw FileError(path: path, reason: lastError()) }
    let draft = "\(target).\(getpid())"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o7777)
    guard descriptor >= 0 else { throw FileError(path: draft, reason: lastError()) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    let isWhole = rest.isEmpty && fchmod(descriptor, status.st_mode & 0o7777) == 0
    guard close(descriptor) == 0, isWhole, rename(draft, target) == 0 else {
      let reason = lastError()
      unlink(draft)
      throw FileError(path: path, reason: reason)
    }
  }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
