import Glibc

/// A golden: a command as the user types it after `$ `, what it prints, and `exit N` where that is
/// not 0.
public struct Transcript {
  public var path: String
  public var command: String
  public var output: String
  public var exitCode: Int32

  /// The repository's root.
  public static let root =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// Where goldens lie; their commands run there.
  public static let directory = root + "/golden"

  public init(path: String) throws {
    self.path = path
    let text = try TestFiles.text(Self.directory + "/" + path)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    command = String(lines.first?.dropFirst(2) ?? "")
    var body = lines.dropFirst()
    if body.last == "" { body.removeLast() }
    exitCode = 0
    if let last = body.last, last.hasPrefix("exit "), let code = Int32(last.dropFirst(5)) {
      exitCode = code
      body.removeLast()
    }
    output = body.map { $0 + "\n" }.joined()
  }

  /// Paths of all goldens below `golden/`, sorted.
  public static func all() throws -> [String] {
    var found: [String] = []
    for room in try TestFiles.names(in: directory) where !room.contains(".") && room != "input" {
      for name in try TestFiles.names(in: "\(directory)/\(room)") where name.hasSuffix(".golden") {
        found.append("\(room)/\(name)")
      }
    }
    return found
  }

  public func run() throws -> Shell { try Shell.run(command, in: Self.directory) }

  /// Writes what the command prints now in place of what it printed.
  public func record() throws {
    let now = try run()
    let exit = now.exitCode == 0 ? "" : "exit \(now.exitCode)\n"
    guard let file = fopen(Self.directory + "/" + path, "w") else {
      throw TestFiles.Unreadable(path: path)
    }
    defer { fclose(file) }
    fputs("$ \(command)\n\(now.output)\(exit)", file)
  }
}
