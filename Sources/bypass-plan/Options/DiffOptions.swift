import ArgumentParser
import Istio

/// OLD or NEW: a source of rules, or capture flags as any other command takes them.
struct DiffSide: ExpressibleByArgument {
  enum Kind {
    case source(RulesSource)
    /// Words between blanks.
    case flags([String])
  }

  let text: String
  let kind: Kind

  init?(argument: String) {
    text = argument
    if argument.hasPrefix(Self.scheme) {
      kind = .flags(argument.dropFirst(Self.scheme.count).split(separator: " ").map(String.init))
    } else {
      guard let source = RulesSource(argument: argument) else { return nil }
      kind = .source(source)
    }
  }

  private static let scheme = "flags:"

  var words: [String] {
    if case .flags(let words) = kind { words } else { [] }
  }
}

/// Which Istio writes the rules of either side.
struct DiffIstioOptions: ParsableArguments {
  @Option(help: "1.19 to 1.31, for both sides.")
  var istioVersion: IstioVersion?

  @Option(help: "The same for OLD alone.")
  var oldIstioVersion: IstioVersion?

  @Option(help: "The same for NEW alone.")
  var newIstioVersion: IstioVersion?

  @Option(help: "iptables, or nftables from 1.27 on, for both sides.")
  var backend: Istio.Backend?

  @Option(help: "The same for OLD alone.")
  var oldBackend: Istio.Backend?

  @Option(help: "The same for NEW alone.")
  var newBackend: Istio.Backend?

  var old: [String] { words(oldIstioVersion, oldBackend) }
  var new: [String] { words(newIstioVersion, newBackend) }

  /// As capture flags, which those of a side's own come after and so prevail over.
  private func words(_ version: IstioVersion?, _ backend: Istio.Backend?) -> [String] {
    let version = (version ?? istioVersion).map { ["--istio-version", "\($0)"] } ?? []
    let backend = (backend ?? self.backend).map { ["--backend", $0.rawValue] } ?? []
    return version + backend
  }
}
