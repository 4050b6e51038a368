import ArgumentParser
import LiveKernel
import Testbed

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
  /// A kernel facility or a tool is missing.
  static let missing = ExitCode(69)
  /// A capability is missing.
  static let noPermission = ExitCode(77)

  init(_ error: LiveError) {
    switch error.kind {
    case .permission: self = .noPermission
    case .missing: self = .missing
    case .gone, .foreign, .ambiguous, .malformed, .system: self = .unusable
    }
  }
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
    } catch let error as LiveError {
      Output.warn("\(error)")
      throw ExitCode(error)
    } catch let error as TestbedError {
      Output.warn("\(error)")
      switch error {
      case .kernel(let error): throw ExitCode(error)
      case .missing, .noEnvoy, .noClient, .failed: throw ExitCode.missing
      case .interrupted(let signal): throw ExitCode(128 + signal)
      case .refused, .unloadable: throw ExitCode.unusable
      }
    } catch {
      Output.warn("\(error)")
      throw ExitCode.unusable
    }
  }
}
