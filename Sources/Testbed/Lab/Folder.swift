internal import Glibc
internal import LiveKernel

/// Folders and small files.
enum Folder {
  /// The names in it but `.` and `..`, sorted.
  static func names(in path: String) throws(TestbedError) -> [String] {
    guard let directory = opendir(path) else { throw failure("list \(path)", errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The folder with all that is in it; links are not followed.
  static func remove(_ path: String) throws(TestbedError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      if unlink(path) != 0 { throw failure("remove \(path)", errno) }
      return
    }
    for name in try names(in: path) { try remove("\(path)/\(name)") }
    if rmdir(path) != 0 { throw failure("remove \(path)", errno) }
  }

  /// A file that every user may read, there all at once: a reader sees the old or the new.
  static func write(_ bytes: [UInt8], to path: String) throws(TestbedError) {
    let draft = path + ".draft"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure("write \(path)", errno) }
    let count = Glibc.write(file, bytes, bytes.count)
    let error = errno
    close(file)
    guard count == bytes.count else { throw failure("write \(path)", error) }
    if rename(draft, path) != 0 { throw failure("write \(path)", errno) }
  }

  /// All of it.
  static func read(_ path: String) throws(TestbedError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("read \(path)", errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      let error = errno
      guard count >= 0 else { throw failure("read \(path)", error) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// The last lines of a text file, as one.
  static func lastWords(of path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 2048)
    lseek(file, max(0, lseek(file, 0, SEEK_END) - buffer.count), SEEK_SET)
    let count = max(0, Glibc.read(file, &buffer, buffer.count))
    let lines = buffer[..<count].split(separator: 0x0A).suffix(2)
    return lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; ")
  }

  private static func failure(_ attempt: String, _ error: Int32) -> TestbedError {
    .kernel(LiveError(.system, attempt, errno: error))
  }
}
