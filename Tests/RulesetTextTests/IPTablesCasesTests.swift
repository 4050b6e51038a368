import Ruleset
import RulesetText
import TestSupport
import Testing

/// Every file of rules that the real tools have written or loaded.
@Suite struct IPTablesCasesTests {
  /// What one file holds, by family.
  static func read(_ path: String, _ family: IPTables.Family) throws -> [Table] {
    try IPTables.readSave(TestFiles.bytes(path), family: family)
  }

  /// Lines of the written text that the source has too are the same and in the same order.
  private func expectIdentity(_ tables: [Table], _ family: IPTables.Family, _ name: String) throws {
    let written = IPTables.write(tables)
    let again = try IPTables.readSave(Array(written.utf8), family: family)
    #expect(again.map(\.withoutOrigins) == tables.map(\.withoutOrigins), "\(name)")
    #expect(IPTables.write(again) == written, "\(name)")
  }

  @Test func readsWhatAnotherMeshSaved() throws {
    guard let root = SharedCases.root else { return print("no shared cases: saves not read") }
    var files = 0
    for name in try TestFiles.names(in: "\(root)/saves") {
      let path = "\(root)/saves/\(name)"
      let family: IPTables.Family = name.contains(".ip6tables") ? .ip6 : .ip
      files += 1
      // Where a distribution lacks the legacy tools the file holds what the shell said.
      if try TestFiles.text(path) == "executable not found\n" {
        #expect(
          throws: ReadError(
            line: 1, column: 1,
            message: "expected '*TABLE' as iptables-save prints it, found 'executable not found'")
        ) {
          try Self.read(path, family)
        }
        continue
      }
      let tables = try Self.read(path, family)
      #expect(!tables.isEmpty)
      try expectIdentity(tables, family, name)
      let lines = try TestFiles.text(path).split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(IPTables.write(tables).split(separator: "\n") == lines, "\(name)")
    }
    #expect(files == 33)
  }

  @Test func readsWhatTheKernelCasesLoad() throws {
    guard let root = SharedCases.root else {
      return print("no shared cases: kernel rules not read")
    }
    var files = 0
    for name in try TestFiles.names(in: "\(root)/kernel") {
      for (file, family) in [("rules.v4", IPTables.Family.ip), ("rules.v6", .ip6)] {
        let path = "\(root)/kernel/\(name)/\(file)"
        guard let bytes = try? TestFiles.bytes(path) else { continue }
        let tables = try IPTables.readSave(bytes, family: family)
        try expectIdentity(tables, family, path)
        try Ruleset(tables).validateJumps()
        files += 1
      }
    }
    #expect(files == 56)
  }
}

extension Table {
  /// The same table read from elsewhere.
  var withoutOrigins: Table {
    var table = self
    for chain in table.chains.indices {
      for rule in table.chains[chain].rules.indices { table.chains[chain].rules[rule].origin = nil }
    }
    return table
  }
}

/// Istio's own golden files: commands up to 1.23, texts for iptables-restore from 1.24 on.
@Suite struct IPTablesIstioTests {
  @Test func readsEveryGolden() throws {
    guard let root = SharedCases.root else { return print("no shared cases: goldens not read") }
    var files = 0
    for version in ["1.19", "1.21", "1.23", "1.24", "1.25", "1.27", "1.31"] {
      let folder = "\(root)/istio/\(version)/iptables"
      for name in try TestFiles.names(in: folder) where name.hasSuffix(".golden") {
        let text = try TestFiles.text("\(folder)/\(name)")
        let ruleset =
          text.contains("iptables -t")
          ? try IPTables.readCommands(Array(text.utf8), owners: .istio)
          : try Self.readPair(text)
        try ruleset.validateJumps()
        let written = IPTables.write(ruleset)
        let again = try IPTables.readSave(Array(written.utf8), owners: .istio)
        #expect(again.tables.count == ruleset.tables.count, "\(version) \(name)")
        #expect(IPTables.write(again) == written, "\(version) \(name)")
        files += 1
      }
    }
    #expect(files > 180)
  }

  /// IPv4's text and IPv6's after it without a mark between them: a table comes again.
  static func readPair(_ text: String) throws -> Ruleset {
    var seen: Set<Substring> = []
    var texts = ["", ""]
    var index = 0
    for line in text.split(separator: "\n") {
      if line.hasPrefix("*"), !seen.insert(line).inserted { index = 1 }
      texts[index] += line + "\n"
    }
    return Ruleset(
      try IPTables.readSave(Array(texts[0].utf8), family: .ip, owners: .istio)
        + IPTables.readSave(Array(texts[1].utf8), family: .ip6, owners: .istio))
  }
}

extension Owners {
  /// As the cases were measured.
  static let istio = Self(groups: ["java": 4242, "ftp": 4321])
}
