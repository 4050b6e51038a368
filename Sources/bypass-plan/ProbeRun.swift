import ArgumentParser
import Documents
import PacketPath
import Probes
import Reports

/// Many probes in one go: each answered on its line, expectations checked.
struct ProbeRun {
  private let simulator: Simulator
  private let compiled: CompiledRuleset
  private let file: String
  private let format: Simulate.Format
  private let isTraced: Bool

  init(_ simulator: Simulator, file: String, format: Simulate.Format, isTraced: Bool) {
    self.simulator = simulator
    compiled = CompiledRuleset(simulator)
    self.file = file
    self.format = format
    self.isTraced = isTraced
  }

  func run() throws {
    var probes = ProbeLines(try Files.read(file), in: simulator.network)
    var report = SimulationReport()
    var cases: [ExpectationReport.Case] = []
    var failures = 0
    var refusals: [DocumentError] = []
    while true {
      let probe: Probe
      do {
        guard let next = try probes.next() else { break }
        probe = next
      } catch {
        refusals.append(error.located(in: Files.name(of: file)))
        continue
      }
      let path = isTraced ? traced(probe) : untraced(probe)
      if let expected = probe.expected {
        let holds = expected.holds(for: path.outcome)
        if !holds { failures += 1 }
        if format == .junit || !holds {
          cases.append(
            ExpectationReport.Case(line: probes.line, probe: probe, path: traced(probe)))
        }
      }
      if format != .junit {
        report.append(path, to: probes.text)
        if report.bytes.count > 1 << 18 {
          Output.write(report.bytes)
          report.clear()
        }
      }
    }
    if format == .junit { Output.write(ExpectationReport.junit(cases, file: file)) }
    Output.write(report.bytes)
    if format != .junit {
      for unmet in cases { Output.warn(ExpectationReport.text(unmet, file: Files.name(of: file))) }
    }
    for refusal in refusals { Output.warn("\(refusal)") }
    if !refusals.isEmpty { throw ExitCode.unusable }
    if failures > 0 { throw ExitCode.findings }
  }

  /// The compiled form's answer, which is the readable one's without the way there.
  private func untraced(_ probe: Probe) -> Path {
    let verdict = compiled.verdict(for: probe.packet, mapping: probe.mapping)
    return Path(outcome: verdict.outcome, decidedBy: verdict.rule.map { compiled.rules[$0] })
  }

  private func traced(_ probe: Probe) -> Path {
    simulator.path(of: probe.packet, mapping: probe.mapping, tracing: true)
  }
}
