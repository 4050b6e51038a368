import FlowSets
import Glibc
import LiveKernel
import PacketPath
import Ruleset
import RulesetText

/// A piece of our work as a process of its own, to be measured from start to end with its memory.
enum Job {
  /// Reads an iptables-save file.
  case readSave(file: String)
  /// Reads the rules of the network namespace it is started in.
  case readKernel
  /// Builds the diagram of an iptables-save file.
  case flows(file: String)

  /// nil where the command line names none.
  init?(commandLine words: [String]) throws {
    guard words.count > 2, words[1] == "--job" else { return nil }
    switch (words[2], words.dropFirst(3).first) {
    case ("read-save", let file?): self = .readSave(file: file)
    case ("read-kernel", nil): self = .readKernel
    case ("flows", let file?): self = .flows(file: file)
    default: throw Failure("no such job")
    }
  }

  var arguments: [String] {
    switch self {
    case .readSave(let file): ["--job", "read-save", file]
    case .readKernel: ["--job", "read-kernel"]
    case .flows(let file): ["--job", "flows", file]
    }
  }

  func run() throws {
    switch self {
    case .readSave(let file): print(try Self.read(file).ruleCount)
    case .readKernel:
      let live = try NetworkNamespace.own().readRuleset()
      print(live.ruleset.ruleCount)
      // A process gives back what it read by ending.
      withExtendedLifetime(live) { exit(0) }
    case .flows(let file):
      let ruleset = try Self.read(file)
      let space = FlowSpace(for: [ruleset])
      _ = try space.flows(of: ruleset, .outbound)
      print(ruleset.ruleCount)
    }
  }

  private static func read(_ file: String) throws -> Ruleset {
    guard let stream = fopen(file, "r") else { throw Failure("cannot read \(file)") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
      bytes += buffer[..<count]
    }
    return try IPTables.readSave(bytes)
  }
}

extension Ruleset {
  var ruleCount: Int { tables.lazy.flatMap(\.chains).reduce(0) { $0 + $1.rules.count } }
}

extension Setting {
  func process(_ job: Job) -> Process { Process(words: [ownProgram] + job.arguments) }
}
