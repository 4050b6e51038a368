import ArgumentParser
import Reports
import Ruleset
import RulesetText

struct Rules: Command {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Which rules does Istio program for this configuration?",
    discussion: """
      The rules of the capture flags, of --config, or of any other source, each with what it is \
      there for, in order of evaluation. `-o restore` prints byte for byte what Istio hands to \
      iptables-restore (up to 1.23 its discrete commands), `-o nft` its native script. Of rules \
      from elsewhere they print what iptables-restore and `nft -f` take.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, restore, nft
  }

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "text, json, yaml, restore or nft.")
  var output = Format.text

  func answer() throws {
    var source = source
    if output == .nft, source.rules == nil { source.capture.backend = .nftables }
    let loader = SourceLoader(source)
    if output == .restore || output == .nft { return try printLoadable(loader) }
    let rules = try loader.load()
    let report = RulesReport(
      rules.ruleset, headline: "\(rules.source), in order of evaluation.", purpose: rules.purpose)
    switch output {
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    default: Output.write(report.text)
    }
  }

  /// The generator's own bytes, whatever the tool may say to them. Of any other source the rules as
  /// the loader takes them, written anew.
  private func printLoadable(_ loader: SourceLoader) throws {
    let generated =
      source.rules == nil ? try loader.generated() : try loader.generatedForDocument()
    if let generated { return Output.write(generated.rules?.text ?? "") }
    let tables = try loader.load().ruleset.tables
    let dialect: Table.Dialect = output == .nft ? .nft : .iptables
    let wanted = tables.filter { $0.dialect == dialect }
    let others = [Table.Dialect.iptables, .nft, .nftListing].filter { other in
      other != dialect && tables.contains { $0.dialect == other }
    }
    if wanted.isEmpty, !others.isEmpty {
      let words = others.map(\.words).joined(separator: "; or ")
      throw UnusableInput("-o \(output.rawValue): all these tables are \(words)")
    }
    for other in others {
      let count = tables.count { $0.dialect == other }
      let what = count == 1 ? "a table is" : "\(count) tables are"
      Output.warn("warning: \(what) left out, \(other.words)")
    }
    Output.write(
      output == .nft ? NFTables.write(wanted) : IPTables.write(Ruleset(wanted)))
  }
}

extension Table.Dialect {
  /// What the rules are, and where they are to be had.
  var words: String {
    switch self {
    case .iptables: "in iptables' words, which -o restore prints"
    case .nft: "in nft's words, which -o nft prints"
    case .nftListing:
      "in nft's words with extensions of iptables half told, which no tool takes; "
        + "iptables-save has them whole"
    }
  }
}
