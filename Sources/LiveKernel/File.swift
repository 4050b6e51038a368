import Glibc

/// Small files of /proc, which have no size and are read to their end.
enum File {
  static func bytes(_ path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> [UInt8]
  {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw LiveError(errno: errno, "open \(path)", needs: capability) }
    defer { close(file) }
    return try contents(of: file, limit: .max, "read \(path)", needs: capability)
  }

  /// Everything from here on; more than `limit` bytes are an error.
  static func contents(
    of file: Int32, limit: Int, _ attempt: String, needs capability: LiveError.Capability
  ) throws(LiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += buffer[..<count]
        if bytes.count > limit { throw LiveError(.malformed, attempt) }
      } else {
        let error = errno
        if error != EINTR { throw LiveError(errno: error, attempt, needs: capability) }
      }
    }
  }

  static func text(_ path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> String
  {
    String(decoding: try bytes(path, needs: capability), as: UTF8.self)
  }

  /// What a symbolic link says.
  static func link(_ path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> String
  {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return -1 }
      return readlink(path, base.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard count >= 0 else { throw LiveError(errno: errno, "read \(path)", needs: capability) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// The names in a directory but `.` and `..`, sorted.
  static func names(in path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> [String]
  {
    guard let directory = opendir(path) else {
      throw LiveError(errno: errno, "list \(path)", needs: capability)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
