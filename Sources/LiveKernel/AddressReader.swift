import Addresses
import CKernel
import CMnl
import Glibc
public import Ruleset

extension NetworkNamespace {
  /// The addresses of the namespace's interfaces, in the order of the interfaces and, within one,
  /// of the addresses: the first of an interface is its primary one. Needs no privilege but to enter.
  public func readLocalAddresses() throws(LiveError) -> LocalAddresses {
    try enter { () throws(LiveError) in
      var addresses: [IPAddress] = []
      do throws(NetlinkSocket.Failure) {
        let socket = try NetlinkSocket(Int32(CK_NETLINK_ROUTE))
        try socket.request(
          { buffer, sequence in
            let header = mnl_nlmsg_put_header(buffer)
            header?.pointee.nlmsg_type = UInt16(CK_RTM_GETADDR)
            header?.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST) | UInt16(NLM_F_DUMP)
            header?.pointee.nlmsg_seq = sequence
            // `struct ifaddrmsg`, all zero: of any family.
            return mnl_nlmsg_put_extra_header(header, 8) == nil ? nil : header
          },
          // Addresses come and go.
          tolerant: true,
          each: { message throws(NetlinkSocket.Failure) in
            if let address = IPAddress(assigned: message.payload) { addresses.append(address) }
          })
      } catch {
        throw error.asLiveError("list addresses", of: .namespaces)
      }
      return LocalAddresses(addresses)
    }
  }
}

extension IPAddress {
  /// `struct ifaddrmsg`, then `IFA_LOCAL`, which only a point-to-point address has besides
  /// `IFA_ADDRESS`.
  fileprivate init?(assigned message: Bytes) {
    let (ifaAddress, ifaLocal): (UInt16, UInt16) = (1, 2)
    guard let number = message.byte(0), let attributes = message.dropFirst(8),
      let value = attributes.attribute(number: ifaLocal) ?? attributes.attribute(number: ifaAddress)
    else { return nil }
    let family: Family
    switch Int32(number) {
    case AF_INET: family = .ipv4
    case AF_INET6: family = .ipv6
    default: return nil
    }
    guard let bits = value.slice(0, family.width / 8)?.bigEndian else { return nil }
    self.init(family, bits)
  }
}
