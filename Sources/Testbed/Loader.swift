internal import LiveKernel
public import Ruleset
internal import RulesetText

/// Who brings rules into the kernel.
public enum Loader: String, Hashable, Sendable, CaseIterable {
  case iptablesNFT = "iptables-nft"
  case iptablesLegacy = "iptables-legacy"
  case nft

  /// The one whose language these rules are in; of iptables' two, the one they were made for.
  public init(for ruleset: Ruleset) {
    let tables = ruleset.tables
    if tables.allSatisfy(\.dialect.isNative), !tables.isEmpty {
      self = .nft
    } else {
      let isLegacy = tables.contains { $0.backend == .iptablesLegacy }
      self = isLegacy ? .iptablesLegacy : .iptablesNFT
    }
  }
}

/// Rules as the text that programs take.
public struct LoadableText: Hashable, Sendable {
  /// For iptables-restore.
  public var ipv4: [UInt8]?
  /// For ip6tables-restore.
  public var ipv6: [UInt8]?
  /// For `nft -f`.
  public var nft: [UInt8]?

  public init(ipv4: [UInt8]? = nil, ipv6: [UInt8]? = nil, nft: [UInt8]? = nil) {
    self.ipv4 = ipv4
    self.ipv6 = ipv6
    self.nft = nft
  }

  /// The rules of a model, written anew.
  public init(writing ruleset: Ruleset) {
    func tables(_ isWanted: (Table) -> Bool) -> [Table]? {
      let tables = ruleset.tables.filter(isWanted)
      return tables.isEmpty ? nil : tables
    }
    ipv4 = tables { !$0.dialect.isNative && $0.family == .ip }.map {
      Array(IPTables.write($0).utf8)
    }
    ipv6 = tables { !$0.dialect.isNative && $0.family == .ip6 }.map {
      Array(IPTables.write($0).utf8)
    }
    nft = tables(\.dialect.isNative).map { Array(NFTables.write($0).utf8) }
  }
}

extension TestPod {
  /// Loads rules into the pod, beside what is there. An nft script is nft's in any case; `loader`
  /// says who takes iptables' rules.
  ///
  /// - Throws: `refused` with what the program said where it takes them not.
  public func load(_ text: LoadableText, by loader: Loader) throws(TestbedError) {
    try namespace.load(text, by: loader)
  }
}

extension NetworkNamespace {
  func load(_ text: LoadableText, by loader: Loader) throws(TestbedError) {
    let hasIPTables = text.ipv4 != nil || text.ipv6 != nil
    if loader == .nft, hasIPTables {
      throw .unloadable(.nft, because: "these are iptables' rules, which nft does not read")
    }
    if loader != .nft, text.nft != nil, !hasIPTables {
      throw .unloadable(loader, because: "these are nft's rules, which only nft reads")
    }
    try inside { () throws(TestbedError) in
      for (text, program) in [(text.ipv4, "iptables"), (text.ipv6, "ip6tables")] {
        guard let text else { continue }
        let variant = loader == .iptablesLegacy ? "legacy" : "nft"
        // As Istio does it; and another process's lock of the legacy tables is waited for.
        try Tool.iptables("\(program)-\(variant)-restore").run(
          ["--noflush"] + (loader == .iptablesLegacy ? ["-w", "30"] : []), input: text)
      }
      if let script = text.nft { try Tool.nft.run(["-f", "-"], input: script) }
    }
  }
}
