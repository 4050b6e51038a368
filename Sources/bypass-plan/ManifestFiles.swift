import Findings
import Glibc
import Manifests
import Reports

/// The files a check looks at, found in directories and read one by one; what cannot be read is a
/// finding and stops nothing.
struct ManifestFiles {
  private(set) var cluster = Cluster()
  /// Kept for the lines of findings.
  private var texts: [String: [UInt8]] = [:]
  private var seen: Set<DirectoryIdentity> = []
  private let isRecursive: Bool
  private var run = LongRun()

  private struct DirectoryIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  init(_ paths: [String], isRecursive: Bool) {
    self.isRecursive = isRecursive
    for path in paths { add(path, isNamed: true) }
    run.end()
  }

  /// A directory or a file of manifests, or one of a git revision.
  init(side path: String) throws {
    isRecursive = true
    guard let object = GitObject(path) else {
      add(path, isNamed: true)
      return
    }
    var charts: Set<Substring> = []
    let files = try object.files { path in
      if path.hasSuffix("Chart.yaml") { charts.insert(path.dropLast("Chart.yaml".count)) }
      return Self.isManifest(path)
        && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }
    for file in files where !charts.contains(where: { file.path.hasPrefix($0 + "templates/") }) {
      let name = path + (file.path.isEmpty || path.hasSuffix("/") || path.hasSuffix(":") ? "" : "/")
      texts[name + file.path] = file.bytes
      cluster.read(file.bytes, file: name + file.path)
    }
  }

  /// A path the user named is read whatever it is called; in directories only manifests by name.
  private mutating func add(_ path: String, isNamed: Bool) {
    var status = stat()
    guard path != "-", stat(path, &status) == 0 else { return read(path) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      if isNamed || isRecursive { addDirectory(path, status) }
    case S_IFREG: if isNamed || Self.isManifest(path) { read(path) }
    case S_IFIFO where isNamed && path.hasPrefix("/dev/fd/"):
      read(path)
    default:
      if isNamed || Self.isManifest(path) {
        refuse(path, "is no regular file; pipe it to '-'")
      }
    }
  }

  /// A directory is looked at once, so links in a circle end.
  private mutating func addDirectory(_ path: String, _ status: stat) {
    let identity = DirectoryIdentity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    guard seen.insert(identity).inserted else { return }
    guard let directory = opendir(path) else {
      refuse(path, String(cString: strerror(errno)))
      return
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    let isChart = names.contains("Chart.yaml")
    for name in names.sorted() {
      if isChart, name == "templates" {
        Output.warn(
          "\(path)/templates: Helm templates are no manifests; pipe `helm template` to '-'")
        continue
      }
      add(path.hasSuffix("/") ? path + name : "\(path)/\(name)", isNamed: false)
    }
  }

  private static func isManifest(_ path: String) -> Bool {
    [".yaml", ".yml", ".json"].contains { path.hasSuffix($0) }
  }

  private mutating func read(_ path: String) {
    if texts[path] != nil { return }
    do throws(FileError) {
      let bytes = try Files.read(path, allowsNUL: true)
      texts[path] = bytes
      cluster.read(bytes, file: path) { offset in
        run.show("reading \(path): \(offset >> 20) of \(bytes.count >> 20) MiB")
      }
    } catch {
      refuse(path, error.reason)
    }
  }

  private mutating func refuse(_ path: String, _ reason: String) {
    cluster.add(Cluster.Problem(reason, at: Location(file: path, line: 1, column: 1)))
  }
}

// MARK: - Lines

extension ManifestFiles {
  /// A file that is no manifest, and that findings may point at all the same.
  mutating func keepLines(of path: String) throws(FileError) {
    texts[path] = try Files.read(path)
  }

  /// Answers for the text of lines; a file's line ends are looked for once, when it is first asked of.
  func excerpts() -> (Location, _ width: Int) -> SourceLines.Excerpt? {
    var files: [String: SourceLines] = [:]
    return { location, width in
      guard let bytes = texts[location.file] else { return nil }
      return files[location.file, default: SourceLines(bytes)]
        .excerpt(line: location.line, column: location.column, width: width)
    }
  }
}
