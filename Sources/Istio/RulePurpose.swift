public import Addresses

/// What a rule is there for, with the one item of the config it serves.
///
/// Its description is one line for people; a dialect turns the same value into a tool's words.
public enum RulePurpose: Hashable, Sendable {
  public enum Transport: String, Hashable, Sendable { case tcp, udp }

  public enum Direction: Hashable, Sendable { case inbound, outbound }

  /// Whose sockets: one item of ProxyUID or ProxyGID.
  public enum Owner: Hashable, Sendable {
    case user(String)
    case group(String)
  }

  public enum InboundCapture: Hashable, Sendable { case redirect, tproxy }

  // Interfaces
  case excludedInterface(String, Direction)
  case virtualInterfacePassedBy(String)
  case virtualInterfaceCaptured(String, to: Prefix?)

  // Invalid packets
  case invalidDropped
  case invalidToDropChain
  case drop

  // The two ways to Envoy
  case toOutboundListener(port: String)
  case toInboundListener(port: String)

  // Inbound
  case tunnelPort(String)
  case enterInbound
  case excludedInboundPort(String)
  case establishedInbound(port: String?)
  case capturedInbound(port: String?, by: InboundCapture)
  case divertMark(String)
  case divertAccept
  case tproxy(mark: String, port: String)

  // Outbound
  case enterOutput(Transport?)
  case excludedOutboundPort(String, Transport)
  case passthroughSource
  case proxyToItself(Owner, exceptPorts: [String])
  case appToItself(Owner, exceptDNS: Bool)
  case proxyTraffic(Owner)
  case excludedGroup(String)
  case otherGroups([String])
  case loopbackDestination
  case excludedRange(Prefix)
  case includedOutboundPort(String)
  case includedRange(Prefix)
  case everythingElseCaptured
  case everythingElsePassedBy

  // DNS
  case enterDNS
  case dnsCaptured(server: String?, Transport)
  case dnsOfProxy(Owner)
  case dnsOfExcludedGroup(String)
  case dnsOfOtherGroups([String])
  case dnsZoneOfProxyQuery(Owner)
  case dnsZoneOfProxyAnswer(Owner)
  case dnsZoneOfQuery(server: String?)
  /// `bySource` is false in 1.19, which looks for the server at the wrong end of its replies.
  case dnsZoneOfReply(server: String?, bySource: Bool)
  case enterDNSReplies

  // TPROXY's marks
  case saveMark(String)
  case restoreMark(String)
  case markedOverLoopback(String)
  case markProxyToItself(Owner)
  case markedInbound(String)
  case passthroughInbound
  case appToItselfInbound

  /// The NFLOG companion of a rule, under trace logging.
  indirect case traced(RulePurpose, label: String)
}

extension RulePurpose.Owner: CustomStringConvertible {
  public var description: String {
    switch self {
    case .user(let id): "uid \(id)"
    case .group(let id): "gid \(id)"
    }
  }
}

// MARK: - For people

extension RulePurpose: CustomStringConvertible {
  public var description: String {
    switch self {
    case .excludedInterface(let name, .inbound):
      "excludeInterfaces \(name): what comes in by it is not captured"
    case .excludedInterface(let name, .outbound):
      "excludeInterfaces \(name): what leaves by it is not captured"
    case .virtualInterfacePassedBy(let name):
      "virtual interface \(name): its traffic is not inbound traffic of the pod"
    case .virtualInterfaceCaptured(let name, nil):
      "virtual interface \(name): a guest's traffic goes out through the proxy"
    case .virtualInterfaceCaptured(let name, let range?):
      "virtual interface \(name): a guest's traffic to \(range) goes out through the proxy"

    case .invalidDropped, .invalidToDropChain:
      "dropInvalid: packets that belong to no known connection are dropped"
    case .drop: "drops what was sent here"

    case .toOutboundListener(let port): "to Envoy's outbound listener, port \(port)"
    case .toInboundListener(let port): "to Envoy's inbound listener, port \(port)"

    case .tunnelPort(let port): "HBONE port \(port) goes straight to Envoy, which listens there"
    case .enterInbound: "every inbound TCP connection is looked at"
    case .excludedInboundPort(let port):
      "excludeInboundPorts \(port): reaches the app without the proxy"
    case .establishedInbound(let port):
      "what belongs to a known connection\(on(port)) stays on its way to Envoy"
    case .capturedInbound(nil, _): "every other inbound TCP connection goes to the proxy"
    case .capturedInbound(let port?, _): "includeInboundPorts \(port): goes to the proxy"
    case .divertMark: "marked, so that routing delivers it in the pod"
    case .divertAccept: "done with; the mark decides where it goes"
    case .tproxy(_, let port):
      "to Envoy's inbound listener, port \(port), with the client's address kept"

    case .enterOutput(nil): "everything the pod sends is looked at"
    case .enterOutput(let transport?): "every \(transport) packet the pod sends is looked at"
    case .excludedOutboundPort(let port, let transport):
      "excludeOutboundPorts \(port): \(transport) leaves the pod without the proxy"
    case .passthroughSource: "Envoy handing an inbound connection to the app"
    case .proxyToItself(let owner, _):
      "Envoy (\(owner)) calling its own pod by a service address: in through the inbound listener"
    case .appToItself(let owner, _): "the app (not \(owner)) calling itself over lo"
    case .proxyTraffic(let owner): "Envoy's own traffic (\(owner)) goes out"
    case .excludedGroup(let group): "group \(group) is not captured"
    case .otherGroups(let groups):
      groups.isEmpty
        ? "no group is captured" : "only groups \(groups.joined(separator: ", ")) are captured"
    case .loopbackDestination: "calls to localhost stay as they are"
    case .excludedRange(let range):
      "excludeOutboundIPRanges \(range): leaves the pod without the proxy"
    case .includedOutboundPort(let port): "includeOutboundPorts \(port): goes to the proxy"
    case .includedRange(let range): "includeOutboundIPRanges \(range): goes to the proxy"
    case .everythingElseCaptured:
      "includeOutboundIPRanges *: every other TCP connection goes to the proxy"
    case .everythingElsePassedBy: "everything else leaves the pod without the proxy"

    case .enterDNS: "DNS is looked at"
    case .dnsCaptured(nil, let transport):
      "DNS over \(transport) to any server goes to the agent, port 15053"
    case .dnsCaptured(let server?, let transport):
      "DNS over \(transport) to \(server) goes to the agent, port 15053"
    case .dnsOfProxy(let owner): "DNS of the agent itself (\(owner)) goes out"
    case .dnsOfExcludedGroup(let group): "DNS of group \(group) is not captured"
    case .dnsOfOtherGroups(let groups):
      groups.isEmpty
        ? "no group's DNS is captured"
        : "only DNS of groups \(groups.joined(separator: ", ")) is captured"
    case .dnsZoneOfProxyQuery(let owner):
      "conntrack zone 1: the agent (\(owner)) asking a DNS server"
    case .dnsZoneOfProxyAnswer(let owner):
      "conntrack zone 2: the agent (\(owner)) answering the app"
    case .dnsZoneOfQuery(let server): "conntrack zone 2: the app asking \(server ?? "a DNS server")"
    case .dnsZoneOfReply(let server, _): "conntrack zone 1: \(server ?? "a DNS server") answering"
    case .enterDNSReplies: "replies from DNS servers are looked at"

    case .saveMark(let mark): "mark \(mark) is kept with the connection"
    case .restoreMark(let mark):
      "the app's replies get the connection's mark \(mark), to go back to Envoy"
    case .markedOverLoopback(let mark): "already marked \(mark): Envoy to the app"
    case .markProxyToItself(let owner):
      "mark 1338: Envoy (\(owner)) calling its own pod by a service address"
    case .markedInbound(let mark): "marked \(mark) already: not captured twice"
    case .passthroughInbound: "Envoy handing an inbound connection to the app"
    case .appToItselfInbound: "the app calling itself over lo"

    case .traced(let purpose, _): "logged: \(purpose)"
    }
  }

  private func on(_ port: String?) -> String { port.map { " to port \($0)" } ?? "" }
}

// MARK: - Facts both dialects need

extension RulePurpose {
  /// Whether the rule names an address, and so exists once for each family.
  var namesAddress: Bool {
    switch self {
    case .passthroughSource, .proxyToItself, .loopbackDestination, .excludedRange, .includedRange,
      .tproxy, .markProxyToItself, .passthroughInbound:
      true
    case .virtualInterfaceCaptured(_, let range): range != nil
    case .dnsCaptured(let server, _), .dnsZoneOfQuery(let server), .dnsZoneOfReply(let server, _):
      server != nil
    case .traced(let purpose, _): purpose.namesAddress
    default: false
    }
  }

  /// The chain the rule jumps to.
  var jump: CaptureRule.Chain? {
    switch self {
    case .virtualInterfaceCaptured, .includedOutboundPort, .includedRange, .everythingElseCaptured:
      .redirect
    case .invalidToDropChain: .drop
    case .enterInbound, .enterDNSReplies: .inbound
    case .establishedInbound: .divert
    case .capturedInbound(_, .tproxy): .tproxy
    case .capturedInbound(_, .redirect), .proxyToItself: .inRedirect
    case .enterOutput: .outbound
    case .enterDNS: .outboundDNS
    default: nil
    }
  }

  /// The label of the rule's NFLOG companion: what Istio's trace logging logs.
  ///
  /// Models tools/istio-iptables/pkg/log/command.go, 1.19–1.24.
  var traceLabel: String? {
    switch self {
    case .excludedInterface: "ExcludeInterfaceCommand"
    case .virtualInterfacePassedBy, .virtualInterfaceCaptured: "KubevirtCommand"
    case .toInboundListener: "InboundCapture"
    case .enterInbound: "JumpInbound"
    case .excludedInboundPort: "ExcludeInboundPort"
    case .establishedInbound(.some), .capturedInbound(.some, _): "IncludeInboundPort"
    case .enterOutput(.tcp): "JumpOutbound"
    default: nil
    }
  }
}
