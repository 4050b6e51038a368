internal import Addresses
internal import Glibc
internal import LiveKernel
internal import PacketPath
public import Ruleset

/// Sends real packets in a pod, and sees where each ends.
public final class Prober {
  /// More sockets at once than this are not opened.
  private static let batchLimit = 500

  let pod: TestPod
  private let wire: Tap
  private let deliveries: [Tap]
  private let listeners: [TransparentListener]
  private var batchNumber: UInt32 = 0

  /// - Parameter tproxyPorts: the ports that TPROXY rules lead to; each gets a listener.
  public init(in pod: TestPod, tproxyPorts: [UInt16] = []) throws(TestbedError) {
    self.pod = pod
    wire = try pod.peer.inside { () throws(TestbedError) in try Tap.wire() }
    deliveries = try pod.namespace.inside { () throws(TestbedError) in try Tap.deliveries() }
    listeners = try pod.namespace.inside { () throws(TestbedError) in
      var listeners: [TransparentListener] = []
      for port in tproxyPorts {
        for transport in [TransportProtocol.tcp, .udp] {
          for family in Family.allCases {
            listeners.append(try TransparentListener(port, transport, family))
          }
        }
      }
      return listeners
    }
  }

  /// Whether what TPROXY hands to `port` finds a socket.
  func listens(on port: UInt16) -> Bool { listeners.contains { $0.port == port } }

  /// What the kernel does with each packet, all of them first packets of connections.
  ///
  /// - Parameters:
  ///   - patience: milliseconds to wait for a packet before it counts as dropped; once for many
  ///     packets, not for each.
  ///   - apart: whether packets of one source port go one after the other. Of two at once that the
  ///     rules map to one destination, the kernel gives the later another (`get_unique_tuple` in
  ///     `nf_nat_core.c`).
  public func observe(
    _ packets: [Packet], patience: Int = 100, apart: Bool = false
  ) throws(TestbedError) -> [Observation] {
    var observations = [Observation](repeating: .seen(.silent), count: packets.count)
    for batch in Self.batches(of: packets, limit: Self.batchLimit, apart: apart) {
      var now = Batch(packets: packets, indices: batch)
      try run(&now, patience: patience)
      for index in batch { observations[index] = now.observation(of: index) }
    }
    return observations
  }

  /// Packets with the same addresses and ports, whichever way they go, are one connection to the
  /// kernel, so they go into different batches; `apart`, those of one source port do as well.
  static func batches(of packets: [Packet], limit: Int, apart: Bool = false) -> [[Int]] {
    var firstFree: [Ends: Int] = [:]
    var rounds: [[Int]] = []
    for (index, packet) in packets.enumerated() {
      let ends = Ends(connectionOf: packet)
      let taken = apart ? [ends, Ends(sourcePortOf: packet)] : [ends]
      let round = taken.map { firstFree[$0, default: 0] }.max() ?? 0
      for ends in taken { firstFree[ends] = round + 1 }
      while rounds.count <= round { rounds.append([]) }
      rounds[round].append(index)
    }
    return rounds.flatMap { round in
      stride(from: 0, to: round.count, by: limit).map {
        Array(round[$0..<min($0 + limit, round.count)])
      }
    }
  }
}

/// What no two packets of a batch have in common: both ends of a connection in no order, or the port
/// it comes from.
private struct Ends: Hashable {
  private let transport: TransportProtocol
  private let ends: Set<SocketAddress>

  init(connectionOf packet: Packet) {
    transport = packet.transport
    // A source left to routing is the destination itself, or the pod's one address.
    let source = packet.source ?? packet.destination
    ends = [
      SocketAddress(source, packet.sourcePort),
      SocketAddress(packet.destination, packet.destinationPort),
    ]
  }

  init(sourcePortOf packet: Packet) {
    transport = packet.transport
    ends = [SocketAddress(IPAddress(packet.family, 0), packet.sourcePort)]
  }
}

// MARK: - One batch

extension Prober {
  /// Packets on their way, and what is known of them.
  private struct Batch {
    var packets: [Packet]
    var indices: [Int]
    var sockets: [Int: ProbeSocket] = [:]
    var unsent: [Int: String] = [:]
    var arrivals: [Int: Sighting] = [:]
    var takenBy: [Int: UInt16] = [:]

    func observation(of index: Int) -> Observation {
      if let reason = unsent[index] { return .unsent(reason) }
      switch arrivals[index] {
      case .delivered(let destination, _)?:
        return .seen(.delivered(destination, listener: takenBy[index]))
      case let arrival?: return .seen(arrival)
      case nil: break
      }
      guard let socket = sockets[index] else { return .seen(.silent) }
      return .seen(socket.immediate ?? (socket.wasRefused ? .refused : .silent))
    }
  }

  private func run(_ batch: inout Batch, patience: Int) throws(TestbedError) {
    batchNumber += 1
    defer { for listener in listeners { listener.forget() } }
    try flushConntrack()
    try sendOutbound(&batch)
    try sendInbound(&batch)
    let expected = batch.indices.count - batch.unsent.count
    var idleSince = Clock.milliseconds
    while true {
      if collect(&batch) { idleSince = Clock.milliseconds }
      let settled = batch.arrivals.count + batch.sockets.values.count { $0.immediate != nil }
      let idle = Clock.milliseconds - idleSince
      // What TPROXY may take is known only when its listener had time to.
      if settled >= expected, listeners.isEmpty || idle >= patience / 4 { return }
      if idle >= patience { return }
      usleep(2000)
    }
  }

  private func sendOutbound(_ batch: inout Batch) throws(TestbedError) {
    let indices = batch.indices.filter { batch.packets[$0].inputInterface == nil }
    guard !indices.isEmpty else { return }
    try pod.namespace.inside { () throws(TestbedError) in
      try SocketOwner.dropGroups()
      var current: Owner?
      for index in indices {
        guard let owner = batch.packets[index].owner else {
          batch.unsent[index] = "no socket: the kernel's own packets cannot be asked for"
          continue
        }
        if owner != current { try SocketOwner.assume(owner) }
        current = owner
        let out = batch.packets[index].outputInterface
        let isRouted = out == nil || out == .loopback || out == pod.network.uplink
        send(
          index, of: &batch, mark: batch.packets[index].mark,
          through: isRouted ? nil : out.map { "\($0)" })
      }
    }
  }

  private func sendInbound(_ batch: inout Batch) throws(TestbedError) {
    let indices = batch.indices.filter { batch.packets[$0].inputInterface != nil }
    guard !indices.isEmpty else { return }
    try pod.peer.inside { () throws(TestbedError) in
      for index in indices {
        let packet = batch.packets[index]
        guard let link = pod.links.first(where: { $0.name == packet.inputInterface }) else {
          batch.unsent[index] = "nothing comes in by this interface from outside"
          continue
        }
        guard !packet.destination.isLoopback else {
          batch.unsent[index] = "what is for loopback leaves no host by a wire"
          continue
        }
        guard packet.mark == 0 else {
          batch.unsent[index] = "a mark does not cross the wire"
          continue
        }
        send(index, of: &batch, mark: link.farMark)
      }
    }
  }

  private func send(
    _ index: Int, of batch: inout Batch, mark: UInt32, through device: String? = nil
  ) {
    let packet = batch.packets[index]
    guard packet.transport == .tcp || packet.transport == .udp else {
      batch.unsent[index] = "only TCP and UDP sockets are opened"
      return
    }
    guard packet.state == .new else {
      batch.unsent[index] = "a first packet is new, not \(packet.state)"
      return
    }
    do throws(OpenSocket.Failure) {
      batch.sockets[index] = try ProbeSocket(
        packet, token: Token(batch: batchNumber, probe: UInt32(truncatingIfNeeded: index)),
        from: pod.network, mark: mark, through: device)
    } catch {
      batch.unsent[index] = "\(error.call): \(String(cString: strerror(error.errno)))"
    }
  }

  /// Whether anything new was seen.
  private func collect(_ batch: inout Batch) -> Bool {
    let before = batch.arrivals.count + batch.takenBy.count
    func index(_ token: Token) -> Int? { token.batch == batchNumber ? Int(token.probe) : nil }
    while let packet = wire.next() {
      if let index = index(packet.token) { batch.arrivals[index] = .left(packet.destination) }
    }
    for tap in deliveries {
      while let packet = tap.next() {
        guard let index = index(packet.token) else { continue }
        batch.arrivals[index] = .delivered(packet.destination, listener: nil)
      }
    }
    for listener in listeners {
      for token in listener.receive() {
        if let index = index(token) { batch.takenBy[index] = listener.port }
      }
    }
    return batch.arrivals.count + batch.takenBy.count > before
  }

  /// So that no connection of an earlier batch, nor its mapping, is found again.
  private func flushConntrack() throws(TestbedError) {
    try pod.namespace.inside { () throws(TestbedError) in try Conntrack.flush() }
  }
}

private enum Clock {
  static var milliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
