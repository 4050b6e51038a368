import Documents
import TestSupport
import Testing

/// The steps of tools/action, run as GitHub runs them, but for the build of bypass-plan.
@Suite struct ActionTests {
  private func run(_ step: String, path: String, base: String = "", options: String = "") throws
    -> Shell
  {
    let file = Transcript.root + "/tools/action/action.yml"
    let steps = try #require(Node(reading: TestFiles.bytes(file))["runs", "steps"]).sequence()
    let found = try #require(try steps.first { try $0["name"]?.text() == step })
    let script = try #require(found["run"]).text()
    return try Shell.run(
      """
      folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
      mkdir "$folder/action"; ln -s "$(command -v bypass-plan)" "$folder/bypass-plan"
      export GITHUB_ACTION_PATH="$folder/action" GITHUB_STEP_SUMMARY="$folder/summary"
      export MANIFESTS=\(Shell.quoted(path)) BASE=\(Shell.quoted(base))
      export OPTIONS=\(Shell.quoted(options))
      bash --noprofile --norc -eo pipefail -c \(Shell.quoted(script)); code=$?
      cat "$folder/summary"; exit $code
      """, in: Transcript.directory)
  }

  @Test func checkAnnotatesTheLines() throws {
    let result = try run(
      "Check", path: "check/BP004-bad.yaml check/BP006-bad.yaml", options: "--istio-version 1.31")
    #expect(result.exitCode == 1)
    #expect(result.output.contains("::error file=check/BP004-bad.yaml,line=9,"))
    #expect(result.output.contains("::error file=check/BP006-bad.yaml,line=9,"))
  }

  @Test func checkPassesWhatIsRight() throws {
    let result = try run("Check", path: "check/BP004-good.yaml")
    #expect(result.exitCode == 0)
  }

  /// A change is no failure.
  @Test func theSummarySaysWhoseTrafficChanges() throws {
    let result = try run("Whose traffic changes", path: "input/changed", base: "input/deployed")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("#### `Deployment/orders in shop`"))
  }

  @Test func manifestsThatCannotBeReadFailTheStep() throws {
    let result = try run("Whose traffic changes", path: "input/changed", base: "main:nowhere")
    #expect(result.exitCode != 0)
  }
}
