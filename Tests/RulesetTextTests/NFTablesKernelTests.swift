import Addresses
import Glibc
import Ruleset
import RulesetText
import TestSupport
import Testing

/// What the kernel's own tool makes of a script, read back, against the script as read here.
@Suite struct NFTablesKernelTests {
  /// Loading needs nft and the right to make a network namespace.
  static let canLoad: Bool = {
    let canLoad = Shell.run("unshare -n nft list ruleset")?.status == 0
    if !canLoad { print("NFTablesKernelTests: no nft or no namespace here, so nothing is loaded") }
    return canLoad
  }()

  static let scripts =
    canLoad ? NFTablesCasesTests.scripts.filter { !$0.contains("hostprobe") } : []

  @Test(arguments: scripts)
  func listingsMeanWhatTheScriptMeans(path: String) throws {
    let script = try TestFiles.text(path)
    // A group that this machine has not.
    if script.contains("java") || script.contains("ftp") { return }
    let written = try NFTables.read(script).meaning
    let (listing, json) = try #require(Shell.listings(of: path))
    let listed = try NFTables.read(listing)
    #expect(listed.meaning == written)
    #expect(try NFTables.readJSON(json).meaning == written)
    let again = NFTables.write(listed)
    #expect(try NFTables.write(NFTables.read(again)) == again)
    #expect(try NFTables.read(again).meaning == written)
  }
}

/// Every construct alone, each in a chain of its own, against nft's own listing of it.
@Suite struct NFTablesConstructTests {
  static let script: String = {
    let chains = NFTablesConstructs.rules.enumerated().map { "chain r\($0) {\n\($1)\n}\n" }
    return "table inet t {\n\(NFTablesConstructs.sets)\nchain x { }\n\(chains.joined())}\n"
  }()

  @Test func readsThemAll() throws {
    let chains = try NFTables.read(Self.script).tables[0].chains
    #expect(chains.count == NFTablesConstructs.rules.count + 1)
    for (rule, chain) in zip(NFTablesConstructs.rules, chains.dropFirst()) {
      #expect(chain.rules.count == 1, "\(rule)")
    }
  }

  @Test(.enabled(if: NFTablesKernelTests.canLoad))
  func listingsMeanTheSame() throws {
    let (text, json) = try #require(Shell.listings(ofScript: Self.script))
    let (numbers, _) = try #require(
      Shell.listings(ofScript: Self.script, by: "nft -n list ruleset"))
    let numbered = try NFTables.read(numbers).meaning[0].chains
    let written = try NFTables.read(Self.script).meaning[0].chains
    let listed = try NFTables.read(text).meaning[0].chains
    let decoded = try NFTables.readJSON(json).meaning[0].chains
    for (index, rule) in NFTablesConstructs.rules.enumerated()
    where !NFTablesConstructs.respelled.contains(rule) {
      let own = written.first { $0.name == "r\(index)" }
      #expect(listed.first { $0.name == "r\(index)" } == own, "\(rule)")
      #expect(decoded.first { $0.name == "r\(index)" } == own, "\(rule) in JSON")
      if NFTablesConstructs.respelledInNumbers.contains(rule) { continue }
      #expect(numbered.first { $0.name == "r\(index)" } == own, "\(rule) in numbers")
    }
  }
}

extension NFTablesConstructTests {
  /// What is written of nft's JSON is, to nft, what its own listing says.
  @Test(.enabled(if: NFTablesKernelTests.canLoad))
  func jsonIsWrittenWithoutLoss() throws {
    let list = "nft -s list ruleset"
    let (listed, json) = try #require(Shell.listings(ofScript: Self.script, by: list))
    let again = NFTables.write(try NFTables.readJSON(json))
    let (relisted, _) = try #require(Shell.listings(ofScript: again, by: list), "nft refuses")
    // nft shows the elements of a set in an order of its own.
    let lines = [listed, relisted].map { text in
      String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
        line.split { " \t,".contains($0) }.sorted()
      }
    }
    for (line, other) in zip(lines[0], lines[1]) { #expect(line == other) }
    #expect(lines[0].count == lines[1].count)
  }
}

extension Ruleset {
  /// What tells packets apart: without texts, origins, counters and sets, and with the plain tests
  /// between two effects as one, whose order nft may change.
  var meaning: [Table] {
    tables.map { table in
      var table = table
      table.sets = []
      table.chains = table.chains.map { chain in
        var chain = chain
        chain.rules = chain.rules.map { Rule($0.plainSteps, text: "") }
        return chain
      }
      .sorted { $0.name < $1.name }
      return table
    }
  }
}

extension Rule {
  fileprivate var plainSteps: [Step] {
    var steps: [Step] = []
    var plain: [Constraint] = []
    func flush() {
      let sorted = plain.sorted { "\($0)" < "\($1)" }
      var unique: [Constraint] = []
      for constraint in sorted where unique.last != constraint { unique.append(constraint) }
      if !unique.isEmpty { steps.append(.test(.all(unique))) }
      plain = []
    }
    for step in self.steps {
      if case .test(let test) = step, test.arms.count == 1, test.arms[0].result == .goOn {
        plain += test.arms[0].box.constraints
      } else {
        flush()
        steps.append(step)
      }
    }
    flush()
    return steps
  }
}

/// Commands of the machine, for oracles.
enum Shell {
  /// What nft prints of a script loaded into a namespace of its own: text and JSON. Absent where nft
  /// refuses the script.
  static func listings(
    of path: String, by list: String = "nft -a list ruleset"
  ) -> (text: [UInt8], json: [UInt8])? {
    let load = "nft -f '\(path)' && \(list) && printf '\\0' && nft -j list ruleset"
    guard let (status, output) = run("unshare -n sh -c \"\(load)\""), status == 0,
      let end = output.firstIndex(of: 0)
    else { return nil }
    return (Array(output[..<end]), Array(output[(end + 1)...]))
  }

  static func listings(
    ofScript script: String, by list: String = "nft -a list ruleset"
  ) -> (text: [UInt8], json: [UInt8])? {
    let path = "/tmp/nftables-constructs-\(getpid()).nft"
    guard let file = fopen(path, "w") else { return nil }
    fputs(script, file)
    fclose(file)
    defer { unlink(path) }
    return listings(of: path, by: list)
  }

  static func run(_ command: String) -> (status: Int32, output: [UInt8])? {
    guard let pipe = popen("\(command) 2>/dev/null", "r") else { return nil }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      output += buffer[..<count]
    }
    return (pclose(pipe), output)
  }
}
