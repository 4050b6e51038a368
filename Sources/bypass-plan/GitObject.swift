import Glibc

/// A tree or a file of a git repository, named as git does: `HEAD~1:deploy`, `main:./orders.yaml`.
///
/// Objects are read as they are, not by `git archive`, which leaves out what `export-ignore` says.
struct GitObject {
  let name: String

  /// Nil for the name of a file, and for what git would take for an option.
  init?(_ text: String) {
    guard text.contains(":"), !text.hasPrefix("-"), !text.hasPrefix(":"),
      access(text, F_OK) != 0
    else { return nil }
    name = text
  }

  struct File {
    /// Below the tree; empty where the object is the file.
    var path: String
    var bytes: [UInt8]
  }

  /// The file, or those of the tree and the trees below that `isWanted` takes by their path.
  func files(where isWanted: (String) -> Bool) throws(FileError) -> [File] {
    if try isFile() { return [File(path: "", bytes: try git(["cat-file", "blob", name]))] }
    let wanted = try entries().filter { isWanted($0.path) }
    let names = wanted.map { $0.id + "\n" }.joined()
    let contents = try git(["cat-file", "--batch"], input: Array(names.utf8))
    return try Self.split(contents, wanted)
  }

  private func isFile() throws(FileError) -> Bool {
    switch String(decoding: try git(["cat-file", "-t", name]), as: UTF8.self) {
    case "blob\n": return true
    case "tree\n", "commit\n", "tag\n": return false
    default: throw failure("is no file or directory of git's")
    }
  }

  /// Regular files only: neither links nor submodules.
  private func entries() throws(FileError) -> [(id: String, path: String)] {
    let list = try git(["ls-tree", "-r", "-z", "--full-tree", name])
    return list.split(separator: 0).compactMap { line in
      let text = String(decoding: line, as: UTF8.self)
      let halves = text.split(separator: "\t", maxSplits: 1)
      let words = halves.first?.split(separator: " ") ?? []
      guard halves.count == 2, words.count == 3, words[0].hasPrefix("100") else { return nil }
      return (String(words[2]), String(halves[1]))
    }
  }

  /// What `cat-file --batch` prints: `ID blob SIZE`, the bytes, and a line end, for each.
  private static func split(_ contents: [UInt8], _ entries: [(id: String, path: String)])
    throws(FileError) -> [File]
  {
    var rest = contents[...]
    var files: [File] = []
    for entry in entries {
      let head = String(decoding: rest.prefix { $0 != 0x0A }, as: UTF8.self)
      guard let size = head.split(separator: " ").last.flatMap({ Int($0) }),
        rest.count >= head.utf8.count + size + 2
      else { throw FileError(path: entry.path, reason: "git does not say what it holds") }
      rest = rest.dropFirst(head.utf8.count + 1)
      files.append(File(path: entry.path, bytes: Array(rest.prefix(size))))
      rest = rest.dropFirst(size + 1)
    }
    return files
  }

  // MARK: - The program

  private func failure(_ reason: String) -> FileError { FileError(path: name, reason: reason) }

  /// What git prints; where it complains, what it says, in our words where there is no such thing.
  private func git(_ arguments: [String], input: [UInt8] = []) throws(FileError) -> [UInt8] {
    guard let stdin = tmpfile(), let stdout = tmpfile(), let stderr = tmpfile() else {
      throw failure("no temporary file: \(String(cString: strerror(errno)))")
    }
    defer {
      fclose(stdin)
      fclose(stdout)
      fclose(stderr)
    }
    guard fwrite(input, 1, input.count, stdin) == input.count, fflush(stdin) == 0 else {
      throw failure(String(cString: strerror(errno)))
    }
    rewind(stdin)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, fileno(stdin), STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fileno(stdout), STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fileno(stderr), STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = (["git"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let error = posix_spawnp(&pid, "git", &actions, nil, &words, environ)
    guard error == 0 else {
      throw failure("git cannot be run: \(String(cString: strerror(error)))")
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { throw failure(String(cString: strerror(errno))) }
    }
    guard status == 0 else {
      rewind(stderr)
      throw failure(Self.reason(String(decoding: try Self.contents(of: stderr), as: UTF8.self)))
    }
    rewind(stdout)
    return try Self.contents(of: stdout)
  }

  private static func reason(_ complaint: String) -> String {
    let words = complaint.split(separator: "\n").first ?? ""
    let isNowhere = [
      "Not a valid object name", "invalid object name", "does not exist in", "exists on disk",
      "not a git repository",
    ].contains { words.contains($0) }
    return isNowhere || words.isEmpty
      ? "no such file, and git has no such revision and path" : "git says: \(words)"
  }

  private static func contents(of file: UnsafeMutablePointer<FILE>) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
