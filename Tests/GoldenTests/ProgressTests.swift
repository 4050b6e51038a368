import TestSupport
import Testing

/// What a long run says of itself to somebody who looks at a terminal, here one of script(1)'s.
@Suite struct ProgressTests {
  /// A stream so long that the run takes more than the second it is silent for: twice as long until it
  /// is, for nobody knows how fast this machine is.
  private static func longRun(_ run: String) -> String {
    """
    folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
    stream() {
      awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "kind: Deployment\\nmetadata: {name: d%d}\\n" \
        "spec: {template: {metadata: {annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: \\"%d\\"}}, " \
        "spec: {containers: [{name: c}]}}}\\n---\\n", i, 1024 + i % 60000 }' > stream.yaml
    }
    count=2000
    while [ $count -le 1024000 ]; do
      stream $count
      \(run)
      grep -q "of $count workloads" screen && break
      count=$((count * 2))
    done
    cat screen
    """
  }

  private func hasScript() throws -> Bool {
    if try Shell.run("script --version", in: Transcript.directory).exitCode == 0 { return true }
    print("no script(1) here: progress on a terminal is not looked at")
    return false
  }

  @Test func aTerminalIsTold() throws {
    guard try hasScript() else { return }
    let result = try Shell.run(
      Self.longRun(
        #"script -qec "bypass-plan check stream.yaml > out" screen < /dev/null > /dev/null"#),
      in: Transcript.directory)
    let erase = "\r\u{1B}[K"
    #expect(result.output.contains(erase + "checking: "))
    // The line is gone in the end, and no other line was begun.
    let lines = result.output.split(whereSeparator: \.isNewline)
      .filter { !$0.hasPrefix("Script ") && !$0.isEmpty }
    #expect(lines.last?.hasSuffix("\u{1B}[K") == true, "\(lines.suffix(3))")
  }

  /// Not in a pipe, nor in the result, whoever looks at it.
  @Test func aPipeIsNot() throws {
    guard try hasScript() else { return }
    let result = try Shell.run(
      Self.longRun(
        #"""
        script -qec "bypass-plan check stream.yaml" screen < /dev/null > /dev/null
        script -qec "bypass-plan check stream.yaml 2> errors" out < /dev/null > /dev/null
        """#) + "; echo; echo ==; cat errors; grep -c 'checking:' out; grep -c Nothing out",
      in: Transcript.directory)
    #expect(result.output.hasSuffix("\n==\n0\n1\n"), "\(result.output.suffix(400))")
  }
}
