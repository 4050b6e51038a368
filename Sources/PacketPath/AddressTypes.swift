import Addresses
import Ruleset

/// What routing says of a packet's addresses, as far as the pod's own addresses tell.
struct AddressTypes {
  private let network: PodNetwork
  /// It came from outside, and not by `lo`.
  private let isInbound: Bool
  /// It left, or is about to leave, by `lo`, so its destination was found to be local.
  private let sentToItself: IPAddress?
  private let isLooped: Bool

  init(of sent: Packet, isLooped: Bool, in network: PodNetwork) {
    self.network = network
    self.isLooped = isLooped
    isInbound = sent.inputInterface != nil && !isLooped
    sentToItself = sent.outputInterface == .loopback ? sent.destination : nil
  }

  /// A source not given is one of this pod's own, or a peer's.
  func source(_ address: IPAddress?) -> AddressType {
    guard let address else { return isInbound ? .unicast : .local }
    if !isInbound, network.addresses.addresses.isEmpty { return .local }
    return network.addresses.type(of: address)
  }

  /// A destination not known is the incoming interface's own, by REDIRECT.
  func destination(_ address: IPAddress?) -> AddressType {
    guard let address else { return .local }
    let type = network.addresses.type(of: address)
    let isOwn =
      isInbound ? network.acceptsInbound(address) : isLooped || address == sentToItself
    return type == .unicast && isOwn ? .local : type
  }
}
