internal import Addresses
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Ruleset

/// Three namespaces in a row: the pod, the middlebox, and the outside with the servers.
final class LabNetwork {
  let pod: NetworkNamespace
  let box: NetworkNamespace
  let outside: NetworkNamespace
  private let claim: LabClaim

  /// The pod's address: 10.244.1.5.
  static let podAddress = IPAddress(.ipv4, 0x0AF4_0105)

  /// The servers' addresses: 10.20.30.40 and up. All lead to the same servers; a sidecar may treat
  /// each in its own way.
  static func serverAddress(_ index: Int) -> IPAddress {
    IPAddress(.ipv4, 0x0A14_1E28 + UInt128(index))
  }

  static let serverAddresses = 16

  /// What the model is told of the pod.
  static var podNetwork: PodNetwork { PodNetwork(LocalAddresses([podAddress])) }

  init(_ claim: LabClaim) throws(TestbedError) {
    self.claim = claim
    let (pod, box, out) = (
      claim.namespaceName("pod"), claim.namespaceName("box"), claim.namespaceName("out")
    )
    try Tool.ip.run(
      ["-batch", "-"],
      input: Array(
        """
        netns add \(pod)
        netns add \(box)
        netns add \(out)
        link add eth0 netns \(pod) type veth peer name pod0 netns \(box)
        link add eth0 netns \(out) type veth peer name out0 netns \(box)

        """.utf8))
    do throws(LiveError) {
      self.pod = try .named(pod)
      self.box = try .named(box)
      outside = try .named(out)
    } catch {
      throw .kernel(error)
    }
    try Self.set(
      self.pod, ["addr add \(Self.podAddress)/24 dev eth0"], ["eth0"], gateway: "10.244.1.1")
    try Self.set(
      self.box, ["addr add 10.244.1.1/24 dev pod0", "addr add 10.20.30.1/24 dev out0"],
      ["pod0", "out0"])
    try Self.set(
      outside,
      (0..<Self.serverAddresses).map { "addr add \(Self.serverAddress($0))/24 dev eth0" },
      ["eth0"], gateway: "10.20.30.1")
    try self.box.inside { () throws(TestbedError) in try Sysctl.write("1", to: "ipv4/ip_forward") }
  }

  private static func set(
    _ namespace: NetworkNamespace, _ addresses: [String], _ links: [String], gateway: String? = nil
  ) throws(TestbedError) {
    let commands =
      ["link set lo up"] + addresses + links.map { "link set \($0) up" }
      + (gateway.map { ["route add default via \($0)"] } ?? [])
    try namespace.inside { () throws(TestbedError) in
      try Tool.ip.run(["-batch", "-"], input: Array(commands.map { $0 + "\n" }.joined().utf8))
    }
  }

  // MARK: - The middlebox

  /// Where the connections go that the middlebox still follows.
  func trackedDestinations() throws(TestbedError) -> Set<Socket.Address> {
    do {
      return Set(try box.readConntrack().map(\.original.destination))
    } catch {
      throw .kernel(error)
    }
  }

  /// Makes the middlebox a device that follows connections and forgets them: afterwards a packet of
  /// theirs, which is no SYN, is dropped, or answered by RST if it is for or from one of `resetting`.
  ///
  /// With loose=0, as in devices that translate addresses, conntrack takes up no connection midway.
  func setDevice(timeout seconds: Int64, resetting: [IPAddress]) throws(TestbedError) {
    let list = resetting.map { "\($0)" }.joined(separator: ", ")
    let resets = ["saddr", "daddr"].map { "ip \($0) { \(list) } reject with tcp reset;" }
      .joined(separator: " ")
    let script = """
      table ip middlebox {
        chain forgotten { \(resetting.isEmpty ? "" : resets) drop; }
        chain forward {
          type filter hook forward priority filter;
          ct state invalid goto forgotten
          ct state new tcp flags & (fin | syn | rst | ack) != syn goto forgotten
        }
      }

      """
    try box.inside { () throws(TestbedError) in
      try Sysctl.write("\(seconds)", to: "netfilter/nf_conntrack_tcp_timeout_established")
      try Sysctl.write("0", to: "netfilter/nf_conntrack_tcp_loose")
      try Tool.nft.run(["-f", "-"], input: Array(script.utf8))
    }
  }
}
