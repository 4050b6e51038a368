import Ruleset
import RulesetText
import TestSupport
import Testing

/// The measured scripts: Istio's goldens, the ambient agent's and those loaded into real kernels.
@Suite struct NFTablesCasesTests {
  static let scripts: [String] = {
    guard let root = SharedCases.root else {
      print("NFTablesCasesTests: no shared cases here, so their scripts are not read")
      return []
    }
    func names(_ path: String) -> [String] { (try? TestFiles.names(in: path)) ?? [] }
    let kernel = names("\(root)/kernel").map { "\(root)/kernel/\($0)/rules.nft" }
    let istio = names("\(root)/istio").flatMap { version in
      names("\(root)/istio/\(version)/nftables").map { "\(root)/istio/\(version)/nftables/\($0)" }
    }
    let ambient = names("\(root)/istio/ambient-nftables").map {
      "\(root)/istio/ambient-nftables/\($0)"
    }
    return (kernel + istio + ambient).filter { $0.hasSuffix(".nft") || $0.hasSuffix(".golden") }
  }()

  @Test(arguments: scripts)
  func readsEveryRuleAndUnderstandsIt(path: String) throws {
    let text = try TestFiles.text(path)
    let ruleset = try NFTables.read(text)
    let rules = ruleset.tables.flatMap(\.chains).flatMap(\.rules)
    let commands = text.split(separator: "\n").filter {
      $0.hasPrefix("add rule") || $0.hasPrefix("insert rule")
    }
    #expect(rules.count == commands.count)
    for rule in rules {
      // The groups' names and the agent's own set are known only where they are loaded.
      let isNamed = ["java", "ftp", "@istio-inpod-probes"].contains { rule.text.contains($0) }
      #expect(rule.isUnderstood != isNamed, "\(rule.text)")
    }
  }
}

extension Rule {
  /// No step is kept by name only.
  var isUnderstood: Bool {
    steps.allSatisfy { step in
      switch step {
      case .verdict(.opaque): false
      case .verdict, .effect: true
      case .test(let test):
        test.arms.flatMap(\.box.constraints).allSatisfy {
          if case .unknown = $0.field { false } else { true }
        }
      }
    }
  }
}
