public import Ruleset
internal import RulesetText

/// Who brings rules into the kernel.
public enum Loader: String, Hashable, Sendable, CaseIterable {
  case iptablesNFT = "iptables-nft"
  case iptablesLegacy = "iptables-legacy"
  case nft

  public var backend: Backend {
    switch self {
    case .iptablesNFT: .iptablesNFT
    case .iptablesLegacy: .iptablesLegacy
    case .nft: .nftables
    }
  }
}

/// Rules as text for a loader.
public enum LoadableText: Hashable, Sendable {
  /// For iptables-restore and ip6tables-restore; nil where a family has no rules.
  case restore(ipv4: [UInt8]?, ipv6: [UInt8]?)
  /// For `nft -f`.
  case nft([UInt8])

  /// The rules of a model in iptables-save's form. Tables of native nf_tables have none.
  public init(writing ruleset: Ruleset) {
    func text(_ family: TableFamily) -> [UInt8]? {
      let tables = ruleset.tables.filter { $0.family == family && !$0.backend.isNative }
      return tables.isEmpty ? nil : Array(IPTables.write(tables).utf8)
    }
    self = .restore(ipv4: text(.ip), ipv6: text(.ip6))
  }
}

extension TestPod {
  /// Loads rules into the pod, beside what is there.
  ///
  /// - Throws: `refused` with what the program said where it takes them not.
  public func load(_ text: LoadableText, by loader: Loader) throws(TestbedError) {
    try namespace.inside { () throws(TestbedError) in
      switch (text, loader) {
      case (.nft(let script), .nft): try Tool.nft.run(["-f", "-"], input: script)
      case (.restore(let ipv4, let ipv6), .iptablesNFT),
        (.restore(let ipv4, let ipv6), .iptablesLegacy):
        for (text, program) in [(ipv4, "iptables"), (ipv6, "ip6tables")] {
          guard let text else { continue }
          let variant = loader == .iptablesNFT ? "nft" : "legacy"
          // As Istio does it; and another process's lock of the legacy tables is waited for.
          try Tool.iptables("\(program)-\(variant)-restore").run(
            ["--noflush"] + (loader == .iptablesLegacy ? ["-w", "30"] : []), input: text)
        }
      case (.nft, _):
        throw .unloadable(loader, because: "these rules are nft's; --loader nft takes them")
      case (.restore, .nft):
        throw .unloadable(
          .nft, because: "these rules are iptables'; nft takes an nft script, or capture flags")
      }
    }
  }
}
