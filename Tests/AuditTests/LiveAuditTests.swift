import Documents
import TestSupport
import Testing

/// The built executable against namespaces of the kernel.
@Suite struct LiveAuditTests {
  static let asking = #"""
    sidecar.istio.io/status="{\"initContainers\":[\"istio-init\"]}"
    traffic.sidecar.istio.io/excludeOutboundPorts="3307,11211"
    """#

  @Test(arguments: ["iptables-nft", "iptables-legacy", "nft"])
  func aPortTheRunningPodWasAnnotatedWithIsDrift(loader: String) throws {
    let pod = try ThrowawayPod()
    try pod.load("--exclude-ports 3307", by: loader)
    let proxy = try pod.startProxy(annotations: Self.asking)
    let before = try pod.dump()
    let text = try pod.run("bypass-plan audit pid:\(proxy)", exit: 1)
    #expect(try pod.dump() == before, "nothing changes by looking")
    #expect(text.contains("pod   shop/orders  netns "))
    #expect(text.contains(#"asked excludeOutboundPorts "3307,11211""#))
    #expect(text.contains("from the pod's own /etc/istio/pod/annotations (proxy pid \(proxy))"))
    let lines = text.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("ERROR   BP301") })
    #expect(lines[start].hasSuffix("tcp 11211 leaving the pod"))
    #expect(lines[start + 2].contains("dport 11211") && lines[start + 2].hasSuffix("(absent)"))
    #expect(lines[start + 3].hasPrefix("  live  "))
    #expect(
      lines[start + 3].contains(loader == "iptables-legacy" ? "   offset " : "   handle "))
    #expect(lines.allSatisfy { $0.count <= 80 }, "fit for 80 columns")

    // The same as a document, and the same for the namespace by name.
    let json = try Node(
      reading: Array(pod.run("bypass-plan audit netns:\(pod.name) -o json", exit: 1).utf8))
    let namespace = json["namespaces"]
    guard case .sequence(let namespaces)? = namespace?.value,
      case .sequence(let findings)? = namespaces.first?["findings"]?.value
    else {
      Issue.record("no namespaces")
      return
    }
    #expect(findings.first?["code"]?.scalar?.text == "BP301")
    #expect(findings.first?["live", "table"] != nil)

    #expect(try pod.dump() == before, "nor by name")
    #expect(try pod.inside("bypass-plan audit; true").contains("BP301"), "nor from within")
    #expect(try pod.dump() == before)

    // As asked, the rules are right; only Envoy is missing.
    let agreed = try pod.run("bypass-plan audit pid:\(proxy) --exclude-ports 3307", exit: 1)
    #expect(!agreed.contains("BP301") && agreed.contains("BP309"))
  }

  /// The agent's DNS proxy, as the kernel lists its sockets: one of UDP has no state of listening.
  @Test(arguments: ["iptables-nft", "iptables-legacy", "nft"])
  func theAgentsDNSListenersAreSeen(loader: String) throws {
    let pod = try ThrowawayPod()
    try pod.write(
      "RedirectDNS: true\nCaptureAllDNS: true\nOutboundIPRangesInclude: \"*\"", to: "config")
    try pod.load("--config \(pod.directory)/config", by: loader)
    try pod.write(
      """
      import os, socket, time
      tcp = [socket.create_server(("127.0.0.1", port)) for port in (15001, 15006, 15053)]
      udp = socket.socket(type=socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 15053))
      print("ready", flush=True); time.sleep(60)
      """, to: "agent.py")
    let audit = "bypass-plan audit netns:\(pod.name) --config \(pod.directory)/config"
    let before = try pod.run(audit, exit: 1).split(whereSeparator: \.isWhitespace)
    #expect(
      before.joined(separator: " ").contains("15001, 15006, 15053 and 15053/udp, where nothing"))
    let agent = try pod.start("python3 \(pod.directory)/agent.py")
    let text = try pod.run(audit)
    #expect(text.contains("listens on 15001, 15006, 15053 and 15053/udp (pid \(agent),"), "\(text)")
  }

  /// Rules of nftables see IPv6 too, and an Envoy of an IPv4 mesh does not.
  @Test(arguments: [("0.0.0.0", false), ("::", true)])
  func aFamilyThatNobodyListensForIsRefused(address: String, takesBoth: Bool) throws {
    let pod = try ThrowawayPod()
    try pod.load("--backend nftables", by: "nft")
    try pod.inside("ip addr add 2001:db8::1/64 dev eth0 nodad")
    try pod.write(
      """
      import socket, time
      def listen(port):
          family = socket.AF_INET6 if ":" in "\(address)" else socket.AF_INET
          s = socket.socket(family)
          if family == socket.AF_INET6: s.setsockopt(41, 26, 0)
          s.bind(("\(address)", port)); s.listen(); return s
      kept = [listen(15001), listen(15006)]
      print("ready", flush=True); time.sleep(60)
      """, to: "listen.py")
    _ = try pod.start("python3 \(pod.directory)/listen.py")
    let text = try pod.run("bypass-plan audit netns:\(pod.name); true")
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let finding =
      "BP309 rules send IPv6 traffic to 15001 and 15006, listened on for IPv4 alone: it is refused"
    #expect(text.contains(finding) != takesBoth, "\(text)")
  }

  @Test func aNamespaceWithoutSidecarIsNoFault() throws {
    let pod = try ThrowawayPod()
    let text = try pod.run("bypass-plan audit netns:\(pod.name)")
    #expect(text.contains("no sidecar here"))
    #expect(try pod.run("ip netns exec \(pod.name) bypass-plan audit").contains("no sidecar here"))
    try pod.run("bypass-plan audit netns:\(pod.name)-not-there", exit: 2)
  }

  // MARK: Connections

  @Test func oneConnectionShowsWhoseKeepaliveRuns() throws {
    let (pod, proxy) = try ThrowawayPod.connected(1)
    let text = try pod.run("bypass-plan audit pid:\(proxy)")
    #expect(text.contains("WARNING BP321 through Envoy, upstream keepalive off: mysql 1"))
    let lines = text.split(separator: "\n").map(String.init)
    let app = try #require(lines.first { $0.hasPrefix("  app ") })
    let envoy = try #require(lines.first { $0.hasPrefix("  envoy ") })
    #expect(app.contains("keepalive 1m") || app.contains("keepalive 9"))
    #expect(envoy.contains(" off ") && envoy.hasSuffix("certain"))
    #expect(envoy.contains("\(proxy)/python"))
    #expect(lines.contains { $0.hasPrefix("  mysql") && $0.contains("1 via Envoy") })
    // As the system's own listing has it.
    let listed = try pod.inside("ss -Htno state established dport = :3306")
      .split(separator: "\n").map(String.init)
    #expect(listed.count == 2)
    for (line, hasTimer) in [(app, true), (envoy, false)] {
      let local = try #require(line.split(separator: " ").dropFirst().first)
      let same = try #require(listed.first { $0.contains(" \(local) ") }, "\(listed)")
      #expect(same.contains("timer:(keepalive,") == hasTimer, "\(same)")
    }
    #expect(text.contains("listens on 15001 and 15006 (pid \(proxy), uid 1337)"))
    #expect(!text.contains("ERROR"))
    #expect(try pod.run("bypass-plan audit pid:\(proxy) --fail-on warning", exit: 1) != "")
  }

  @Test func ofTwentyAlikeNoPairIsCertain() throws {
    let (pod, proxy) = try ThrowawayPod.connected(20)
    let text = try pod.run("bypass-plan audit pid:\(proxy)")
    #expect(text.contains("mysql 20"))
    #expect(text.contains("20 via Envoy"))
    #expect(!text.contains("certain"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
  }

  /// A connection from before the rules keeps the way it has. Conntrack knows it only if some rule
  /// had it follow connections before, or if it was used since.
  @Test(arguments: [true, false])
  func aConnectionOlderThanTheRulesIsAStray(isTracked: Bool) throws {
    let pod = try ThrowawayPod()
    try pod.write(ThrowawayPod.relay, to: "relay.py")
    let python = "python3 \(pod.directory)/relay.py"
    _ = try pod.start("\(python) server", in: .server)
    if isTracked {
      try pod.inside("iptables-nft -A INPUT -m conntrack --ctstate INVALID -j DROP")
    }
    _ = try pod.start(
      "\(python) client \(ThrowawayPod.server) 3")
    try pod.load("", by: "iptables-nft")
    let proxy = try pod.startProxy(annotations: "", running: "\(python) relay")
    try pod.run("sleep 1")
    let text = try pod.run("bypass-plan audit pid:\(proxy)")
    #expect(text.contains("BP322 3 connections bypass the proxy although"))
    #expect(text.contains("3 direct"))
  }
}
