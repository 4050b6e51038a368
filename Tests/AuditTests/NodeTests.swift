import Documents
import TestSupport
import Testing

/// `audit --all`: every pod of a node, through processes, cgroups and log directories as they are.
@Suite struct NodeTests {
  private static let uids = ["1", "2", "3"].map { "3f0c9a1e-7b2d-4c55-9e61-0a4b6c8d2f1\($0)" }
  private static let container = String(repeating: "0123456789abcdef", count: 4)

  /// Two pods as asked and one whose annotations ask for more, each under another runtime. The first is
  /// named by the kubelet's directory, the second by its proxy; the third only by a list.
  private func node() throws -> ThrowawayNode {
    let flat = Self.uids[0].replacing("-", with: "_")
    let cgroups = [
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(flat).slice/cri-containerd-\(Self.container).scope",
      "9:memory:/kubepods/burstable/pod\(Self.uids[1])/crio-\(Self.container)",
      "12:pids:/kubepods/besteffort/pod\(Self.uids[2])/\(Self.container)",
    ]
    let members = try cgroups.enumerated().map { index, cgroup in
      let pod = try ThrowawayPod()
      try pod.load("--exclude-ports 3307", by: index == 1 ? "iptables-legacy" : "iptables-nft")
      let asked = index == 2 ? "3307,11211" : "3307"
      let program = try pod.proxy(
        named: "orders-\(index)",
        annotations: "traffic.sidecar.istio.io/excludeOutboundPorts=\"\(asked)\"",
        running: pod.listening())
      return ThrowawayNode.Member(
        pod: pod, uid: Self.uids[index], cgroup: cgroup,
        logs: index == 0 ? "shop_carts_\(Self.uids[0])" : nil, program: program)
    }
    return ThrowawayNode(members: members)
  }

  private static let listening = """
    for n in $(ip netns list 2>/dev/null | cut -d ' ' -f 1); do case " $PODS " in *" $n "*)
      for i in $(seq 400); do ip netns exec $n ss -Hltn sport = :15006 | grep -q . && break; sleep 0.05; done
    esac; done

    """

  private func run(_ command: String, on node: ThrowawayNode, exit code: Int32) throws -> String {
    let names = node.members.map(\.pod.name).joined(separator: " ")
    return try node.run("PODS='\(names)'\n" + Self.listening + command, exit: code)
  }

  @Test func everyPodGroupedByItsRuleset() throws {
    let node = try node()
    let text = try run("bypass-plan audit --all", on: node, exit: 1)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.hasPrefix("ruleset ") } == 2)
    #expect(lines.contains("  ok       shop/carts") && lines.contains("  ok       shop/orders-1"))
    let bad = try #require(lines.firstIndex(of: "  error    shop/orders-2"))
    #expect(lines[bad + 1].contains("BP301"))
    #expect(lines.last == "3 pods, 2 rulesets: 1 with errors.")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(text)")
  }

  @Test func podsAreNamedByTheirUIDsInAList() throws {
    let node = try node()
    let items = Self.uids.enumerated().map { index, uid in
      #"{"metadata": {"name": "api-\#(index)", "namespace": "listed", "uid": "\#(uid)"}}"#
    }
    let home = node.members[0].pod
    try home.write(
      #"{"kind": "List", "items": [\#(items.joined(separator: ", "))]}"#, to: "pods.json")
    let json = try run(
      "bypass-plan audit --all --pods \(home.directory)/pods.json -o json", on: node, exit: 1)
    let document = try Node(reading: Array(json.utf8))
    guard case .sequence(let namespaces)? = document["namespaces"]?.value else {
      Issue.record("no namespaces in \(json)")
      return
    }
    let pods = try namespaces.flatMap { try $0.required("pods").sequence() }
    #expect(pods.map { $0["name"]?.scalar?.text } == ["api-0", "api-1", "api-2"], "\(json)")
    #expect(pods.map { $0["uid"]?.scalar?.text } == Self.uids)
    // The same names lead to a pod.
    let one = try run(
      "bypass-plan audit pod:shop/carts --pods \(home.directory)/pods.json", on: node, exit: 0)
    #expect(one.contains("pod   listed/api-0  (uid 3f0c...2f11)  netns "), "\(one)")
    let broken = try run(
      "echo '{\"items\": [{\"metadata\": {\"uid\": [1]}}]}' > \(home.directory)/pods.json; "
        + "bypass-plan audit --all --pods \(home.directory)/pods.json", on: node, exit: 2)
    #expect(broken.contains("pods.json:1:"), "\(broken)")
    for other in ["{}", "x", #"{"kind": "Node"}"#, #"{"items": 3}"#] {
      let refused = try run(
        "echo '\(other)' > \(home.directory)/pods.json; "
          + "bypass-plan audit --all --pods \(home.directory)/pods.json", on: node, exit: 2)
      #expect(refused.contains("pods.json:1:"), "\(refused)")
    }
  }
}
