import LiveKernel

extension RulesSource {
  /// Whether this names a live network namespace.
  var isLive: Bool {
    switch self {
    case .namespace, .process, .pod: true
    case .file, .save, .manifest: false
    }
  }

  /// The live network namespace that this names.
  func openNetworkNamespace() throws -> NetworkNamespace {
    switch self {
    case .namespace("self"): try .own()
    case .namespace(let name): try name.contains("/") ? .at(path: name) : .named(name)
    case .process(let pid): try .ofProcess(pid)
    case .pod(let namespace, let name): try .ofPod(Host().pod(namespace, name))
    case .file, .save, .manifest:
      throw UnusableInput(
        "'\(self)' is no live namespace; expected pid:N, netns:NAME, netns:self or "
          + "pod:NAMESPACE/NAME")
    }
  }
}

extension RulesSource: CustomStringConvertible {
  /// As the user writes it.
  var description: String {
    switch self {
    case .file(let path): path
    case .save(let ipv4, let ipv6): "save:\(ipv4 ?? ""),\(ipv6 ?? "")"
    case .manifest(let file, let object): "manifest:\(file)#\(object)"
    case .namespace(let name): "netns:\(name)"
    case .process(let pid): "pid:\(pid)"
    case .pod(let namespace, let name): "pod:\(namespace)/\(name)"
    }
  }
}
