import TestSupport
import Testing

/// `diff` between git revisions, in a repository made for it.
@Suite struct GitDiffTests {
  /// Three commits: as deployed, one annotation changed, and then nothing but order and comments.
  private func run(_ command: String) throws -> Shell {
    try Shell.run(
      """
      set -e
      inputs=$PWD/input; folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
      cd "$folder"; export HOME="$folder"
      git init -q; git config user.email a@example.com; git config user.name a
      commit() { rm -rf deploy; cp -r "$inputs/$1" deploy; git add -A; git commit -qm "$1"; }
      commit deployed; mkdir -p deploy/chart/templates
      touch deploy/chart/Chart.yaml; echo '{{ x' > deploy/chart/templates/a.yaml; git add -A
      git commit -q --amend --no-edit
      commit changed
      sed -i 's/^spec:/# a word\\nspec:/' deploy/*.yaml; git commit -qam comments
      set +e
      \(command)
      """, in: Transcript.directory)
  }

  @Test func namesTheWorkloadThatChanged() throws {
    let result = try run("bypass-plan diff -o markdown HEAD~2:deploy HEAD~1:deploy 2>&1")
    #expect(result.exitCode == 1, "\(result.output)")
    #expect(result.output.contains("#### `Deployment/orders in shop`"))
    #expect(result.output.contains("11211"))
    #expect(result.output.hasSuffix("1 workload changes.\n"))
  }

  @Test(arguments: [
    "HEAD~1:deploy HEAD:deploy", "HEAD~1:deploy deploy", "HEAD~1: HEAD:",
    "HEAD~1:deploy/orders.yaml deploy/orders.yaml",
  ])
  func commentsAreNoDifference(sides: String) throws {
    let result = try run("bypass-plan diff \(sides) 2>&1")
    #expect(result.output == "No difference: every workload's traffic has the same fate.\n")
    #expect(result.exitCode == 0)
  }

  @Test func worksBelowTheRoot() throws {
    let result = try run("cd deploy; bypass-plan diff HEAD~2:./ HEAD:./ 2>&1")
    #expect(result.exitCode == 1, "\(result.output)")
  }

  @Test(arguments: ["nowhere:deploy", "HEAD:nowhere"])
  func whatIsNotThereIsSaid(side: String) throws {
    let result = try run("bypass-plan diff \(side) HEAD:deploy 2>&1")
    #expect(
      result.output
        == "bypass-plan: \(side): no such file, and git has no such revision and path\n")
    #expect(result.exitCode == 2)
  }

  /// As in a container whose user does not own what is mounted.
  @Test func whatGitRefusesIsSaidInItsWords() throws {
    let result = try run(
      "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1; bypass-plan diff HEAD~1:deploy HEAD:deploy 2>&1")
    #expect(
      result.output.hasPrefix(
        "bypass-plan: HEAD~1:deploy: git says: fatal: detected dubious ownership in repository"))
    #expect(result.exitCode == 2)
  }
}
