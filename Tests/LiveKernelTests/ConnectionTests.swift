import Addresses
import Glibc
import Ruleset
import Testing

@testable import LiveKernel

@Suite struct ConnectionTests {
  /// A listener of the proxy on 15001 in a namespace with a REDIRECT to it: the application's
  /// connection is captured, its keepalive timer runs, and conntrack answers from 15001.
  @Test func showsACapturedConnectionWithItsTimer() throws {
    let namespace = try Throwaway("conn")
    try namespace.run(
      """
      ip addr add 192.0.2.1/24 dev lo; ip link add out0 type veth peer name out1; ip link set out0 up;
      ip addr add 198.51.100.1/24 dev out0;
      iptables-nft -t nat -A OUTPUT -p tcp --dport 3306 -j REDIRECT --to-ports 15001
      """)
    let script = """
      import socket,time,sys
      l=socket.socket(); l.setsockopt(1,2,1); l.bind(("127.0.0.1",15001)); l.listen(5)
      c=socket.socket(); c.setsockopt(1,9,1); c.setsockopt(6,4,100); c.connect(("198.51.100.9",3306))
      a,_=l.accept(); c.send(b"hello"); a.recv(5); a.send(b"world!"); c.recv(6)
      print("ready",flush=True); time.sleep(60)
      """
    try Throwaway.run(
      """
      ip netns exec \(namespace.name) python3 -c '\(script)' > /tmp/\(namespace.name).out 2>&1 &
      echo $! > /tmp/\(namespace.name).pid
      for i in $(seq 100); do grep -q ready /tmp/\(namespace.name).out && exit 0; sleep 0.05; done
      cat /tmp/\(namespace.name).out; exit 1
      """)
    defer {
      _ = try? Throwaway.run(
        "kill $(cat /tmp/\(namespace.name).pid); rm /tmp/\(namespace.name).*")
    }
    let live = try namespace.open()
    let ports = try live.readRuleset().ruleset.redirectPorts
    #expect(ports == [15001])
    let pods = try Host().pods().filter { $0.inode == live.inode }
    let sockets = Host().holders(
      of: try live.readSockets(), among: pods.flatMap(\.processes).map(\.pid))
    let connections = Connection.joining(sockets, with: try live.readConntrack())

    let server = try #require(IPAddress("198.51.100.9"))
    let application = try #require(
      connections.first { $0.socket.remote == Socket.Address(server, port: 3306) })
    #expect(application.entry?.isRedirected(to: ports) == true)
    #expect(application.entry?.state == "ESTABLISHED")
    #expect(application.socket.state == .established)
    guard case .keepalive(let left) = application.socket.timer else {
      Issue.record("the keepalive timer is not running: \(application.socket.timer)")
      return
    }
    #expect((90_000...100_000).contains(left))
    #expect(application.socket.traffic?.bytesReceived == 6)
    #expect(application.socket.traffic?.bytesAcknowledged == 6, "five bytes and the SYN")
    #expect((application.socket.traffic?.idle ?? .max) < 10_000)
    #expect(application.socket.holders.map(\.name) == ["python3"])

    let accepted = try #require(
      connections.first { $0.socket.local.port == 15001 && $0.socket.state == .established })
    #expect(accepted.socket.timer == .off)
    #expect(accepted.entry == application.entry)
    #expect(connections.contains { $0.socket.state == .listen && $0.socket.local.port == 15001 })
  }

  /// Kernels without `udp_diag` show UDP sockets in /proc alone.
  @Test func readsLinesOfProc() throws {
    let ipv4: Substring =
      "  48: 3500007F:3AA9 00000000:0000 07 00000010:00000203 00:00000000 00000000  1337        0 77 2 0000000000000000 0"
    let socket = try #require(Socket(udp: ipv4, .ipv4))
    #expect(socket.local == Self.address("127.0.0.53", 15017) && socket.remote.port == 0)
    #expect((socket.uid, socket.inode, socket.state) == (1337, 77, .closed))
    #expect((socket.sendQueue, socket.receiveQueue) == (16, 515))
    let ipv6: Substring =
      " 1: 000000FD000000000000000009000000:0035 B80D0120000000000000000007000000:1F90 01 00000000:00000000 00:00000000 00000000 0 0 8 2 0 0"
    let other = try #require(Socket(udp: ipv6, .ipv6))
    #expect(other.local == Self.address("fd00::9", 53) && other.state == .established)
    #expect(other.remote == Self.address("2001:db8::7", 8080))
    for count in 0..<ipv4.count where ipv4.prefix(count).split(separator: " ").count < 10 {
      #expect(Socket(udp: ipv4.prefix(count), .ipv4) == nil)
    }
    #expect(Socket(udp: ipv4, .ipv6) == nil && Socket(udp: ipv6, .ipv4) == nil)
  }

  // MARK: Pairing

  private static func address(_ text: String, _ port: UInt16) -> Socket.Address {
    Socket.Address(IPAddress(text) ?? IPAddress(.ipv4, 0), port: port)
  }

  /// The application's (uid 1000, redirected) or the proxy's connection to 10.0.0.9:3306.
  private func connection(_ uid: UInt32, port: UInt16, bytes: UInt64) -> Connection {
    let (local, remote) = (Self.address("10.1.1.1", port), Self.address("10.0.0.9", 3306))
    let original = ConntrackEntry.Tuple(from: local, to: remote)
    let answerer = uid == 1337 ? remote : Self.address("127.0.0.1", 15001)
    return Connection(
      Socket(
        .tcp, local: local, remote: remote, state: .established, uid: uid,
        traffic: .init(
          sinceSent: 1, sinceReceived: 1, bytesAcknowledged: bytes, bytesReceived: 2 * bytes,
          retransmissions: 0)),
      entry: ConntrackEntry(
        .tcp, original: original, reply: ConntrackEntry.Tuple(from: answerer, to: local)))
  }

  private func pairs(_ connections: [Connection]) -> [ProxiedConnection] {
    ProxiedConnection.pairs(in: connections, redirectedTo: [15001, 15006], proxyUID: 1337)
  }

  @Test func oneOnEachSideIsCertain() {
    let pairs = pairs([connection(1000, port: 1, bytes: 10), connection(1337, port: 2, bytes: 99)])
    #expect(pairs.map(\.confidence) == [.certain])
    #expect(pairs.first?.proxy?.socket.local.port == 2)
  }

  @Test func equalBytesAreLikelyAndNeverCertain() {
    let connections =
      (1...20).map { connection(1000, port: $0, bytes: UInt64($0)) }
      + (1...20).map { connection(1337, port: 100 + $0, bytes: UInt64($0)) }
    let pairs = pairs(connections)
    #expect(pairs.count == 20)
    for pair in pairs {
      #expect(pair.confidence == .likely)
      #expect(pair.proxy?.socket.local.port == pair.application.socket.local.port + 100)
    }
  }

  @Test func theSameBytesTwiceAreNoPair() {
    let pairs = pairs([
      connection(1000, port: 1, bytes: 5), connection(1000, port: 2, bytes: 5),
      connection(1337, port: 3, bytes: 5), connection(1337, port: 4, bytes: 6),
    ])
    #expect(pairs.map(\.confidence) == [nil, nil])
  }

  @Test func aConnectionThatWasNotRedirectedIsNotTheSidecars() {
    var direct = connection(1000, port: 1, bytes: 5)
    direct.entry?.reply.source = direct.socket.remote
    #expect(pairs([direct, connection(1337, port: 3, bytes: 5)]).isEmpty)
  }
}
