public import Documents
import Probes
public import Ruleset
public import Testbed

/// Whether the real kernel agrees with the model.
public struct VerificationReport {
  private let verification: Verification
  private let network: PodNetwork
  private let loader: Loader
  private let seed: UInt64?

  /// - Parameter seed: of generated probes; absent where the user gave them.
  public init(
    _ verification: Verification, in network: PodNetwork, loader: Loader, seed: UInt64?
  ) {
    self.verification = verification
    self.network = network
    self.loader = loader
    self.seed = seed
  }

  private func kernelOutcome(_ disagreement: Verification.Disagreement) -> Outcome {
    disagreement.sighting.outcome(of: disagreement.probe.packet, in: network)
  }

  private var agreements: [(word: String, count: Int)] {
    verification.agreements.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { ($0.key, $0.value) }
  }
}

// MARK: - Text

extension VerificationReport {
  /// Disagreements shown in full; more of them seldom say more.
  private static let shown = 10

  public var text: String {
    let counts = agreements.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    var lines = verification.disagreements.prefix(Self.shown).flatMap(disagreementLines)
    let hidden = verification.disagreements.count - Self.shown
    if hidden > 0 { lines += ["and \(hidden) more disagreements (-o json has them all)", ""] }
    let probes = Self.probes(verification.agreed) + (counts.isEmpty ? "" : " (\(counts))")
    if verification.disagreements.isEmpty {
      lines += "kernel and model agree on \(probes)".wrapped(to: 80)
    } else {
      lines += "kernel and model DISAGREE on \(Self.probes(verification.disagreements.count))"
        .wrapped(
          to: 80)
      lines += "and agree on \(probes)".wrapped(to: 80)
    }
    lines.append("loaded by \(loader.rawValue)" + (seed.map { "; seed \($0)" } ?? ""))
    lines += openLines(verification.unknown, "the model says unknown")
    lines += openLines(verification.unsent, "no socket could send")
    return lines.map { $0 + "\n" }.joined()
  }

  private static func probes(_ count: Int) -> String { "\(count) probe\(count == 1 ? "" : "s")" }

  private func disagreementLines(_ disagreement: Verification.Disagreement) -> [String] {
    let name = disagreement.probe.name.map { "\($0): " } ?? ""
    let report = PathReport(disagreement.probe, disagreement.path, isWhole: false)
    return (name + PathReport.sentence(disagreement.probe.packet)).wrapped(to: 80)
      + ["  kernel  \(PathReport.verdict(kernelOutcome(disagreement)))"]
      + Self.counted(disagreement.counted).map { "    " + $0 }
      + ["  model   \(PathReport.verdict(disagreement.path.outcome))"]
      + report.traceLines.map { "    " + $0 } + [""]
  }

  /// The rules that counted the packet, a line each under its chain.
  private static func counted(_ rules: [RuleReference]) -> [String] {
    var lines: [String] = []
    var place = ""
    for rule in rules {
      let here = "\(rule.table) \(rule.chain)"
      if here != place { lines.append("counted in \(here)") }
      place = here
      lines.append("\("\(rule.number)".leftPadded(to: 5)) * \(rule.text)")
    }
    return lines.isEmpty ? ["no rule counted it"] : lines
  }

  /// One line a reason, with the first probe it holds for.
  private func openLines(_ open: [Verification.Open], _ heading: String) -> [String] {
    let byReason = Dictionary(grouping: open, by: \.reason).sorted { $0.key < $1.key }
    return byReason.flatMap { reason, probes in
      "\(heading) for \(Self.probes(probes.count)): \(reason)".wrapped(to: 80)
        + (probes.first.map { "e.g. " + PathReport.sentence($0.probe.packet) } ?? "")
        .wrapped(to: 76).map { "  " + $0 }
    }
  }
}

// MARK: - JSON

extension VerificationReport {
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Verification",
      "loader": .string(loader.rawValue),
      "seed": seed.map { .integer($0) },
      "agreed": .integer(verification.agreed),
      "agreements": .fields(agreements.map { JSONValue.Field($0.word, .integer($0.count)) }),
      "disagreements": .array(verification.disagreements.map(json)),
      "unknown": .array(verification.unknown.map(json)),
      "unsent": .array(verification.unsent.map(json)),
    ])
  }

  private func json(_ disagreement: Verification.Disagreement) -> JSONValue {
    let kernel = kernelOutcome(disagreement)
    return .object([
      "name": disagreement.probe.name.map { .string($0) },
      "kernel": .object([
        "verdict": .string(kernel.word),
        "toAddress": kernel.address.map { .string("\($0)") },
        "port": kernel.port.map { .integer($0) },
        "counted": .array(disagreement.counted.map { PathReport.json($0) }),
      ]),
      "model": PathReport(disagreement.probe, disagreement.path, isWhole: true).json,
    ])
  }

  private func json(_ open: Verification.Open) -> JSONValue {
    .object([
      "name": open.probe.name.map { .string($0) },
      "probe": .string(PathReport.sentence(open.probe.packet)), "reason": .string(open.reason),
    ])
  }
}
