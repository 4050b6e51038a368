import Glibc
import TestSupport

/// A network namespace with an address on eth0, a server's namespace at the other end, and whatever
/// processes a test starts in them; all gone with it.
final class ThrowawayPod: Sendable {
  struct Failed: Error, CustomStringConvertible {
    var command: String
    var output: String
    var description: String { "\(command): \(output)" }
  }

  static let address = "198.18.0.1"
  static let server = "198.18.0.2"

  let name: String
  private var peer: String { name + "s" }
  let directory: String

  init() throws {
    name = "bpa\(getpid())x\(UInt32.random(in: 0...0xFFFFFF))"
    directory = "/tmp/\(name)"
    try run(
      """
      mkdir -m 755 \(directory) && ip netns add \(name) && ip netns add \(peer) &&
      ip -n \(name) link add eth0 type veth peer name eth0 netns \(peer) &&
      for n in \(name) \(peer); do ip -n $n link set lo up && ip -n $n link set eth0 up; done &&
      ip -n \(name) addr add \(Self.address)/30 dev eth0 &&
      ip -n \(peer) addr add \(Self.server)/30 dev eth0 &&
      ip -n \(name) route add default via \(Self.server)
      """)
  }

  deinit {
    _ = try? run(
      """
      for p in $(cat \(directory)/pids 2>/dev/null); do kill $p 2>/dev/null; done
      ip netns del \(name); ip netns del \(peer); rm -r \(directory)
      """)
  }

  /// Runs a shell command with the built executable in PATH; its output, and an error unless it
  /// ends with `code`.
  @discardableResult
  func run(_ command: String, exit code: Int32 = 0) throws -> String {
    let result = try Shell.run("{ \(command)\n} 2>&1", in: "/")
    guard result.exitCode == code else {
      throw Failed(command: command, output: "exit \(result.exitCode): \(result.output)")
    }
    return result.output
  }

  @discardableResult
  func inside(_ command: String) throws -> String {
    try run("ip netns exec \(name) sh -c \(Shell.quoted(command))")
  }

  func write(_ text: String, to file: String) throws {
    try run(
      """
      cat > \(directory)/\(file) <<'END-OF-FILE'
      \(text)
      END-OF-FILE
      chmod 644 \(directory)/\(file)
      """)
  }

  /// What Istio writes for these flags, loaded by one of the three tools.
  func load(_ flags: String, by loader: String) throws {
    try run(
      loader == "nft"
        ? "bypass-plan rules \(flags) -o nft | ip netns exec \(name) nft -f -"
        : "bypass-plan rules \(flags) -o restore | ip netns exec \(name) \(loader)-restore")
  }

  /// Starts a program and waits until it has written `ready` to its output; its process number.
  func start(_ program: String, in side: Side = .pod, ready: String = "ready") throws -> Int32 {
    let log = "\(directory)/\(UInt32.random(in: 0...0xFFFFFF)).log"
    let namespace = side == .pod ? name : peer
    let output = try run(
      """
      : >\(log)
      ip netns exec \(namespace) \(program) >>\(log) 2>&1 </dev/null &
      pid=$!; echo $pid >> \(directory)/pids
      for i in $(seq 400); do grep -q \(ready) \(log) && { echo $pid; exit 0; }; sleep 0.05; done
      cat \(log); exit 1
      """)
    return try Int32(String(output.filter(\.isNumber)))
      ?? { throw Failed(command: program, output: output) }()
  }

  enum Side { case pod, server }

  /// A shell command that turns into a process that could be Istio's, which must end up as user 1337:
  /// its environment, its annotations file. It writes `ready` when the file is there.
  func proxy(
    named pod: String = "orders", annotations: String,
    running program: String = "setpriv --reuid 1337 --regid 1337 --clear-groups sleep 60"
  ) throws -> String {
    try write(annotations, to: "annotations")
    let script = """
      mount -t tmpfs none /etc && mkdir -p /etc/istio/pod &&
      cp \(directory)/annotations /etc/istio/pod/ && echo ready &&
      exec env POD_NAME=\(pod) POD_NAMESPACE=shop \(program)
      """
    return "unshare -m sh -c \(Shell.quoted(script))"
  }

  /// Starts such a process; its process number.
  func startProxy(
    annotations: String,
    running program: String = "setpriv --reuid 1337 --regid 1337 --clear-groups sleep 60"
  ) throws -> Int32 {
    let pid = try start(proxy(annotations: annotations, running: program))
    try run(
      "for i in $(seq 400); do grep -q '^Uid:.1337' /proc/\(pid)/status && exit 0; sleep 0.05; done; exit 1"
    )
    return pid
  }

  /// A program that listens where Envoy does, as its user.
  func listening() throws -> String {
    try write(
      """
      import os, socket, time
      os.setgroups([]); os.setgid(1337); os.setuid(1337)
      kept = [socket.create_server(("0.0.0.0", port)) for port in (15001, 15006)]
      time.sleep(60)
      """, to: "listen.py")
    return "python3 \(directory)/listen.py"
  }

  /// Waits until something listens where the rules send connections.
  func awaitListeners() throws {
    try run(
      "for i in $(seq 400); do ip netns exec \(name) ss -Hltn sport = :15006 | grep -q . && exit 0; sleep 0.05; done; exit 1"
    )
  }

  /// All that the kernel holds of rules, counters aside.
  func dump() throws -> String {
    try inside(
      """
      nft -s list ruleset; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names
      iptables-legacy-save | grep -v '^#'; ip6tables-legacy-save | grep -v '^#'; true
      """)
  }
}
