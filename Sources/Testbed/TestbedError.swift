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

  /// There is no Envoy to run: where it was looked for.
  case noEnvoy(String)
  /// There is no such client to run.
  case noClient(LabClient)
  /// Something the lab needs did not start or did not last.
  case failed(String)
  /// A signal asked to stop.
  case interrupted(signal: Int32)

  public var description: String {
    switch self {
    case .kernel(let error): "\(error)"
    case .missing(let tool): "'\(tool.name)' is not installed; Debian has it in \(tool.package)"
    case .refused(let tool, let message): "\(tool.name) refuses: \(message)"
    case .unloadable(let loader, let reason): "--loader \(loader.rawValue): \(reason)"
    case .noEnvoy(let path):
      "no Envoy at \(path); tools/lab-setup installs one there, and --envoy names another"
    case .noClient(let client):
      "no \(client.rawValue) at \(client.path); tools/lab-setup --clients installs it there"
    case .failed(let what): what
    case .interrupted(let signal): "stopped by signal \(signal); everything made is removed"
    }
  }
}
