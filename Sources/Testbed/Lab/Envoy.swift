internal import Addresses
internal import CKernel
internal import Documents
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Planning
internal import Ruleset

/// A real Envoy in the lab's pod, as the user Istio's rules know it by.
final class Envoy {
  private(set) var config: EnvoyConfig
  private let process: ChildProcess
  private let pod: NetworkNamespace
  private let listeners: String

  /// Starts it; `waitUntilReady` says when it takes connections.
  init(
    _ path: String, _ config: EnvoyConfig, drain: Span, as owner: Owner, in network: LabNetwork,
    of claim: LabClaim, isKept: Bool
  ) throws(TestbedError) {
    guard access(path, X_OK) == 0 else { throw .noEnvoy(path) }
    self.config = config
    pod = network.pod
    listeners = "\(claim.folder)/listeners.json"
    let bootstrap = "\(claim.folder)/envoy.json"
    try Folder.write(config.listeners.json(), to: listeners)
    try Folder.write(config.bootstrap(listeners: listeners).json(), to: bootstrap)
    process = try ChildProcess(
      "envoy", path: path,
      [
        "--config-path", bootstrap, "--concurrency", "1", "--disable-hot-restart",
        "--log-level", "warning", "--drain-time-s", "\(drain.wholeSeconds)",
      ], in: claim.namespaceName("pod"), as: owner, folder: claim.folder, isKept: isKept)
  }

  func requireRunning() throws(TestbedError) { try process.requireRunning() }

  func waitUntilReady() throws(TestbedError) {
    let end = Moment.now + 20
    while Moment.now < end {
      if ck_interruption() != 0 { throw .interrupted(signal: ck_interruption()) }
      try requireRunning()
      if try ask("/ready").contains("LIVE"), try ask("/listeners").contains("virtualOutbound") {
        return
      }
      usleep(50_000)
    }
    let words = process.lastWords
    throw .failed("envoy is not ready after 20 s" + (words.isEmpty ? "" : ": \(words)"))
  }

  /// Hands it changed filter chains, as a push of Istio's does.
  func pushFilterChains() throws(TestbedError) {
    config.revision += 1
    try Folder.write(config.listeners.json(), to: listeners)
  }

  /// What its admin interface answers; empty where it does not.
  func ask(_ path: String) throws(TestbedError) -> String {
    let address = SocketAddress(IPAddress(.ipv4, 0x7F00_0001), config.adminPort)
    let pod = pod
    return try pod.inside { () throws(TestbedError) in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { return "" }
      defer { close(descriptor) }
      var patience = timeval(tv_sec: 2, tv_usec: 0)
      setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
      guard address.withKernelAddress({ connect(descriptor, $0, $1) }) == 0 else { return "" }
      let request = "GET \(path) HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
      send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
      var answer: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while answer.count < 1 << 22 {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { break }
        answer += buffer[..<count]
      }
      return String(decoding: answer, as: UTF8.self)
    }
  }
}
