public import Istio
public import Manifests

extension Timeouts {
  /// What to paste so that no endpoint fails: for each that does, the best remedy that holds and has
  /// this form. A kind that is asked for is taken wherever something ends the connection.
  public struct Cure: Sendable {
    /// Absent where no endpoint needs one.
    public var paste: Paste?
    public var taken: [(endpoint: String, remedy: Remedy)] = []
    /// Endpoints that fail, and have no such remedy.
    public var left: [String] = []
  }

  /// - Parameter kind: The only kind of remedy to take (`Remedy.Change.kind`); nil for any.
  /// - Throws: Where what cures one endpoint would undo what cures another.
  public func cure(
    as form: PasteForm, for target: PasteTarget, kind: String? = nil,
    version: IstioVersion = .newest
  ) throws(PasteError) -> Cure {
    var cure = Cure()
    for verdict in endpoints where verdict.verdict == .fails || kind != nil {
      if verdict.remedies.isEmpty { continue }
      let found = verdict.remedies.lazy
        .filter { $0.holds && (kind ?? $0.change.kind) == $0.change.kind }
        .compactMap { remedy in
          remedy.manifests(for: verdict.endpoint, target: target, version: version)
            .first { (try? $0.paste.text(as: form, for: target)) != nil }
            .map { (remedy: remedy, paste: $0.paste) }
        }.first
      guard let found else {
        cure.left.append(verdict.name)
        continue
      }
      cure.taken.append((verdict.name, found.remedy))
      cure.paste = try cure.paste?.merged(with: found.paste) ?? found.paste
    }
    return cure
  }
}
