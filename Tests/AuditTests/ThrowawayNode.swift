import TestSupport

/// A node of some pods: a PID namespace in which only their processes are, with their cgroups and the
/// kubelet's log directories as a container runtime has them. All gone when the command has ended.
struct ThrowawayNode {
  struct Member {
    var pod: ThrowawayPod
    var uid: String
    /// Content of /proc/PID/cgroup of the pod's process.
    var cgroup: String
    /// NAMESPACE_NAME_UID, where the kubelet's directory is to be seen.
    var logs: String?
    /// What the process is.
    var program: String
  }

  var members: [Member]

  /// Runs a command on the node; its output, and an error unless it ends with `code`.
  func run(_ command: String, exit code: Int32) throws -> String {
    guard let home = members.first?.pod else { return "" }
    var script = """
      mount -t tmpfs none /var/log && mkdir /var/log/pods || exit 99
      place() {
        : > $1/node.log
        ip netns exec $2 sh $1/process >>$1/node.log 2>&1 </dev/null &
        for i in $(seq 400); do grep -q ready $1/node.log && break; sleep 0.05; done
        mount --bind $1/cgroup /proc/$!/cgroup || exit 99
      }

      """
    for member in members {
      try member.pod.write(member.cgroup, to: "cgroup")
      try member.pod.write("exec \(member.program)", to: "process")
      script += "place \(member.pod.directory) \(member.pod.name)\n"
      if let logs = member.logs { script += "mkdir '/var/log/pods/\(logs)'\n" }
    }
    try home.write(script + command, to: "node.sh")
    // The first process is the node's own, and so is its network.
    return try home.run(
      "unshare -m -p -f --mount-proc --kill-child sh \(home.directory)/node.sh", exit: code)
  }
}
