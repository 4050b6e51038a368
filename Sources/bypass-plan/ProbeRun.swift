import ArgumentParser
import Documents
import PacketPath
import Probes
import Reports

/// Many probes in one go: each answered on its line, expectations checked.
struct ProbeRun {
  private let simulator: Simulator
  private let file: String
  private let format: Simulate.Format
  private let isTraced: Bool

  init(_ simulator: Simulator, file: String, format: Simulate.Format, isTraced: Bool) {
    self.simulator = simulator
    self.file = file
    self.format = format
    self.isTraced = isTraced
  }

  func run() throws {
    var probes = ProbeLines(try Files.read(file), in: simulator.network)
    var output: [UInt8] = []
    var cases: [ExpectationReport.Case] = []
    var failures = 0
    var refusals: [DocumentError] = []
    while true {
      let probe: Probe
      do {
        guard let next = try probes.next() else { break }
        probe = next
      } catch {
        refusals.append(error.located(in: file))
        continue
      }
      let path = simulator.path(of: probe.packet, mapping: probe.mapping, tracing: isTraced)
      if let expected = probe.expected {
        let holds = expected.holds(for: path.outcome)
        if !holds { failures += 1 }
        if format == .junit || !holds { cases.append(checked(probe, path, at: probes.line)) }
      }
      if format != .junit {
        SimulationReport.append(path, to: probes.text, into: &output)
        if output.count > 1 << 18 {
          Output.write(output)
          output.removeAll(keepingCapacity: true)
        }
      }
    }
    if format == .junit { Output.write(ExpectationReport.junit(cases, file: file)) }
    Output.write(output)
    if format != .junit { cases.forEach { Output.warn(ExpectationReport.text($0, file: file)) } }
    refusals.forEach { Output.warn("\($0)") }
    if !refusals.isEmpty { throw ExitCode.unusable }
    if failures > 0 { throw ExitCode.findings }
  }

  private func checked(_ probe: Probe, _ path: Path, at line: Int) -> ExpectationReport.Case {
    let traced = simulator.path(of: probe.packet, mapping: probe.mapping, tracing: true)
    return ExpectationReport.Case(line: line, probe: probe, path: traced)
  }
}
