import Audit
import LiveKernel
import Ruleset

/// Reads all that an audit looks at from one live namespace.
struct SubjectReader {
  var host = Host()
  /// Names that the API server knows, by pod UID.
  var names: PodList?

  func read(_ namespace: NetworkNamespace, as name: String) throws -> Subject {
    try read(namespace, as: name, pod: host.pod(inNamespace: namespace.inode))
  }

  func read(_ namespace: NetworkNamespace, as name: String, pod: Pod) throws -> Subject {
    let live = try namespace.readRuleset()
    let pod = named(pod)
    let sockets = try namespace.readSockets()
    return Subject(
      name: name, pod: pod, proxy: host.proxy(in: pod), live: live,
      addresses: try namespace.readLocalAddresses(),
      sockets: host.holders(of: sockets, among: pod.processes.map(\.pid)),
      // One hash table serves all namespaces, and a listing walks all of it: several milliseconds on
      // a big node, for nothing where there is no connection to ask about.
      conntrack: sockets.contains { $0.state == .established }
        ? try conntrack(of: namespace) : nil)
  }

  private func named(_ pod: Pod) -> Pod {
    guard let uid = pod.uid, let entry = names?.pods[uid] else { return pod }
    var pod = pod
    (pod.namespace, pod.name) = (entry.namespace, entry.name)
    return pod
  }

  /// Nil in a kernel without it.
  private func conntrack(of namespace: NetworkNamespace) throws(LiveError) -> [ConntrackEntry]? {
    do throws(LiveError) {
      return try namespace.readConntrack()
    } catch {
      if case .missing = error.kind { return nil }
      throw error
    }
  }
}
