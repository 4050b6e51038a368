import TestSupport
import Testing

/// What is asked for, from wherever it can be told; the rules are always those of a live namespace.
@Suite struct ExpectationTests {
  private static let pod = """
    apiVersion: v1
    kind: Pod
    metadata:
      name: orders
      namespace: shop
      annotations:
        traffic.sidecar.istio.io/excludeOutboundPorts: "3307,11211"
    spec:
      containers: [{name: app, image: example/app}]
    """

  private static let asAsked = "Nothing found: the rules do what was asked."

  /// Its rules let 3307 pass, and Envoy listens.
  private func pod(annotations: String = "", excluding ports: String = "3307") throws
    -> (ThrowawayPod, Int32)
  {
    let pod = try ThrowawayPod()
    try pod.load("--exclude-ports \(ports)", by: "iptables-nft")
    let proxy = try pod.startProxy(annotations: annotations, running: pod.listening())
    try pod.awaitListeners()
    return (pod, proxy)
  }

  @Test func aManifestAsksInsteadOfThePod() throws {
    let (pod, proxy) = try pod(
      annotations: #"traffic.sidecar.istio.io/excludeOutboundPorts="3307""#)
    #expect(try pod.run("bypass-plan audit pid:\(proxy)").contains(Self.asAsked))
    let deployment = """
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: orders, namespace: shop}
      spec:
        template:
          metadata:
            annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "3307"}
          spec:
            containers: [{name: app, image: example/app}]
      """
    try pod.write(Self.pod + "\n" + deployment, to: "shop.yaml")
    let file = "\(pod.directory)/shop.yaml"
    let asked = try pod.run(
      "bypass-plan audit pid:\(proxy) --manifest '\(file)#Pod/orders'", exit: 1)
    #expect(asked.contains("ERROR   BP301") && asked.contains("tcp 11211"))
    #expect(asked.contains("from Pod/orders of \(file)"))
    #expect(
      try pod.run("bypass-plan audit pid:\(proxy) --manifest '\(file)#Deployment/orders'")
        .contains(Self.asAsked))
    // Which of the two is not said.
    let either = try pod.run("bypass-plan audit pid:\(proxy) --manifest '\(file)'", exit: 2)
    #expect(either.contains("it holds Pod/orders, Deployment/orders"))
    // Nor does one expectation silently stand for another.
    try pod.write("{}", to: "config.yaml")
    for more in ["--exclude-ports 1", "--config \(pod.directory)/config.yaml"] {
      let both = try pod.run(
        "bypass-plan audit pid:\(proxy) --manifest '\(file)#Pod/orders' \(more)", exit: 2)
      #expect(both.contains("it takes no --config and no capture flag beside it"))
    }
  }

  /// A chart's list leaves no trace in the pod; with the chart's values the rule it made is no drift.
  @Test func valuesAskForTheWholeMesh() throws {
    let (pod, proxy) = try pod(excluding: "11211")
    let unasked = try pod.run("bypass-plan audit pid:\(proxy)")
    #expect(unasked.contains("WARNING BP302") && unasked.contains("--values"))
    try pod.write("global:\n  proxy:\n    excludeOutboundPorts: \"11211\"", to: "values.yaml")
    let values = "--values \(pod.directory)/values.yaml"
    #expect(try pod.run("bypass-plan audit pid:\(proxy) \(values)").contains(Self.asAsked))
    try pod.write("global:\n  proxy:\n    excludeOutboundPorts: \"3307\"", to: "values.yaml")
    let other = try pod.run("bypass-plan audit pid:\(proxy) \(values)", exit: 1)
    #expect(other.contains("BP301") && other.contains("tcp 3307"))
    #expect(other.contains("BP302") && other.contains("tcp 11211"))
    #expect(other.contains(#"asked excludeOutboundPorts "3307""#))
    #expect(other.contains("from \(pod.directory)/values.yaml"), "\(other)")
    // What the manifest says goes before what the mesh says.
    try pod.write(Self.pod, to: "pod.yaml")
    let both = try pod.run(
      "bypass-plan audit pid:\(proxy) \(values) --manifest \(pod.directory)/pod.yaml", exit: 1)
    #expect(both.contains("BP301") && !both.contains("BP302"))
    #expect(!both.contains("values.yaml"), "the annotation replaces the chart's list")
  }

  @Test func aConfigIsAllThatIsAsked() throws {
    let (pod, proxy) = try pod()
    try pod.run(
      "bypass-plan rules --exclude-ports 3307,11211 -o json > \(pod.directory)/rules.json")
    let config = """
      OutboundPortsExclude: "%"
      OutboundIPRangesInclude: "*"
      InboundPortsInclude: "*"
      InboundPortsExclude: "15020,15021,15090"
      """
    try pod.write(config.replacing("%", with: "3307"), to: "config.yaml")
    let file = "\(pod.directory)/config.yaml"
    #expect(
      try pod.run("bypass-plan audit pid:\(proxy) --config \(file)").contains(Self.asAsked))
    try pod.write(config.replacing("%", with: "3307,11211"), to: "config.yaml")
    let text = try pod.run("bypass-plan audit netns:\(pod.name) --config \(file)", exit: 1)
    #expect(text.contains("BP301") && text.contains("from \(file)"))
    let both = try pod.run(
      "bypass-plan audit pid:\(proxy) --config \(file) --exclude-ports 1", exit: 2)
    #expect(both.contains("--config"))
  }

  /// As an ephemeral container runs it: in the pod's network, and the proxy's processes seen.
  @Test func withoutSourceItAuditsWhereItRuns() throws {
    let (pod, proxy) = try pod(annotations: LiveAuditTests.asking)
    let text = try pod.run("ip netns exec \(pod.name) bypass-plan audit", exit: 1)
    #expect(text.contains("ERROR   BP301") && text.contains("(proxy pid \(proxy))"))
    #expect(try pod.run("ip netns exec \(pod.name) bypass-plan audit netns:self", exit: 1) == text)
    // In a PID namespace of its own it sees the rules, and says that nobody tells what was asked.
    let alone = try pod.run(
      "ip netns exec \(pod.name) unshare -pf --mount-proc bypass-plan audit", exit: 0)
    #expect(alone.contains("BP312") && alone.contains("no proxy process in this namespace"))
  }
}
