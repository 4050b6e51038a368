internal import Addresses
internal import CKernel
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Ruleset

/// Where TPROXY hands packets: a transparent socket on one port, as Envoy's is.
///
/// TPROXY changes nothing in a packet, so only who got it tells. With fast open a TCP connection is
/// accepted at its SYN, with the token in it.
final class TransparentListener {
  let port: UInt16
  private let socket: OpenSocket
  /// Connections whose token has not come yet.
  private var accepted: [Int32] = []

  init(_ port: UInt16, _ transport: TransportProtocol, _ family: Family) throws(TestbedError) {
    self.port = port
    do throws(OpenSocket.Failure) {
      socket = try OpenSocket(transport, family)
      try socket.setTransparent()
      try socket.bind(nil, port)
    } catch {
      throw .kernel(LiveError(.system, "listen on port \(port): \(error.call)", errno: error.errno))
    }
    if transport == .tcp {
      let result = listen(socket.descriptor, 4096)
      let error = errno
      if result != 0 { throw .kernel(LiveError(.system, "listen on port \(port)", errno: error)) }
    }
  }

  deinit { forget() }

  /// Ends connections that never said whose they are.
  func forget() {
    accepted.forEach(Self.abort)
    accepted = []
  }

  /// Tokens that came since the last call.
  func receive() -> [Token] {
    if socket.transport == .udp { return datagrams() }
    while true {
      let connection = ck_accept(socket.descriptor)
      if connection < 0 { break }
      accepted.append(connection)
    }
    var tokens: [Token] = []
    var waiting: [Int32] = []
    for connection in accepted {
      if let token = Self.token(on: connection) {
        tokens.append(token)
        Self.abort(connection)
      } else {
        waiting.append(connection)
      }
    }
    accepted = waiting
    return tokens
  }

  private func datagrams() -> [Token] {
    var tokens: [Token] = []
    while let token = Self.token(on: socket.descriptor) { tokens.append(token) }
    return tokens
  }

  private static func token(on descriptor: Int32) -> Token? {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return Token(buffer[..<max(0, count)])
  }

  private static func abort(_ connection: Int32) {
    OpenSocket.endAtOnce(connection)
    close(connection)
  }
}
