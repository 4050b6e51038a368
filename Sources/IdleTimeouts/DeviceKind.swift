public import Planning

/// A kind of stateful device on the way to a server, and when it forgets a silent flow.
public struct DeviceKind: Hashable, Sendable {
  public typealias Expiry = IdleFacts.Device.Expiry

  public var name: String
  public var idleTimeout: Known<Span>
  public var onExpiry: Known<Expiry>
  /// What may differ, in a few words.
  public var note: String?

  /// The devices that can be named without their timer.
  public static let table: [DeviceKind] = [
    .init(
      "aws-nlb", .documented(.seconds(350), "docs.aws update-idle-timeout"),
      .documented(.reset, "docs.aws network load balancers"),
      "60 s to 6000 s since 2024-09; a TLS listener stays at 350 s"),
    .init(
      "aws-nat-gateway", .documented(.seconds(350), "docs.aws NAT gateway troubleshooting"),
      .documented(.reset, "docs.aws NAT gateway troubleshooting"), "fixed"),
    .init(
      "aws-network-firewall", .documented(.seconds(350), "docs.aws API_FlowTimeouts"),
      .documented(.drop, "docs.aws API_FlowTimeouts"), "60 s to 6000 s"),
    .init(
      "aws-gateway-lb", .memory(.seconds(350), "Gateway Load Balancer flow timeout"),
      .memory(.drop, "the flow goes to another appliance"), "60 s to 6000 s"),
    .init(
      "aws-transit-gateway", .memory(.seconds(350), "appliance mode flow timeout"),
      .memory(.drop, "the flow goes to another zone's appliance"), "appliance mode only"),
    .init(
      "ec2-conntrack",
      .documented(.seconds(432_000), "docs.aws connection tracking"),
      .memory(.drop, "security groups drop silently"), "60 s to 432000 s; 350 s on newer instances"),
    .init(
      "azure-lb", .documented(.seconds(240), "learn.microsoft load-balancer-tcp-reset"),
      .documented(.drop, "learn.microsoft load-balancer-tcp-reset"),
      "up to 100 min; RST where TCP reset is enabled"),
    .init(
      "azure-nat-gateway", .documented(.seconds(240), "learn.microsoft nat-gateway-resource"),
      .documented(.reset, "learn.microsoft nat-gateway-resource"), "up to 120 min"),
    .init(
      "azure-firewall", .memory(.seconds(240), "Azure Firewall TCP idle timeout"),
      .memory(.reset, "RST since 2022"), "up to 15 min"),
    .init(
      "gcp-vpc", .documented(.seconds(600), "cloud.google.com compute troubleshooting"),
      .documented(.drop, "cloud.google.com compute troubleshooting"), "fixed"),
    .init(
      "gcp-cloud-nat", .documented(.seconds(1200), "cloud.google.com NAT TCP established timeout"),
      .documented(.drop, "cloud.google.com NAT"), nil),
    .init(
      "linux-conntrack",
      .measured(.seconds(432_000), "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established"),
      .measured(.drop, "nft drop of ct state invalid, lab middlebox"),
      "a flow without NAT is picked up again where tcp_loose is 1"),
    .init(
      "ipvs", .documented(.seconds(900), "kubernetes issue 84041, ipvsadm --timeout"),
      .documented(.reset, "cloudnativelabs/kube-router issue 521"), "kube-proxy --ipvs-tcp-timeout"),
    .init(
      "cisco-asa", .memory(.seconds(3600), "timeout conn 1:00:00"), .memory(.drop, "no reset sent"),
      nil),
    .init(
      "palo-alto", .memory(.seconds(3600), "TCP session timeout"), .memory(.drop, "no reset sent"),
      nil),
    .init(
      "juniper-srx", .memory(.seconds(1800), "TCP inactivity-timeout"),
      .memory(.drop, "no reset sent"), nil),
    .init(
      "f5-fastl4", .memory(.seconds(300), "FastL4 profile idle timeout"),
      .memory(.reset, "reset on timeout is enabled"), nil),
  ]

  private init(
    _ name: String, _ idleTimeout: Known<Span>, _ onExpiry: Known<Expiry>, _ note: String?
  ) {
    self.name = name
    self.idleTimeout = idleTimeout
    self.onExpiry = onExpiry
    self.note = note
  }

  public static func named(_ name: String) -> DeviceKind? { table.first { $0.name == name } }
}
