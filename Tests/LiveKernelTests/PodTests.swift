import Glibc
import LiveKernel
import Testing

/// A /proc and a /var/log/pods as a node of the given runtime has them.
private final class FixtureTree: Sendable {
  let root: String

  init() throws {
    var template = Array("/tmp/bypass-plan-XXXXXX".utf8CString)
    root = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    try Throwaway.run("mkdir -p \(root)/proc \(root)/logs")
    try process(1, namespace: 4_026_531_840, cgroup: "0::/init.scope")
  }

  deinit { _ = try? Throwaway.run("rm -rf \(root)") }

  var node: Host { Host(processes: "\(root)/proc", podLogs: "\(root)/logs") }

  func process(
    _ pid: Int, namespace: Int, cgroup: String, name: String = "app", environment: [String] = []
  ) throws {
    let place = "\(root)/proc/\(pid)"
    let pairs = environment.map { "\($0)\\0" }.joined()
    try Throwaway.run(
      """
      mkdir -p \(place)/ns \(place)/fd && ln -s 'net:[\(namespace)]' \(place)/ns/net &&
      printf '%s\\n' '\(cgroup)' > \(place)/cgroup && printf '%s\\n' '\(name)' > \(place)/comm &&
      printf '\(pairs)' > \(place)/environ
      """)
  }

  func logs(_ directory: String) throws { try Throwaway.run("mkdir \(root)/logs/\(directory)") }
}

@Suite struct PodTests {
  static let uid = "3f0c9a1e-7b2d-4c55-9e61-0a4b6c8d2f17"
  static let flat = uid.replacing("-", with: "_")
  static let id = String(repeating: "0123456789abcdef", count: 4)

  /// What it is, and /proc/PID/cgroup.
  static let cgroups: [(String, String)] = [
    (
      "containerd, systemd, v2",
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(flat).slice/cri-containerd-\(id).scope"
    ),
    (
      "containerd, systemd, guaranteed",
      "0::/kubepods.slice/kubepods-pod\(flat).slice/cri-containerd-\(id).scope"
    ),
    ("containerd, cgroupfs, v2", "0::/kubepods/besteffort/pod\(uid)/\(id)"),
    (
      "containerd, systemd path with colons",
      "11:cpu,cpuacct:/system.slice/containerd.service/kubepods-burstable-pod\(flat).slice:cri-containerd:\(id)"
    ),
    (
      "CRI-O, systemd, v2",
      "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(flat).slice/crio-\(id).scope"
    ),
    ("CRI-O, cgroupfs, v1", "9:memory:/kubepods/burstable/pod\(uid)/crio-\(id)"),
    (
      "docker, systemd, v1",
      "12:pids:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(flat).slice/docker-\(id).scope\n1:name=systemd:/x"
    ),
    ("docker, cgroupfs, v1", "12:pids:/kubepods/burstable/pod\(uid)/\(id)"),
    (
      "kind",
      "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod\(flat).slice/cri-containerd-\(id).scope"
    ),
    (
      "seen from a cgroup namespace",
      "0::/../../kubepods-burstable.slice/kubepods-burstable-pod\(flat).slice/cri-containerd-\(id).scope/init"
    ),
  ]

  @Test(arguments: cgroups)
  func knowsThePodByItsCgroup(runtime: String, cgroup: String) throws {
    let tree = try FixtureTree()
    try tree.process(20, namespace: 7, cgroup: cgroup)
    try tree.process(30, namespace: 4_026_531_840, cgroup: cgroup)
    try tree.logs("shop_orders-7c9f8d6b5-x2xkq_\(Self.uid)")
    let pods = try tree.node.pods()
    #expect(pods.count == 1, "the host's own namespace is no pod's")
    #expect(pods.first?.uid == Self.uid)
    #expect(pods.first?.containerIDs == [Self.id])
    #expect(pods.first?.description == "shop/orders-7c9f8d6b5-x2xkq")
    #expect(pods.first?.nameSource == .logDirectory)
    #expect(try tree.node.pod("shop", "orders-7c9f8d6b5-x2xkq").inode == 7)
  }

  @Test func takesTheProxysOwnWordWhereThereAreNoLogs() throws {
    let tree = try FixtureTree()
    try tree.process(20, namespace: 7, cgroup: "0::/kubepods/burstable/pod\(Self.uid)/\(Self.id)")
    try tree.process(
      21, namespace: 7, cgroup: "0::/kubepods/burstable/pod\(Self.uid)/x", name: "pilot-agent",
      environment: ["POD_NAME=orders-1", "POD_NAMESPACE=shop", "ODD", "=x"])
    let pods = try tree.node.pods()
    #expect(pods.map(\.description) == ["shop/orders-1"])
    #expect(pods.first?.nameSource == .environment)
    #expect(pods.first?.processes.map(\.name) == ["app", "pilot-agent"])
  }

  @Test func showsTheUIDWhereNothingNamesThePod() throws {
    let tree = try FixtureTree()
    try tree.process(20, namespace: 7, cgroup: "0::/kubepods/burstable/pod\(Self.uid)/\(Self.id)")
    try tree.process(40, namespace: 8, cgroup: "0::/user.slice")
    #expect(try tree.node.pods().map(\.description) == ["uid \(Self.uid)", "net:[8]"])
  }

  @Test(arguments: [
    "", "0::/", "nonsense", "0::/kubepods/burstable/podcast", "0::/pod1234/abc",
    "0::/kubepods/pod3f0c9a1e-7b2d-4c55-9e61-0a4b6c8d2f1", "1:2", "0::/kubepods-pod__.slice",
  ])
  func takesNoPodFromOtherCgroups(cgroup: String) throws {
    let tree = try FixtureTree()
    try tree.process(20, namespace: 7, cgroup: cgroup)
    #expect(try tree.node.pods().map(\.uid) == [nil])
  }

  @Test func saysThatAPodIsNotHere() throws {
    let tree = try FixtureTree()
    #expect { try tree.node.pod("shop", "orders") } throws: {
      ($0 as? LiveError)?.kind == .gone
    }
  }

  /// A pod that ends, beside the one that takes its name.
  @Test func ofTwoPodsOfANameNoneIsTaken() throws {
    let tree = try FixtureTree()
    for (pid, namespace) in [(20, 7), (21, 7), (30, 8)] {
      try tree.process(
        pid, namespace: namespace, cgroup: "0::/",
        environment: ["POD_NAME=db-0", "POD_NAMESPACE=shop"])
    }
    #expect { try tree.node.pod("shop", "db-0") } throws: {
      ($0 as? LiveError)?.kind == .ambiguous([20, 30])
    }
  }

  @Test func findsTheNamespacesOfThisMachine() throws {
    let namespace = try Throwaway("pods")
    try namespace.run("sleep 30 >/dev/null 2>&1 & echo $! > /tmp/\(namespace.name).pid")
    defer {
      _ = try? Throwaway.run(
        "kill $(cat /tmp/\(namespace.name).pid); rm /tmp/\(namespace.name).pid")
    }
    let inode = try namespace.open().inode
    #expect(try Host().pods().contains { $0.inode == inode })
  }
}
