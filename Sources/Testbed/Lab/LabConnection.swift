internal import Addresses
internal import CKernel
internal import Glibc
internal import IdleTimeouts
internal import LiveKernel
internal import PacketPath
internal import Planning
internal import Ruleset

/// An application's connection from the pod, which asks its server small questions.
final class LabConnection {
  /// What came of a moment's waiting.
  enum News: Hashable {
    case nothing
    case answer
    /// FIN.
    case end
    /// RST, or the kernel gave up.
    case reset
    /// Something that is no answer.
    case nonsense
  }

  let descriptor: Int32
  private let kind: LabServer.Kind
  private var received: [UInt8] = []

  /// The application: any user but the proxy's.
  static let owner = Owner(uid: 1000, gid: 1000)

  private init(_ descriptor: Int32, _ kind: LabServer.Kind) {
    self.descriptor = descriptor
    self.kind = kind
  }

  deinit { close(descriptor) }

  /// Connects within `patience` seconds; nil where nobody takes it.
  static func open(
    to address: SocketAddress, _ kind: LabServer.Kind, from namespace: NetworkNamespace,
    keepalive: Keepalive = .off, patience: Double
  ) throws(TestbedError) -> LabConnection? {
    let opened = try namespace.inside { () throws(TestbedError) -> (Int32, Int32) in
      try SocketOwner.assume(owner)
      let descriptor = ck_socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else {
        throw .kernel(LiveError(.system, "open a socket", errno: -descriptor))
      }
      OpenSocket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
      if let schedule = ProbeSchedule(keepalive) {
        OpenSocket.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        let seconds = [schedule.time, schedule.interval].map {
          Int32(clamping: $0.wholeSeconds)
        }
        OpenSocket.set(descriptor, Int32(IPPROTO_TCP), Int32(CK_TCP_KEEPIDLE), seconds[0])
        OpenSocket.set(descriptor, Int32(IPPROTO_TCP), Int32(CK_TCP_KEEPINTVL), seconds[1])
        OpenSocket.set(
          descriptor, Int32(IPPROTO_TCP), Int32(CK_TCP_KEEPCNT), Int32(clamping: schedule.probes))
      }
      let error = address.withKernelAddress { connect(descriptor, $0, $1) == 0 ? 0 : errno }
      return (descriptor, error)
    }
    let connection = LabConnection(opened.0, kind)
    if opened.1 == 0 { return connection }
    guard opened.1 == EINPROGRESS,
      wait(for: Int16(CK_POLLOUT), on: opened.0, until: Moment.now + patience)
    else { return nil }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(opened.0, SOL_SOCKET, SO_ERROR, &error, &length)
    return error == 0 ? connection : nil
  }

  /// Whether one of `events` came.
  private static func wait(for events: Int16, on descriptor: Int32, until end: Double) -> Bool {
    while ck_interruption() == 0 {
      let left = end - Moment.now
      if left <= 0 { return false }
      var request = pollfd(fd: descriptor, events: events, revents: 0)
      if poll(&request, 1, Int32(min(left * 1000 + 1, 200))) > 0 { return true }
    }
    return false
  }

  /// Greeting, login and a first question; how it ended.
  func begin(patience: Double) -> News {
    let end = Moment.now + patience
    if kind.speaksFirst {
      let greeting = hearFirst(until: end)
      guard greeting == .answer else { return greeting }
    }
    if let login = kind.login {
      send(login)
      let reply = hearFirst(until: end)
      guard reply == .answer else { return reply }
    }
    ask()
    let answer = hearFirst(until: end)
    return answer == .answer && !hasGoodAnswer ? .nonsense : answer
  }

  /// Whether the last answer is the one to its query.
  var hasGoodAnswer: Bool { kind.isGood(received) }

  /// Waits for whatever comes first; `nothing` where nothing does.
  private func hearFirst(until end: Double) -> News {
    while Self.wait(for: Int16(CK_POLLIN), on: descriptor, until: end) {
      let news = hear()
      if news != .nothing { return news }
    }
    return .nothing
  }

  /// Sends the query. That it cannot be sent is seen by `hear`.
  func ask() { send(kind.query) }

  private func send(_ bytes: [UInt8]) {
    received = []
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// What is there, without waiting.
  func hear() -> News {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    let error = errno
    if count == 0 { return .end }
    if count < 0 { return error == EAGAIN || error == EINTR ? .nothing : .reset }
    received += buffer[..<count]
    return kind.isAnswer(received) ? .answer : .nothing
  }

  /// The connection's own end.
  var localPort: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }
}

/// Seconds of the kernel's clock that nobody sets.
enum Moment {
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
