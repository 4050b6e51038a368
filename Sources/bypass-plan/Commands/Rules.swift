import ArgumentParser
import Reports

struct Rules: Command {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Which rules does Istio program for this configuration?",
    discussion: """
      The rules of the capture flags, of --config, or of any other source, each with what it is \
      there for, in order of evaluation. `-o restore` prints byte for byte what Istio hands to \
      iptables-restore (up to 1.23 its discrete commands), `-o nft` its native script.
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
    if output == .restore || output == .nft { return try printGenerated(loader) }
    let rules = try loader.load()
    let report = RulesReport(
      rules.ruleset, headline: "\(rules.source), in order of evaluation.", purpose: rules.purpose)
    switch output {
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    default: Output.write(report.text)
    }
  }

  /// The generator's own bytes, whatever the tool may say to them.
  private func printGenerated(_ loader: SourceLoader) throws {
    let generated =
      source.rules == nil ? try loader.generated() : try loader.generatedForManifest()
    guard let generated else {
      throw UnusableInput(
        "-o \(output.rawValue) prints what Istio generates; it needs capture flags, --config or a "
          + "manifest")
    }
    Output.write(generated.rules?.text ?? "")
  }
}
