import Glibc
import Istio

/// Audits of pods as Istio sets them up: of one, and of all that a full node has.
enum AuditFigures {
  /// The kubelet's usual limit.
  private static let podsOfNode = 110

  static func measure(_ setting: Setting) throws -> [Figure] {
    let first = try Pods(0..<1, setting)
    defer { first.stop() }
    var audit = Process(setting.program, "audit", "pid:\(first.pids[0])")
    // There is no Envoy that listens, which is a finding.
    audit.accepted = 0...1
    let one = try setting.race([audit])[0].seconds
    let others = try Pods(1..<podsOfNode, setting)
    defer { others.stop() }
    audit.words = [setting.program, "audit", "--all"]
    let all = try setting.race(rounds: 3, [audit])[0].seconds
    return [
      Figure("audit of one Istio pod", one, gate: .atMost(15e-3)),
      Figure("audit of \(podsOfNode) pods", all, gate: .atMost(1)),
    ]
  }
}

/// Network namespaces with Istio's rules, each with a process that could be its proxy.
private struct Pods {
  let pids: [pid_t]

  init(_ numbers: Range<Int>, _ setting: Setting) throws {
    let ports = "3307,11211"
    var config = CaptureConfig()
    config.inboundPortsInclude = "*"
    config.inboundPortsExclude = "15090,15021,15020"
    config.outboundIPRangesInclude = "*"
    config.outboundPortsExclude = ports
    let rules = try CaptureRules(for: config, version: .newest, backend: .iptables)
    _ = try setting.file("istio.restore", rules.text)
    _ = try setting.file(
      "annotations",
      """
      sidecar.istio.io/status="{\\"initContainers\\":[\\"istio-init\\"]}"
      traffic.sidecar.istio.io/excludeOutboundPorts="\(ports)"

      """)
    pids = try numbers.map { pod in
      try Process(
        "unshare", "--net", "--mount", "sh", "-ec", Self.start, setting.path(""), "\(pod)"
      ).launch()
    }
    for pod in numbers { try Self.wait(for: setting.path("ready\(pod)")) }
  }

  /// `$0` is the folder of the files, `$1` the pod's number.
  private static let start = """
    ip link set lo up
    ip link add eth0 type veth peer name far0
    ip link set eth0 up
    ip link set far0 up
    ip address add 10.244.0.$(($1 + 1))/24 dev eth0
    iptables-nft-restore < "$0/istio.restore"
    mount -t tmpfs none /etc
    mkdir -p /etc/istio/pod
    cp "$0/annotations" /etc/istio/pod/annotations
    : > "$0/ready$1"
    exec env POD_NAME=pod$1 POD_NAMESPACE=bench \\
      setpriv --reuid 1337 --regid 1337 --clear-groups sleep 600
    """

  private static func wait(for file: String) throws {
    for _ in 0..<1000 {
      if access(file, F_OK) == 0 { return }
      usleep(50_000)
    }
    throw Failure("a pod does not start; run as root")
  }

  func stop() {
    for pid in pids { kill(pid, SIGKILL) }
    for pid in pids { waitpid(pid, nil, 0) }
  }
}
