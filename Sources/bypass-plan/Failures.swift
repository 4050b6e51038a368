import ArgumentParser

/// Input that cannot be used: which file or option, what was expected. Exit code 2.
struct UnusableInput: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

extension ExitCode {
  /// Findings, a difference, a disagreement.
  static let findings = ExitCode(1)
  /// The input cannot be used.
  static let unusable = ExitCode(2)
}

/// A command whose errors end with the contract's exit codes.
protocol Command: ParsableCommand {
  func answer() throws
}

extension Command {
  func run() throws {
    do {
      try answer()
    } catch let error as ExitCode {
      throw error
    } catch let error as ValidationError {
      throw error
    } catch {
      Output.warn("\(error)")
      throw ExitCode.unusable
    }
  }
}
