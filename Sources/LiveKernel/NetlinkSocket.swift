internal import CMnl
internal import Glibc

/// One netlink socket of libmnl. It stays in the namespace of the thread that opened it, whichever
/// thread uses it afterwards; one at a time.
final class NetlinkSocket {
  /// Why a dump did not end well.
  enum Failure: Error {
    /// The kernel's objects changed while it listed them (`NLM_F_DUMP_INTR`).
    case interrupted
    case refused(errno: Int32)
    case malformed
  }

  private let socket: OpaquePointer
  private let port: UInt32
  private var sequence: UInt32 = 0
  /// The kernel sizes its answers by the largest buffer ever offered, up to 32 KiB; libmnl's usual
  /// 8 KiB costs four times the calls.
  private let buffer: UnsafeMutableRawBufferPointer

  static let bufferSize = 64 << 10

  init(_ bus: Int32) throws(Failure) {
    guard let socket = mnl_socket_open2(bus, Int32(SOCK_CLOEXEC.rawValue)) else {
      throw .refused(errno: errno)
    }
    guard mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 else {
      let error = errno
      mnl_socket_close(socket)
      throw .refused(errno: error)
    }
    self.socket = socket
    port = mnl_socket_get_portid(socket)
    buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  /// Sends the request that `build` writes, with the sequence number it is given, and hands every
  /// message of the answer to `each`.
  ///
  /// The answer is read to its end whatever happens, so that the next request finds the socket
  /// clean: an interrupted dump that is left unread makes every later one fail.
  ///
  /// - Parameter tolerant: hands over what comes after an interruption too, and ends well.
  func request(
    _ build: (UnsafeMutableRawPointer, UInt32) -> UnsafeMutablePointer<nlmsghdr>?,
    tolerant: Bool = false, each: (NetlinkMessage) throws(Failure) -> Void
  ) throws(Failure) {
    sequence &+= 1
    guard let base = buffer.baseAddress, let header = build(base, sequence) else {
      throw .malformed
    }
    let isDump = header.pointee.nlmsg_flags & UInt16(NLM_F_DUMP) == UInt16(NLM_F_DUMP)
    try send(header)
    var failure: Failure?
    while true {
      let length = try receive()
      var rest = Bytes(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
      while let message = NetlinkMessage(first: rest) {
        rest = rest.dropFirst(message.paddedLength) ?? rest
        guard message.sequence == sequence, message.port == port else { continue }
        if message.isInterrupted, !tolerant { failure = failure ?? .interrupted }
        switch message.type {
        case UInt16(NLMSG_DONE):
          let error = message.payload.host(0, as: Int32.self) ?? 0
          if error < 0 { failure = failure ?? .refused(errno: error.magnitudeAsErrno) }
          if let failure { throw failure }
          return
        case UInt16(NLMSG_ERROR):
          guard let error = message.payload.host(0, as: Int32.self) else { throw .malformed }
          if error != 0 { throw .refused(errno: error.magnitudeAsErrno) }
          if let failure { throw failure }
          return
        case UInt16(NLMSG_NOOP): continue
        default:
          if failure == nil {
            do throws(Failure) { try each(message) } catch { failure = error }
          }
          if !isDump {
            if let failure { throw failure }
            return
          }
        }
      }
      if !rest.isEmpty { failure = failure ?? .malformed }
    }
  }

  private func send(_ header: UnsafeMutablePointer<nlmsghdr>) throws(Failure) {
    while mnl_socket_sendto(socket, header, Int(header.pointee.nlmsg_len)) < 0 {
      let error = errno
      guard error == EINTR else { throw .refused(errno: error) }
    }
  }

  private func receive() throws(Failure) -> Int {
    while true {
      let length = mnl_socket_recvfrom(socket, buffer.baseAddress, buffer.count)
      if length > 0 { return length }
      let error = errno
      guard length < 0, error == EINTR else {
        throw length == 0 ? .malformed : .refused(errno: error)
      }
    }
  }
}

extension Int32 {
  /// netlink gives errors as negative errnos.
  fileprivate var magnitudeAsErrno: Int32 { self == .min ? .max : abs(self) }
}

extension NetlinkSocket.Failure {
  /// The same, told with what was being done.
  func asLiveError(_ attempt: String, of facility: LiveError.Facility) -> LiveError {
    switch self {
    case .interrupted: LiveError(.system, attempt, errno: EINTR)
    case .malformed: LiveError(.malformed, attempt)
    case .refused(let errno): LiveError(errno: errno, attempt, needs: .netAdmin, of: facility)
    }
  }
}

/// One message: `struct nlmsghdr` and what follows it.
struct NetlinkMessage {
  let bytes: Bytes
  let type: UInt16
  let flags: UInt16
  let sequence: UInt32
  let port: UInt32

  static let headerLength = 16

  /// The message that `bytes` begin with; nil where they hold no whole one.
  init?(first bytes: Bytes) {
    guard let length = bytes.host(0, as: UInt32.self), length >= Self.headerLength,
      let whole = bytes.slice(0, Int(length)), let type = bytes.host(4, as: UInt16.self),
      let flags = bytes.host(6, as: UInt16.self), let sequence = bytes.host(8, as: UInt32.self),
      let port = bytes.host(12, as: UInt32.self)
    else { return nil }
    self.bytes = whole
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.port = port
  }

  var paddedLength: Int { (bytes.count + 3) & ~3 }

  /// NLM_F_DUMP_INTR.
  var isInterrupted: Bool { flags & 0x10 != 0 }

  /// What follows the header.
  var payload: Bytes { bytes.slice(Self.headerLength, bytes.count - Self.headerLength) ?? bytes }

  /// The attributes after a family header of `length` bytes (`struct nfgenmsg`: 4).
  func attributes(after length: Int) -> Bytes? { payload.dropFirst(length) }
}
