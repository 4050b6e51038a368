import Glibc

/// How a run was asked for, and where it keeps its files.
final class Setting {
  private(set) var names: Set<String> = []
  private(set) var clock = Clock.cpu
  /// Of cheap figures; expensive ones make fewer.
  private(set) var rounds = 11
  /// The release build of bypass-plan.
  private(set) var program = ".build/release/bypass-plan"
  /// Where this program and its sibling NFTDump lie.
  let ownProgram: String
  private let folder: String

  init(_ arguments: some Sequence<String>) throws {
    var template = Array("/tmp/bypass-plan-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("cannot make a temporary folder") }
    folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    var link = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &link, link.count - 1)
    ownProgram = String(decoding: link.prefix(max(0, length)).map(UInt8.init), as: UTF8.self)
    var rest = Array(arguments)[...]
    while let word = rest.popFirst() {
      switch word {
      case "--wall": clock = .wall
      case "--rounds":
        guard let number = rest.popFirst().flatMap(Int.init), number > 0 else {
          throw Failure("--rounds wants a number")
        }
        rounds = number
      case "--program":
        guard let path = rest.popFirst() else { throw Failure("--program wants a file") }
        program = path
      default:
        guard Bench.figures.contains(where: { $0.name == word }) else {
          let known = Bench.figures.map(\.name).joined(separator: ", ")
          throw Failure("no figure '\(word)'; there are \(known)")
        }
        names.insert(word)
      }
    }
  }

  /// Writes a file for this run only and says where it is.
  func file(_ name: String, _ text: String) throws -> String {
    let path = "\(folder)/\(name)"
    guard let stream = fopen(path, "w") else { throw Failure("cannot write \(path)") }
    defer { fclose(stream) }
    var text = text
    let written = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, stream) }
    guard written == text.utf8.count else { throw Failure("cannot write \(path)") }
    return path
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func removeFiles() {
    guard let directory = opendir(folder) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(folder)/\(name)") }
    }
    closedir(directory)
    rmdir(folder)
  }
}
