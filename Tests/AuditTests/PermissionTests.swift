import TestSupport
import Testing

/// Whoever may not see what a question is about is told what is lacking, by exit code 77, and never
/// gets an answer that was guessed.
@Suite struct PermissionTests {
  /// A node of one pod.
  private func node() throws -> ThrowawayNode {
    let uid = "3f0c9a1e-7b2d-4c55-9e61-0a4b6c8d2f17"
    let pod = try ThrowawayPod()
    try pod.load("", by: "iptables-nft")
    return ThrowawayNode(members: [
      .init(
        pod: pod, uid: uid, cgroup: "0::/kubepods/besteffort/pod\(uid)/x",
        logs: "shop_orders_\(uid)",
        program: try pod.proxy(annotations: ""))
    ])
  }

  /// With all capabilities, and then without each: what is asked for decides which are needed.
  @Test(arguments: [
    ("netns", ["cap_net_admin", "cap_sys_admin"]),
    ("pid", ["cap_net_admin", "cap_sys_admin", "cap_sys_ptrace"]),
    ("pod", ["cap_net_admin", "cap_sys_admin", "cap_sys_ptrace"]),
    ("all", ["cap_net_admin", "cap_sys_admin", "cap_sys_ptrace"]),
  ])
  func everyCapabilityThatIsMissingIsNamed(source: String, capabilities: [String]) throws {
    let node = try node()
    let argument =
      ["netns": "netns:\(node.members[0].pod.name)", "pid": "pid:$!", "pod": "pod:shop/orders"][
        source]
      ?? "--all"
    let command = "\(Shell.builtProducts)/bypass-plan audit \(argument)"
    // Nothing listens in this pod, which is found where all may be seen.
    #expect(try node.run(command, exit: 1).contains("BP309"))
    for capability in capabilities {
      // The drop is of the bounding set: not even root gets it back.
      let text = try node.run("capsh --drop=\(capability) -- -c \"\(command)\"", exit: 77)
      #expect(text.contains("needs \(capability.uppercased())"), "\(text)")
    }
  }

  /// The files that list legacy tables are root's alone.
  @Test func theListsOfLegacyTablesNeedRootOrACapability() throws {
    let pod = try ThrowawayPod()
    func audit(with capabilities: [String]) -> String {
      let given = capabilities.map { "+\($0)" }.joined(separator: ",")
      return """
        setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps \(given) --ambient-caps \(given) \
          bypass-plan audit netns:\(pod.name)
        """
    }
    let most = ["net_admin", "sys_admin", "sys_ptrace"]
    let lacking = try pod.run(audit(with: most), exit: 77)
    #expect(lacking.contains("ip_tables_names") && lacking.contains("needs CAP_DAC_READ_SEARCH"))
    #expect(try pod.run(audit(with: most + ["dac_read_search"])).contains("no sidecar here"))
  }

  /// A container without the host's PID namespace sees no pods, which does not mean there are none.
  @Test(arguments: ["--all", "pod:shop/orders", "pid:4000000"])
  func aContainersOwnProcessesAreNotTheNodes(source: String) throws {
    let alone = try Shell.run(
      "unshare -pf --mount-proc bypass-plan audit \(source) 2>&1", in: "/")
    #expect(alone.exitCode == 77)
    #expect(alone.output.contains("needs the host's PID namespace"), "\(alone.output)")
  }

  /// Root of a user namespace of its own may do all in it, and nothing beside it.
  @Test func anUnprivilegedUserNamespace() throws {
    let pod = try ThrowawayPod()
    func run(_ command: String, exit code: Int32) throws -> String {
      try pod.run("setpriv --reuid 1000 --regid 1000 --clear-groups \(command)", exit: code)
    }
    #expect(
      try run("unshare -Ur unshare -n bypass-plan audit", exit: 0).contains("no sidecar here"))
    // Made before its users are known, a network namespace has its lists owned by the host's root.
    #expect(
      try run("unshare -Urn bypass-plan audit", exit: 77).contains("needs CAP_DAC_READ_SEARCH"))
    let other = "unshare -Ur unshare -n bypass-plan audit"
    #expect(try run("\(other) netns:\(pod.name)", exit: 77).contains("needs CAP_SYS_ADMIN"))
    #expect(try run("\(other) --all", exit: 77).contains("needs CAP_SYS_PTRACE"))
    let process = try pod.start("sh -c 'echo ready; exec sleep 60'")
    #expect(try run("\(other) pid:\(process)", exit: 77).contains("needs CAP_SYS_PTRACE"))
  }
}
