import ArgumentParser

@main
struct BypassPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bypass-plan",
    abstract: "Plans and simulates what bypasses an Istio sidecar.",
    usage: """
      bypass-plan --exclude-ports 3307,11211
      bypass-plan <command> [<options>]
      """,
    discussion: """
      Without a command it is `plan`: which middleware traffic bypasses the sidecar under these \
      exclusions, by which rule, and what to paste where. `bypass-plan help plan` lists its options.
      """,
    version: "0.1.0",
    subcommands: [
      PlanCommand.self,
      Simulate.self,
      Rules.self,
      Analyze.self,
      Diff.self,
      Suggest.self,
      Check.self,
      Patch.self,
      TimeoutsCommand.self,
      AuditCommand.self,
      Verify.self,
      LabCommand.self,
      Explain.self,
      Schema.self,
    ],
    defaultSubcommand: PlanCommand.self)

  /// Swift's runtime reads the arguments from /proc; where that is not mounted there seem to be none,
  /// and what was asked must not be answered with a plan.
  static func main() {
    if CommandLine.arguments.isEmpty {
      Output.warn("the arguments cannot be read: /proc is not mounted")
      exit(withError: ExitCode.missing)
    }
    let arguments = CommandLine.arguments.dropFirst()
    let named = configuration.subcommands.first { $0.configuration.commandName == arguments.first }
    let asked = named ?? PlanCommand.self
    do {
      var command =
        try own(asked, from: named == nil ? arguments : arguments.dropFirst()) ?? parseAsRoot()
      try command.run()
    } catch {
      guard let refused = RefusedValue(error, in: asked) else { exit(withError: error) }
      Output.warn("\(refused)")
      exit(withError: ExitCode.unusable)
    }
  }

  /// The command as its own parser reads these arguments; nil for what the whole tree's has to answer:
  /// help, the version, completions and mistakes. The tree's parser makes out the plan's options whatever
  /// is asked, which is a fifth of what a start executes.
  private static func own(
    _ command: any ParsableCommand.Type, from arguments: ArraySlice<String>
  ) -> (any ParsableCommand)? {
    guard arguments != ["--version"] else { return nil }
    return try? command.parse(Array(arguments))
  }
}
