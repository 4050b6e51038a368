internal import Addresses
internal import CKernel
internal import Glibc
internal import PacketPath
internal import Ruleset

/// A probe's own socket, or a listener for TPROXY.
final class OpenSocket {
  let descriptor: Int32
  let family: Family
  let transport: TransportProtocol

  /// Why a socket could not do what was asked.
  struct Failure: Error {
    var call: String
    var errno: Int32

    init(_ call: String, _ errno: Int32) {
      self.call = call
      self.errno = errno
    }
  }

  init(_ transport: TransportProtocol, _ family: Family) throws(Failure) {
    self.family = family
    self.transport = transport
    let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
    descriptor = ck_socket(family == .ipv4 ? AF_INET : AF_INET6, Int32(type.rawValue), 0)
    guard descriptor >= 0 else { throw Failure("socket", -descriptor) }
    set(SOL_SOCKET, SO_REUSEADDR, 1)
    Self.endAtOnce(descriptor)
    if family == .ipv6 { set(Int32(IPPROTO_IPV6), Int32(CK_IPV6_V6ONLY), 1) }
  }

  deinit { close(descriptor) }

  @discardableResult
  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Int32 {
    var value = value
    let result = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    return result == 0 ? 0 : errno
  }

  @discardableResult
  func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Int32 {
    Self.set(descriptor, level, option, value)
  }

  /// Closing resets the connection: no TIME_WAIT stays behind in the way of the next one.
  static func endAtOnce(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// An option that has a name of its own in each family.
  @discardableResult
  func set(ipv4: Int, ipv6: Int, _ value: Int32) -> Int32 {
    family == .ipv4
      ? set(Int32(IPPROTO_IP), Int32(ipv4), value) : set(Int32(IPPROTO_IPV6), Int32(ipv6), value)
  }

  /// Addresses that are not this host's may be its own, or be accepted.
  func setTransparent() throws(Failure) {
    let error = set(ipv4: Int(CK_IP_TRANSPARENT), ipv6: Int(CK_IPV6_TRANSPARENT), 1)
    if error != 0 { throw Failure("IP_TRANSPARENT", error) }
  }

  func bind(toDevice name: String) throws(Failure) {
    let result = setsockopt(
      descriptor, SOL_SOCKET, Int32(CK_SO_BINDTODEVICE), name, socklen_t(name.utf8.count))
    let error = errno
    if result != 0 { throw Failure("SO_BINDTODEVICE", error) }
  }

  /// To `port` of `address`, or of whatever address routing chooses.
  func bind(_ address: IPAddress?, _ port: UInt16) throws(Failure) {
    let local = SocketAddress(address ?? IPAddress(family, 0), port)
    let result = local.withKernelAddress { Glibc.bind(descriptor, $0, $1) }
    let error = errno
    if result != 0 { throw Failure("bind", error) }
  }
}

extension SocketAddress {
  /// As the kernel's calls take it.
  func withKernelAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    switch address.family {
    case .ipv4:
      var kernel = sockaddr_in()
      kernel.sin_family = sa_family_t(AF_INET)
      kernel.sin_port = port.bigEndian
      kernel.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.bits).bigEndian
      return Self.pointer(to: kernel, body)
    case .ipv6:
      var kernel = sockaddr_in6()
      kernel.sin6_family = sa_family_t(AF_INET6)
      kernel.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &kernel.sin6_addr) {
        $0.storeBytes(of: address.bits.bigEndian, as: UInt128.self)
      }
      return Self.pointer(to: kernel, body)
    }
  }

  private static func pointer<Kernel, Result>(
    to kernel: Kernel, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: kernel) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<Kernel>.size))
      }
    }
  }
}
