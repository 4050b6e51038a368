internal import Addresses
internal import Glibc
internal import LiveKernel
internal import Ruleset

extension TestPod {
  /// The commands and kernel settings that make two empty namespaces a pod and its world.
  struct Setup: Sendable {
    var network: PodNetwork

    /// Istio's own number for the table of its TPROXY route (tools/istio-iptables).
    private static let routeTable = 133

    /// A descriptor of the calling thread's namespace.
    static func openOwnNamespace() throws(TestbedError) -> Int32 {
      let file = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
      let error = errno
      guard file >= 0 else {
        throw .kernel(LiveError(.system, "open a network namespace", errno: error))
      }
      return file
    }

    /// Every link has a gateway of its own, known without asking, so that any destination has a way
    /// out and none is a neighbour. The pod's addresses have no subnet.
    func podCommands(_ links: [Link], far: Int32) -> String {
      var commands = ["link set lo up"]
      for link in links {
        commands += [
          "link add \(link.name) address \(link.nearMAC) type veth "
            + "peer name \(link.farName) address \(link.farMAC) "
            + "netns /proc/\(getpid())/fd/\(far)",
          "link set \(link.name) addrgenmode none",
        ]
        // Every interface has an address of the link; the pod's own need not tell of it.
        for address in network.addresses.addresses + [link.ownLinkAddress]
        where !address.isOnLoopback {
          commands.append("addr add \(Prefix(address)) dev \(link.name)\(address.duplicatesCheck)")
        }
        commands += ["link set \(link.name) up"] + link.routes(dev: "\(link.name)", to: link.farMAC)
      }
      for address in network.addresses.addresses where address.isOnLoopback {
        commands.append("addr add \(Prefix(address)) dev lo\(address.duplicatesCheck)")
      }
      return commands.map { $0 + "\n" }.joined()
    }

    /// What NAT takes in for ::1 is lost in a pod, but a router, which this one is, would pass it on
    /// (`rt6_need_strict`); for `ip -6`.
    func loopbackRules(_ links: [Link]) -> String {
      links.map { "rule add iif \($0.name) to ::1 pref 1 blackhole\n" }.joined()
    }

    /// Istio's way to keep what TPROXY marked (`ConfigureRoutes` of tools/istio-iptables); for
    /// `ip -4` and `ip -6` each.
    var tproxyRoute: String? {
      network.localMark.map {
        """
        rule add fwmark \($0) lookup \(Self.routeTable)
        route add local default dev lo table \(Self.routeTable)

        """
      }
    }

    /// To the world every address is its own, so that answers find the socket they are for; for
    /// `ip -4` and `ip -6` each.
    func worldRoute(_ links: [Link]) -> String {
      let rules = links.map {
        "rule add iif \($0.farName) lookup \(Self.routeTable)\n"
          + "rule add fwmark \($0.farMark) lookup \($0.farMark)\n"
      }
      return rules.joined() + "route add local default dev lo table \(Self.routeTable)\n"
    }

    func peerCommands(_ links: [Link]) -> String {
      var commands = ["link set lo up"]
      for link in links {
        commands += ["link set \(link.farName) addrgenmode none", "link set \(link.farName) up"]
        commands += link.routes(dev: link.farName, to: link.nearMAC, table: "\(link.farMark)")
      }
      return commands.map { $0 + "\n" }.joined()
    }

    /// - Parameter forwards: whether the namespace is a router, so that what is not for the pod can
    ///   be seen to leave it.
    func writeSettings(forwards: Bool) throws(TestbedError) {
      let settings = [
        ("ipv6/conf/all/disable_ipv6", "0"), ("ipv6/conf/default/disable_ipv6", "0"),
        // Sources are what the probes say, not what the routes would have them be.
        ("ipv4/conf/all/rp_filter", "0"), ("ipv4/conf/default/rp_filter", "0"),
        ("ipv4/conf/all/send_redirects", "0"), ("ipv4/conf/default/send_redirects", "0"),
        ("ipv4/ip_forward", forwards ? "1" : "0"),
        ("ipv6/conf/all/forwarding", forwards ? "1" : "0"),
        // TCP fast open of both sides without cookies: data in the very first packet.
        ("ipv4/tcp_fastopen", "1543"), ("ipv4/tcp_fastopen_blackhole_timeout_sec", "0"),
        // No answer is held back.
        ("ipv4/icmp_ratelimit", "0"), ("ipv4/icmp_ratemask", "0"), ("ipv6/icmp/ratelimit", "0"),
      ]
      for (name, value) in settings { try Sysctl.write(value, to: name) }
    }
  }
}

extension TestPod.Link {
  fileprivate var nearMAC: String { "02:00:00:00:\(octet):01" }
  fileprivate var farMAC: String { "02:00:00:00:\(octet):02" }

  /// As the kernel makes it of `nearMAC`.
  fileprivate var ownLinkAddress: IPAddress {
    IPAddress(.ipv6, 0xFE80 << 112 | 0x0000_00FF_FE00_0001 | UInt128(number & 0xFF) << 8)
  }

  private var octet: String {
    let digits = String(number & 0xFF, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }

  fileprivate func routes(dev: String, to mac: String, table: String = "main") -> [String] {
    ["169.254.1.1", "fe80::1"].flatMap { gateway in
      [
        "neigh add \(gateway) lladdr \(mac) dev \(dev) nud permanent",
        "route add default via \(gateway) dev \(dev) metric \(100 + number) onlink table \(table)",
      ]
    }
  }
}

extension IPAddress {
  /// Addresses that Istio puts on lo, such as ::6, and loopback itself.
  fileprivate var isOnLoopback: Bool {
    isLoopback || family == .ipv6 && bits < 1 << 16
  }

  /// Without duplicate address detection an IPv6 address can be used at once.
  fileprivate var duplicatesCheck: String { family == .ipv6 ? " nodad" : "" }
}
