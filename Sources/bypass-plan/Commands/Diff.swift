import Addresses
import Answers
import ArgumentParser
import FlowSets
import Istio
import Reports
import Ruleset

struct Diff: Command {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Exactly which traffic changes its fate between two sources?",
    discussion: """
      OLD and NEW are sources as --rules has them (a file, save:V4,V6, netns:NAME, pid:N …), or \
      capture flags:

        bypass-plan diff flags:--exclude-ports=3307 flags:--exclude-ports=3307,11211
        bypass-plan diff flags: 'flags:--exclude-ports=3307 --dns-capture'
        bypass-plan diff config.yaml config.yaml --old-istio-version 1.24
        bypass-plan diff deployed/ changed/
        bypass-plan diff main:deploy HEAD:deploy

      Manifests, directories of them, or those of git revisions (REV:PATH) are compared workload \
      by workload.

      All packets are compared, as sets: first packets of connections that applications open in \
      the pod, and those that arrive there, of both families. The exit code is 0 where there is no \
      difference, 1 where there is one or it can't be told.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, markdown
  }

  @Argument(help: "The old rules: a source, or flags:FLAGS.")
  var old: DiffSide

  @Argument(help: "The new rules.")
  var new: DiffSide

  @OptionGroup(title: "Istio, where the rules are its own") var istio: DiffIstioOptions

  @OptionGroup(title: "Packets") var packets: UniverseOptions

  @Flag(help: "Packets that are sent in the pod, and not those that arrive.")
  var outbound = false

  @Option(
    help: ArgumentHelp(
      "The pod's own addresses (repeatable).", valueName: "address",
      visibility: .hidden))
  var localAddress: [AddressList] = []

  @Option(
    help: ArgumentHelp(
      "A group's number, for names in owner lists (repeatable).", valueName: "name=gid",
      visibility: .hidden))
  var group: [GroupNumber] = []

  @Flag(help: "Every region, however many.")
  var all = false

  @Option(name: .shortAndLong, help: "text, json, yaml or markdown.")
  var output = Format.text

  func validate() throws {
    if outbound, packets.inbound {
      throw ValidationError("Without --inbound and --outbound both ways are compared.")
    }
  }

  func answer() throws {
    if case .source(.file(let from)) = old.kind, case .source(.file(let to)) = new.kind,
      ManifestDiff.isMeant(from, to)
    {
      return try compareManifests(from, to)
    }
    let before = try load(old, istio.old)
    let after = try load(new, istio.new)
    let comparison = try compare(before, after)
    let report = DifferenceReport(
      comparison, old: before.source + ".", new: after.source + ".", isWhole: all)
    switch output {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .markdown: Output.write(report.markdown)
    }
    if !comparison.changes.isEmpty { throw ExitCode.findings }
  }

  private func compare(_ before: LoadedRules, _ after: LoadedRules) throws -> Comparison {
    let rulesets = [before.ruleset, after.ruleset]
    let network = Self.pod(after.network, or: before.network)
    return try Comparison(
      from: before.ruleset, to: after.ruleset, in: network,
      directions.map {
        try packets.universe(
          $0, families: Family.allCases, of: rulesets, in: network, proxy: after.proxy)
      })
  }

  private func compareManifests(_ from: String, _ to: String) throws {
    let difference = try ManifestDiff(
      old: (from, try loader(old, istio.old)), new: (to, try loader(new, istio.new)),
      isWhole: all, compare: compare)
    switch output {
    case .text: Output.write(difference.text)
    case .json: Document.json(difference.json)
    case .yaml: Document.yaml(difference.json)
    case .markdown: Output.write(difference.markdown)
    }
    for failure in difference.failures { Output.warn(failure) }
    if !difference.failures.isEmpty { throw ExitCode.unusable }
    if !difference.reports.isEmpty { throw ExitCode.findings }
  }

  /// One pod for both sides: a side that is live knows its addresses, and either may route marked
  /// packets to the pod itself.
  private static func pod(_ new: PodNetwork, or old: PodNetwork) -> PodNetwork {
    PodNetwork(
      new.addresses.addresses.isEmpty ? old.addresses : new.addresses,
      localMark: new.localMark ?? old.localMark)
  }

  /// Both ways, unless the question is of one only; what arrives has no owner.
  private var directions: [Direction] {
    if packets.inbound { return [.inbound] }
    let isOfOwners = packets.sender != nil || packets.uid != nil || packets.gid != nil
    return outbound || isOfOwners ? [.outbound] : [.outbound, .inbound]
  }

  private func load(_ side: DiffSide, _ istio: [String]) throws -> LoadedRules {
    try loader(side, istio).load()
  }

  private func loader(_ side: DiffSide, _ istio: [String]) throws -> SourceLoader {
    var source: SourceOptions
    do {
      source = try SourceOptions.parse(istio + side.words)
    } catch {
      throw UnusableInput("\(side.text): \(SourceOptions.message(for: error))")
    }
    source.localAddress += localAddress
    source.capture.group += group
    if case .source(let rules) = side.kind { source.rules = rules }
    let flags = side.words.joined(separator: " ")
    return SourceLoader(source, settings: flags.isEmpty ? "its defaults" : flags)
  }
}
