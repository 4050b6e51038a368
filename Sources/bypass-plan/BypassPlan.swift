import ArgumentParser

@main
struct BypassPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bypass-plan",
    abstract: "Plans and simulates what bypasses an Istio sidecar.",
    version: "0.1.0",
    subcommands: [
      PlanCommand.self, Simulate.self, Rules.self, Check.self, Patch.self, Explain.self,
      Schema.self,
    ],
    defaultSubcommand: PlanCommand.self)
}
