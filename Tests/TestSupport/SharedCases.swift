import Glibc

/// Where the measured cases lie: `../shared/cases` beside the checkout, or `BYPASS_PLAN_CASES`.
///
/// They are data from the real Istio and the real kernel and are not part of the repository; a
/// conformance test reads them where they are and says so where they are not.
public enum SharedCases {
  public static let root: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let beside = "/" + package + "/../shared/cases"
    let path = getenv("BYPASS_PLAN_CASES").map { String(cString: $0) } ?? beside
    return access(path, R_OK) == 0 ? path : nil
  }()
}

/// Reading files in tests; every failure names the path.
public enum TestFiles {
  public struct Unreadable: Error, CustomStringConvertible {
    public var path: String
    public var description: String { "cannot read \(path)" }
  }

  public static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  public static func bytes(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Names in a directory, sorted, without `.` and `..`.
  public static func names(in path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw Unreadable(path: path) }
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
