public import LiveKernel

/// Why no answer could be had from the kernel.
public enum TestbedError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kernel refused something that has nothing to do with the rules.
  case kernel(LiveError)
  /// A program is not installed.
  case missing(Tool)
  /// The program refused its input: what it said.
  case refused(Tool, message: String)
  /// These rules cannot be had in this form.
  case unloadable(Loader, because: String)

  public var description: String {
    switch self {
    case .kernel(let error): "\(error)"
    case .missing(let tool): "'\(tool.name)' is not installed; Debian has it in \(tool.package)"
    case .refused(let tool, let message): "\(tool.name) refuses: \(message)"
    case .unloadable(let loader, let reason): "--loader \(loader.rawValue): \(reason)"
    }
  }
}
