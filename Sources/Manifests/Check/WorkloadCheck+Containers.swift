import Findings
import Istio

extension WorkloadCheck {
  mutating func checkContainers(_ config: CaptureConfig) {
    checkOwners(config)
    if run.install == .cni, !workload.isInjected { checkInitContainers(config) }
  }

  /// Containers of the user's own; Istio's run as 1337 on purpose.
  private var ownContainers: [Container] {
    workload.containers.filter { !$0.name.hasPrefix("istio-") }
  }

  /// Whoever runs as Envoy is not captured. An init container without the CNI plugin runs before
  /// there are rules, and with it does so on purpose.
  private mutating func checkOwners(_ config: CaptureConfig) {
    let owners:
      [(String, WritableKeyPath<Container, Container.Identity?>, Container.Identity?, String)] = [
        ("user", \.runAsUser, workload.runAsUser, config.proxyUID),
        ("group", \.runAsGroup, workload.runAsGroup, config.proxyGID),
      ]
    for (word, path, inherited, proxy) in owners {
      let ids = proxy.split(separator: ",").compactMap { UInt32($0) }
      var inheritors: [String] = []
      for container in ownContainers where container.role != .initial {
        guard let own = container[keyPath: path] else {
          inheritors.append(container.name)
          continue
        }
        guard ids.contains(own.id) else { continue }
        report(
          ManifestCodes.runsAsProxy, at: own.location,
          "container \(container.name) runs as \(word) \(own.id), which is Envoy's: its traffic is "
            + "not captured")
      }
      if let inherited, ids.contains(inherited.id), !inheritors.isEmpty {
        report(
          ManifestCodes.runsAsProxy, at: inherited.location,
          "the pod runs as \(word) \(inherited.id), which is Envoy's: traffic of "
            + "\(inheritors.joined(separator: ", ")) is not captured")
      }
    }
  }

  private mutating func checkInitContainers(_ config: CaptureConfig) {
    let native = workload.podMetadata.annotation("sidecar.istio.io/nativeSidecar")?.text
    guard native != "true",
      config.outboundIPRangesInclude != "" || config.outboundPortsInclude != ""
    else { return }
    let users = config.proxyUID.split(separator: ",").compactMap { UInt32($0) }
    for container in ownContainers where container.role == .initial {
      let user = (container.runAsUser ?? workload.runAsUser)?.id
      if let user, users.contains(user) { continue }
      report(
        ManifestCodes.initContainer, run.version.has(.nativeSidecars) ? .info : .warning,
        at: container.location,
        "init container \(container.name) runs while the rules are there and Envoy is not: what it "
          + "calls is refused"
          + (run.version.has(.nativeSidecars) ? ", unless the sidecar is native" : ""))
    }
  }
}
