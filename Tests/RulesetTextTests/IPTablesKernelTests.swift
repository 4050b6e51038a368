import Ruleset
import RulesetText
import TestSupport
import Testing

/// The reader against the real tools and this kernel.
@Suite(.serialized) struct IPTablesKernelTests {
  private static let tools = ["iptables", "iptables-legacy"]

  /// What iptables-save prints of a table means what the text that was loaded means.
  @Test func readsBackWhatTheKernelWasGiven() throws {
    if let why = IPTablesKernel.missing { return print("not compared with the kernel: \(why)") }
    guard let root = SharedCases.root else { return print("no shared cases: nothing to load") }
    var files = 0
    for name in try TestFiles.names(in: "\(root)/kernel") {
      for (file, family) in [("rules.v4", IPTables.Family.ip), ("rules.v6", .ip6)] {
        guard let text = try? TestFiles.text("\(root)/kernel/\(name)/\(file)") else { continue }
        let given = try IPTables.readSave(Array(text.utf8), family: family)
        for tool in Self.tools {
          let tool = family == .ip ? tool : tool.replacing("iptables", with: "ip6tables")
          let result = IPTablesKernel.run("\(tool)-restore && \(tool)-save", input: text)
          #expect(result.status == 0, "\(name)/\(file) \(tool)")
          let saved = try IPTables.readSave(Array(result.output.utf8), family: family)
          #expect(Meaning(saved) == Meaning(given), "\(name)/\(file) \(tool)")
          files += 1
        }
      }
    }
    #expect(files == 112)
  }

  /// Takes what the tools take, refuses what they or the kernel refuse, and understands a rule as
  /// it understands the way iptables-save prints it.
  @Test(arguments: Self.tools)
  func takesRulesAsTheToolDoes(_ tool: String) throws {
    if let why = IPTablesKernel.missing { return print("not compared with the kernel: \(why)") }
    for line in IPTablesRules.all {
      let tool = line.family == .ip ? tool : tool.replacing("iptables", with: "ip6tables")
      let result = IPTablesKernel.run("\(tool)-restore && \(tool)-save", input: line.text)
      #expect((result.status == 0) == line.isTaken, "\(tool) \(line.rule)")
      // Legacy iptables keeps `! -i +` as no test at all, iptables-nft as one that never holds.
      guard result.status == 0, line.rule != "! -i +" else { continue }
      let saved = try IPTables.readSave(Array(result.output.utf8), family: line.family)
      let given = try IPTables.readSave(Array(line.text.utf8), family: line.family)
      #expect(Meaning(saved) == Meaning(given), "\(tool) \(line.rule)")
    }
  }
}

@Suite struct IPTablesRulesTests {
  @Test(arguments: IPTablesRules.all)
  func takesOrRefuses(_ line: IPTablesRules.Line) throws {
    if line.isTaken {
      let tables = try IPTables.readSave(Array(line.text.utf8), family: line.family)
      let written = IPTables.write(tables)
      #expect(
        IPTables.write(try IPTables.readSave(Array(written.utf8), family: line.family)) == written)
    } else {
      #expect(throws: ReadError.self) {
        try IPTables.readSave(Array(line.text.utf8), family: line.family)
      }
    }
  }
}

/// Tables as their meaning alone: no texts, no counters, constraints in any order, and of what is
/// not understood the kind only, for the tool prints its defaults too.
private struct Meaning: Equatable {
  var rules: [String: [[Set<Constraint>]]] = [:]
  var effects: [String: [[Rule.Step]]] = [:]

  init(_ tables: [Table]) {
    for table in tables {
      for chain in table.chains {
        let name = "\(table.name) \(chain.name) \(chain.base?.policy.rawValue ?? "-")"
        rules[name] = chain.rules.map { $0.steps.compactMap(\.constraints) }
        effects[name] = chain.rules.map { $0.steps.filter { $0.constraints == nil }.map(\.plain) }
      }
    }
    // A table that only one side mentions is empty there.
    rules = rules.filter { !$0.value.isEmpty }
    effects = effects.filter { !$0.value.isEmpty }
  }
}

extension Rule.Step {
  /// Those of a plain match.
  fileprivate var constraints: Set<Constraint>? {
    guard case .test(let test) = self, test.arms.count == 1 else { return nil }
    return Set(
      test.arms[0].box.constraints.map { constraint in
        guard case .unknown(let match) = constraint.field else { return constraint }
        let kind = UnknownMatch(name: match.name, detail: "", isStateful: match.isStateful)
        return Constraint(.unknown(kind), in: constraint.set)
      })
  }

  fileprivate var plain: Self {
    switch self {
    case .effect(.aside): .effect(.aside(""))
    case .verdict(.opaque): .verdict(.opaque(""))
    default: self
    }
  }
}
