import Glibc
import LiveKernel
import Ruleset
import RulesetText
import TestSupport
import Testing

/// What is read from the kernel is what the file that was loaded says, under each of the three
/// loaders.
@Suite struct SharedCaseTests {
  static let names: [String] = {
    guard let root = SharedCases.root else {
      print("SharedCaseTests: no shared cases here, nothing is compared")
      return []
    }
    return (try? TestFiles.names(in: "\(root)/kernel")) ?? []
  }()

  @Test(arguments: names, ["iptables-nft", "iptables-legacy"])
  func iptables(name: String, loader: String) throws {
    let files = try #require(SharedCases.root) + "/kernel/\(name)"
    let namespace = try Throwaway("case")
    var expected = Ruleset()
    for (suffix, tool, family) in [
      ("v4", "iptables", IPTables.Family.ip), ("v6", "ip6tables", .ip6),
    ] {
      let file = "\(files)/rules.\(suffix)"
      guard access(file, R_OK) == 0 else { continue }
      let backend = loader == "iptables-nft" ? "nft" : "legacy"
      try namespace.run("\(tool)-\(backend)-restore \(file)")
      let text = try namespace.run("\(tool)-\(backend)-save")
      expected.tables += try IPTables.readSave(Array(text.utf8), family: family)
    }
    let live = try namespace.open().readRuleset()
    #expect(live.isStable)
    compare(live.ruleset, expected, "\(name) \(loader)")
    for table in live.ruleset.tables {
      #expect(table.backend == (loader == "iptables-nft" ? .iptablesNFT : .iptablesLegacy))
    }
  }

  @Test(arguments: names)
  func nft(name: String) throws {
    let file = try #require(SharedCases.root) + "/kernel/\(name)/rules.nft"
    let namespace = try Throwaway("case")
    try namespace.run("nft -f \(file)")
    let live = try namespace.open().readRuleset()
    compare(live.ruleset, try NFTables.read(try TestFiles.bytes(file)), name, texts: false)
    let listed = try namespace.run("nft list ruleset")
    compare(live.ruleset, try NFTables.read(listed), "\(name) as listed", texts: true)
  }

  private func compare(
    _ live: Ruleset, _ expected: Ruleset, _ what: String, texts: Bool = true
  ) {
    let (found, wanted) = (NormalRule.chains(live), NormalRule.chains(expected))
    #expect(Set(found.keys) == Set(wanted.keys), "\(what): chains")
    let (foundText, wantedText) = (NormalRule.texts(live), NormalRule.texts(expected))
    for (chain, rules) in wanted.sorted(by: { $0.key < $1.key }) {
      guard let mine = found[chain], mine.count == rules.count else {
        Issue.record("\(what) \(chain): \(found[chain]?.count ?? 0) rules, not \(rules.count)")
        continue
      }
      for (index, (rule, other)) in zip(mine, rules).enumerated() {
        #expect(rule == other, "\(what) \(chain) \(index + 1)")
        // nft 1.0.6 lists `& 0xfffff000 | 0x111` with the mask `0xfffff111`.
        if texts, !(wantedText[chain]?[index].contains("0xfffff111") ?? false),
          let mine = foundText[chain]?[index], let theirs = wantedText[chain]?[index]
        {
          #expect(mine == theirs, "text of \(what) \(chain) \(index + 1)")
        }
      }
    }
  }
}
