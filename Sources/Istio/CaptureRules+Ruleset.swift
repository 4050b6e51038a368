public import Addresses
public import Ruleset
public import RulesetText

extension CaptureRules {
  /// What the rules mean: the text as the tool reads it that Istio hands it to.
  ///
  /// Each rule's origin is its line in `text`. Group and user names need `owners`; a name without a
  /// number makes its match unknown.
  ///
  /// - Throws: `ReadError` at the line the tool would refuse; see `loadProblems`.
  public func ruleset(owners: Owners = Owners()) throws(ReadError) -> Ruleset {
    switch backend {
    case .nftables:
      return try NFTables.read(Array(text.utf8), owners: owners)
    case .iptables where version.has(.restoreText):
      return Ruleset(
        try IPTables.readSave(restoreText(for: .ipv4), family: .ip, owners: owners)
          + IPTables.readSave(restoreText(for: .ipv6), family: .ip6, owners: owners))
    case .iptables:
      return try IPTables.readCommands(Array(text.utf8), owners: owners)
    }
  }

  /// What Istio hands to iptables-restore or ip6tables-restore; nil where it runs commands or nft.
  public func restoreInput(for family: Addresses.Family) -> [UInt8]? {
    backend == .iptables && version.has(.restoreText) ? restoreText(for: family) : nil
  }

  /// The lines of one family at their places; those of the other are blank, so that lines keep
  /// their numbers.
  private func restoreText(for family: Addresses.Family) -> [UInt8] {
    Array(lines.map { ($0.family == family ? $0.text : "") + "\n" }.joined().utf8)
  }
}
