import Glibc

/// Small files of /proc, which have no size and are read to their end.
enum File {
  static func bytes(_ path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> [UInt8]
  {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw LiveError(errno: errno, "open \(path)", needs: capability) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += buffer[..<count]
      } else {
        let error = errno
        if error != EINTR { throw LiveError(errno: error, "read \(path)", needs: capability) }
      }
    }
  }

  static func text(_ path: String, needs capability: LiveError.Capability) throws(LiveError)
    -> String
  {
    String(decoding: try bytes(path, needs: capability), as: UTF8.self)
  }
}
