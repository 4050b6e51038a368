import Addresses
import Answers
import Findings
import FlowSets
import Istio
import PacketPath
import Planning
import Ruleset

/// An audit in the making: the two rulesets with their engines, and what has been found so far.
struct Inquiry {
  let subject: Subject
  let expectation: Expectation
  let candidate: Candidate
  let network: PodNetwork
  let proxy: Owner
  let universes: [Universe]
  let comparison: Comparison
  let asked: Simulator
  let live: Simulator
  let proxies: EndpointJudge.Owners
  let liveJudge: EndpointJudge
  /// Ports that live rules send connections to, ascending.
  let capturePorts: [UInt16]
  let foreign: [RuleReference]

  var findings: [AuditFinding] = []
  var connections: [ConnectionGroup] = []
  var middleware: [MiddlewareRow] = []
  var listeners: [Listener] = []

  init(
    _ subject: Subject, _ expectation: Expectation, _ candidate: Candidate
  ) throws(FlowError) {
    self.subject = subject
    self.expectation = expectation
    self.candidate = candidate
    let ruleset = subject.live.ruleset
    let rulesets = [candidate.ruleset, ruleset]
    network = PodNetwork(
      subject.addresses, localMark: ruleset.tproxyMark ?? candidate.ruleset.tproxyMark)
    proxy = candidate.proxy ?? subject.proxy?.owner ?? Owner(uid: 1337, gid: 1337)
    let names = rulesets.typicalInterfaces()
    let (families, proxy) = (subject.spokenFamilies, proxy)
    universes = [
      Universe(.outbound, families: families, sender: .app, proxy: proxy, interfaces: names),
      Universe(.outbound, families: families, sender: .proxy, proxy: proxy, interfaces: names),
      Universe(.inbound, families: families, interfaces: names),
    ]
    comparison = try Comparison(from: candidate.ruleset, to: ruleset, in: network, universes)
    do throws(JumpError) {
      asked = try Simulator(candidate.ruleset, in: network)
      live = try Simulator(ruleset, in: network)
    } catch {
      throw .jump(error)
    }
    proxies = EndpointJudge.Owners(
      uids: IntervalSet(UInt128(proxy.uid)), gids: IntervalSet(UInt128(proxy.gid)))
    liveJudge = EndpointJudge(live, proxies: proxies)
    capturePorts = ruleset.capturePorts
    foreign = ruleset.foreignRules(beside: candidate)
  }

  mutating func run() throws(FlowError) {
    connections = ConnectionGroup.groups(
      of: subject.sockets, conntrack: subject.conntrack ?? [], addresses: subject.addresses,
      capturedTo: capturePorts, proxyUID: proxy.uid)
    noteReading()
    if !noteNothingCaptured() {
      noteDrift()
      noteFamilies()
    }
    try noteForeignRules()
    noteLeftovers()
    noteListeners()
    noteConnections()
    middleware = middlewareRows()
  }

  mutating func note(
    _ code: Code, _ message: String, severity: Finding.Severity? = nil, fix: String? = nil,
    _ evidence: AuditFinding.Evidence? = nil
  ) {
    let finding = Finding(
      code, message, severity: severity, fix: fix, object: "\(subject.pod)")
    findings.append(AuditFinding(finding, evidence))
  }
}

extension Candidate {
  /// The first user and group the rules let pass as the proxy's.
  var proxy: Owner? {
    func number(_ text: String) -> UInt32? { UInt32(text.prefix { $0 != "," }) }
    guard let config, let uid = number(config.proxyUID) else { return nil }
    return Owner(uid: uid, gid: number(config.proxyGID) ?? uid)
  }
}
