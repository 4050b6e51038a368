import Addresses
import Documents
import Istio
import LiveKernel
import PacketPath
import Planning
import Ruleset
import RulesetText
import Testbed

/// Loads what `--rules`, `--config` and the capture flags name. All warnings go to stderr.
struct SourceLoader {
  var options: SourceOptions
  /// The capture flags in words, for the sentence that says whose rules these are.
  var settings: String

  init(_ options: SourceOptions, settings: String = "these settings") {
    self.options = options
    self.settings = settings
  }

  func load() throws -> LoadedRules {
    var rules = try options.rules.map(told) ?? loaded(generated())
    let groups = options.capture.group
    if !groups.isEmpty { rules.text = rules.loadableText.numbering(groups) }
    return rules
  }

  /// The rules of `--rules`, and a word on what is set aside for them.
  private func told(_ source: RulesSource) throws -> LoadedRules {
    let rules = try load(source)
    // A manifest does not say which servers the pod asks.
    let asksNoServer = options.capture.dnsServers != nil && rules.workload == nil
    if options.capture.choosesTraffic || asksNoServer {
      Output.warn("warning: the rules are those of --rules; capture flags beside it are set aside")
    }
    return rules
  }

  // MARK: - Istio's own rules

  /// What Istio writes for `--config` or the capture flags, not yet read for its meaning.
  func generated() throws -> GeneratedRules {
    if let file = options.capture.config { return try generatedForConfig(file) }
    let settings = try PlanSettings(
      options.capture.pod(in: meshValues()), version: options.capture.istioVersion,
      install: options.capture.install, backend: options.capture.backend)
    let rules = try settings.capture.rules(options.capture.backend)
    warn(of: rules, from: options.capture.values)
    return GeneratedRules(
      rules: rules, config: settings.capture.config, settings: settings,
      source: sentence(settings.capture))
  }

  func meshValues() throws -> MeshValues {
    try options.capture.values.map { try MeshValues(file: $0) } ?? MeshValues()
  }

  private func generatedForConfig(_ file: String) throws -> GeneratedRules {
    guard !options.capture.flagsGiven else {
      throw UnusableInput("--config is the whole config; it takes no capture flag beside it")
    }
    return try generated(captureConfig(file), from: file)
  }

  func generated(_ config: CaptureConfig, from file: String) throws -> GeneratedRules {
    let rules: CaptureRules
    do {
      rules = try CaptureRules(
        for: config, version: options.capture.istioVersion, backend: options.capture.backend)
    } catch {
      throw UnusableInput("\(file): \(error)")
    }
    for notice in rules.notices { Output.warn("\(file): warning: \(notice)") }
    for problem in rules.loadProblems { Output.warn("\(file): warning: \(problem)") }
    return GeneratedRules(
      rules: rules, config: config, settings: nil,
      source: "Istio \(rules.version), \(rules.backend.rawValue): the rules of \(file)")
  }

  /// Says what the generator passes over for settings of a pod. The servers it then does without,
  /// istio-init finds in the pod itself.
  func warn(of rules: CaptureRules?, from file: String?) {
    for notice in rules?.notices ?? [] {
      let isOfDNS = notice == .noDNSServers || notice == .dnsCapturesNothing
      Output.warn(
        (file.map { "\($0): " } ?? "") + "warning: \(notice)"
          + (isOfDNS ? "; istio-init takes those of the pod's resolv.conf: give --dns-servers" : "")
      )
    }
  }

  func loaded(_ generated: GeneratedRules) throws -> LoadedRules {
    let ruleset = try generated.rules.map(meaning) ?? Ruleset()
    return LoadedRules(
      ruleset: ruleset, source: generated.source, generated: generated.rules,
      config: generated.config, settings: generated.settings, workload: generated.workload,
      network: network(for: ruleset))
  }

  /// What the rules mean. Rules the tool refuses are not loaded, none of them, so they mean nothing.
  func meaning(_ rules: CaptureRules) throws -> Ruleset {
    if rules.loadProblems.contains(where: \.isCertain) {
      Output.warn("warning: none of these rules loads; what follows holds for a pod without them")
      return Ruleset()
    }
    do {
      return try rules.ruleset(owners: owners)
    } catch {
      let why = rules.loadProblems.first.map { "\($0)" } ?? "line \(error)"
      throw UnusableInput("the rules cannot be judged here: \(why)")
    }
  }

  private func sentence(_ capture: SidecarCapture) -> String {
    let writer = capture.install == .cni ? "Istio's CNI plugin" : "istio-init"
    return "Istio \(capture.version), \(options.capture.backend.rawValue): what \(writer) writes "
      + "with \(settings)"
  }

  func network(for ruleset: Ruleset) -> PodNetwork {
    PodNetwork(LocalAddresses(options.localAddresses), for: ruleset)
  }

  // MARK: - The kernel

  private func live(_ namespace: NetworkNamespace) throws -> LoadedRules {
    let live = try namespace.readRuleset()
    return loaded(live, of: namespace.name, try namespace.readLocalAddresses())
  }

  /// What was read of the namespace of that name. Its addresses are those the user gives, else its
  /// own; loopback goes without saying.
  func loaded(
    _ live: LiveRuleset, of name: String, _ addresses: LocalAddresses
  ) -> LoadedRules {
    for note in live.notes where note.isWorthAWord { Output.warn("\(name): warning: \(note)") }
    let given = options.localAddresses
    let local = given.isEmpty ? addresses.addresses.filter { !$0.isLoopback } : given
    return LoadedRules(
      ruleset: live.ruleset, source: "The rules of \(name) as the kernel has them",
      network: PodNetwork(LocalAddresses(local), for: live.ruleset))
  }

  // MARK: - Files

  private func load(_ source: RulesSource) throws -> LoadedRules {
    switch source {
    case .file(let path): return try load(Files.read(path), from: path)
    case .save(let ipv4, let ipv6):
      var tables: [Table] = []
      var texts: [[UInt8]?] = []
      for (path, family) in [(ipv4, IPTables.Family.ip), (ipv6, .ip6)] {
        let bytes = try path.map { path throws(FileError) in try Files.read(path) }
        texts.append(bytes)
        guard let path, let bytes else { continue }
        tables += try located(path, bytes) {
          try IPTables.readSave($0, family: family, owners: owners)
        }
      }
      var rules = loaded(
        Ruleset(tables), from: [ipv4, ipv6].compactMap(\.self).joined(separator: ", "))
      rules.text = LoadableText(ipv4: texts[0], ipv6: texts[1])
      return rules
    case .namespace, .process, .pod: return try live(source.openNetworkNamespace())
    case .manifest(let file, let object):
      return try loaded(generated(for: object, in: Files.read(file), file))
    }
  }

  private func load(_ bytes: [UInt8], from path: String) throws -> LoadedRules {
    switch SourceFormat(recognising: bytes) {
    case .save:
      return loaded(
        try located(path, bytes) { try IPTables.readSave($0, owners: owners) }, from: path)
    case .commands:
      return loaded(
        try located(path, bytes) { try IPTables.readCommands($0, owners: owners) }, from: path)
    case .nft:
      var rules = loaded(
        try located(path, bytes) { try NFTables.read($0, owners: owners) }, from: path)
      rules.text = LoadableText(nft: bytes)
      return rules
    case .nftJSON:
      return loaded(
        try located(path, bytes) { try NFTables.readJSON($0, owners: owners) }, from: path)
    case .document where Self.isManifest(bytes):
      return try loaded(generated(for: nil, in: bytes, path))
    case .document:
      return try loaded(generated(captureConfig(path, bytes), from: path))
    case .empty: throw UnusableInput("\(path): is empty; expected rules, a manifest or a config")
    case .unknown:
      throw UnusableInput(
        "\(path):1:1: is neither iptables-save text, iptables commands, an nft script, `nft -j` "
          + "JSON, a manifest nor a capture config")
    }
  }

  var owners: Owners {
    let groups = options.capture.group.map { ($0.name, $0.number) }
    return Owners(groups: Dictionary([("root", 0)] + groups, uniquingKeysWith: { $1 }))
  }

  private func loaded(_ ruleset: Ruleset, from path: String) -> LoadedRules {
    LoadedRules(
      ruleset: ruleset, source: "The rules of \(path)", network: network(for: ruleset))
  }

  private func located<Value>(
    _ path: String, _ bytes: [UInt8]? = nil, _ read: ([UInt8]) throws -> Value
  ) throws -> Value {
    do {
      return try read(bytes ?? Files.read(path))
    } catch let error as ReadError {
      throw UnusableInput("\(Files.name(of: path)):\(error)")
    }
  }

  func captureConfig(_ path: String, _ bytes: [UInt8]? = nil) throws -> CaptureConfig {
    do {
      return try CaptureConfig(document(path, bytes))
    } catch let error as DocumentError {
      throw error.located(in: Files.name(of: path))
    }
  }

  func document(_ path: String, _ bytes: [UInt8]? = nil) throws -> Node {
    do {
      return try Node(reading: bytes ?? Files.read(path))
    } catch let error as DocumentError {
      throw error.located(in: Files.name(of: path))
    }
  }
}

extension LiveRuleset.Note {
  /// A kernel that lacks one of the two back ends simply has no rules there.
  fileprivate var isWorthAWord: Bool {
    if case .missing = self { false } else { true }
  }
}
