public import Addresses
internal import Glibc
public import LiveKernel
public import Ruleset

/// A throwaway pod: a network namespace with a pod's addresses and routes, and a second one that
/// stands for the rest of the world at the other end of its links.
///
/// Both are gone with the last reference, or with the process.
public final class TestPod: Sendable {
  /// What the model is told of it.
  public let network: PodNetwork
  public let namespace: NetworkNamespace
  let peer: NetworkNamespace
  let links: [Link]

  /// - Parameters:
  ///   - network: the pod's addresses, its uplink, and the mark that TPROXY's route is for.
  ///   - interfaces: further interfaces; each leads to the world too.
  ///
  /// Needs CAP_SYS_ADMIN and CAP_NET_ADMIN, and the program `ip`.
  public init(_ network: PodNetwork = .testPod, interfaces: [InterfaceName] = [])
    throws(TestbedError)
  {
    self.network = network
    links = ([network.uplink] + interfaces.filter { $0 != network.uplink && $0 != .loopback })
      .enumerated().map { Link(name: $1, number: $0) }
    peer = try .throwaway()
    namespace = try .throwaway()
    let (setup, links) = (Setup(network: network), links)
    let peer = peer
    // Both ends of a link are made at once, so one of the namespaces is named to the other.
    let far = try peer.inside { () throws(TestbedError) in try Setup.openOwnNamespace() }
    defer { close(far) }
    try namespace.inside { () throws(TestbedError) in
      try setup.writeSettings(forwards: true)
      try Tool.ip.run(["-batch", "-"], input: Array(setup.podCommands(links, far: far).utf8))
      try Tool.ip.run(["-6", "-batch", "-"], input: Array(setup.loopbackRules(links).utf8))
      if let route = setup.tproxyRoute { try Self.runForEachFamily(route) }
    }
    try peer.inside { () throws(TestbedError) in
      try setup.writeSettings(forwards: false)
      try Tool.ip.run(["-batch", "-"], input: Array(setup.peerCommands(links).utf8))
      try Self.runForEachFamily(setup.worldRoute(links))
      try Carrier.wait(for: links.map(\.farName))
    }
    try namespace.inside { () throws(TestbedError) in
      try Carrier.wait(for: links.map { "\($0.name)" })
    }
  }

  private static func runForEachFamily(_ commands: String) throws(TestbedError) {
    for family in ["-4", "-6"] {
      try Tool.ip.run([family, "-batch", "-"], input: Array(commands.utf8))
    }
  }

  /// The pod's end of a link has the interface's own name.
  struct Link: Sendable {
    var name: InterfaceName
    var number: Int

    var farName: String { "far\(number)" }

    /// What the world's sockets are marked with to send by this link. They are not bound to it, for
    /// the pod answers by whichever link its own routes prefer.
    var farMark: UInt32 { 1000 + UInt32(truncatingIfNeeded: number) }
  }
}

extension PodNetwork {
  /// The pod of all recordings: 100.64.0.2 and fd64::2 on eth0, and Istio's ::6 on lo.
  public static let testPod = PodNetwork(.testPod)

  /// The same pod with the route that these rules' TPROXY needs.
  public static func testPod(for ruleset: Ruleset) -> PodNetwork {
    PodNetwork(.testPod, for: ruleset)
  }
}

extension LocalAddresses {
  static let testPod = LocalAddresses(
    [
      IPAddress(.ipv4, 0x6440_0002), IPAddress(.ipv6, 0xFD64 << 112 | 2), IPAddress(.ipv6, 6),
    ])
}
