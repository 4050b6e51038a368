import Addresses
import Planning
import Ruleset
import Testing

/// Which way a pod's open connections go, from what the kernel lists.
@Suite struct ConnectionGroupTests {
  private static let pod = "10.1.1.1"

  private static func end(_ text: String, _ port: UInt16) -> Socket.Address {
    Socket.Address(IPAddress(text) ?? IPAddress(.ipv4, 0), port: port)
  }

  /// The application's end of a connection to 10.0.0.9:3306.
  private static func app(
    from port: UInt16 = 40000, _ state: Socket.State = .established, inode: UInt32 = 7
  ) -> Socket {
    Socket(
      .tcp, local: end(pod, port), remote: end("10.0.0.9", 3306), state: state,
      uid: inode == 0 ? 0 : 1000, inode: inode)
  }

  /// Envoy's end of it, if it was redirected.
  private static func accepted(from port: UInt16 = 40000) -> Socket {
    Socket(
      .tcp, local: end("127.0.0.1", 15001), remote: end(pod, port), state: .established,
      uid: 1337, inode: 9)
  }

  private func groups(_ sockets: [Socket], _ entries: [ConntrackEntry] = []) -> [ConnectionGroup] {
    ConnectionGroup.groups(
      of: sockets, conntrack: entries,
      addresses: LocalAddresses([Self.end(Self.pod, 0).address]),
      capturedTo: [15001, 15006], proxyUID: 1337)
  }

  private func counts(_ sockets: [Socket], _ entries: [ConntrackEntry] = []) -> [Int] {
    let groups = groups(sockets, entries)
    return [groups.map(\.proxied.count), groups.map(\.direct.count), groups.map(\.unknown.count)]
      .map { $0.reduce(0, +) }
  }

  private static func entry(from source: Socket.Address, to target: Socket.Address)
    -> ConntrackEntry
  {
    let tuple = ConntrackEntry.Tuple(from: source, to: target)
    return ConntrackEntry(.tcp, original: tuple, reply: tuple.reversed)
  }

  @Test func withoutAnEntryTheProxysEndTells() {
    #expect(counts([Self.app(), Self.accepted()]) == [1, 0, 0])
    #expect(counts([Self.app()]) == [0, 1, 0])
    #expect(counts([Self.app(), Self.accepted(from: 40001)]) == [0, 1, 0], "another's")
  }

  @Test func oneThatIsOpeningOrClosingHasNoOtherEndYetOrAnyMore() {
    #expect(counts([Self.app(.synSent)]) == [0, 0, 1])
    #expect(counts([Self.app(.closeWait)]) == [0, 0, 1])
  }

  /// A socket in FIN-WAIT-2 that its process has closed shows neither inode nor owner.
  @Test func whatItsProcessHasClosedIsNoConnection() {
    let left = Self.app(.finWait2, inode: 0)
    let (local, remote) = (left.local, left.remote)
    let captured = ConntrackEntry(
      .tcp, original: .init(from: local, to: remote),
      reply: .init(from: Self.end("127.0.0.1", 15001), to: local))
    #expect(groups([left]).isEmpty && groups([left], [captured]).isEmpty)
    let upstream = Socket(
      .tcp, local: Self.end(Self.pod, 50000), remote: remote, state: .established, uid: 1337,
      inode: 8)
    #expect(groups([left, upstream], [captured]).isEmpty, "nothing to pair Envoy's with")
  }

  /// Conntrack takes up an old connection at whatever packet comes first.
  @Test func anEntryThatBeganWithTheServersPacketIsStillTheAppsConnection() {
    let app = Self.app()
    #expect(counts([app], [Self.entry(from: app.remote, to: app.local)]) == [0, 1, 0])
  }

  @Test func whatAListenerAcceptedWasNotOpenedHere() {
    let client = Self.end("10.0.0.9", 40000)
    let listener = Socket(
      .tcp, local: Self.end("0.0.0.0", 8080), remote: Self.end("0.0.0.0", 0), state: .listen,
      uid: 1000, inode: 5)
    let served = Socket(
      .tcp, local: Self.end(Self.pod, 8080), remote: client, state: .established, uid: 1000,
      inode: 6)
    #expect(groups([listener, served]).isEmpty)
    #expect(groups([listener, served], [Self.entry(from: client, to: served.local)]).isEmpty)
    #expect(groups([listener, served], [Self.entry(from: served.local, to: client)]).isEmpty)
    // Nor where the listener is gone and conntrack saw the client begin.
    #expect(groups([served], [Self.entry(from: client, to: served.local)]).isEmpty)
  }
}
