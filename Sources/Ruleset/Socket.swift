public import Addresses

/// A socket as the kernel shows it (inet_diag, what `ss` prints).
public struct Socket: Hashable, Sendable {
  /// An address with a port, as both ends of a connection are.
  public struct Address: Hashable, Sendable, Comparable {
    public var address: IPAddress
    public var port: UInt16

    public init(_ address: IPAddress, port: UInt16) {
      self.address = address
      self.port = port
    }

    public static func < (a: Self, b: Self) -> Bool {
      (a.address, a.port) < (b.address, b.port)
    }
  }

  /// `TCP_*` of linux/tcp_states.h; a UDP socket is established or closed.
  public enum State: UInt8, Hashable, Sendable, CaseIterable {
    case established = 1
    case synSent, synReceived, finWait1, finWait2, timeWait, closed, closeWait, lastAck, listen
    case closing, newSynReceived
  }

  /// The timer that is running, and the milliseconds until it fires.
  public enum Timer: Hashable, Sendable {
    /// None: for an idle connection, keepalive is off.
    case off
    case retransmit(UInt32)
    case keepalive(UInt32)
    case timeWait(UInt32)
    /// The window is closed and probed.
    case persist(UInt32)
  }

  /// What `tcp_info` tells of a TCP connection's traffic.
  public struct Traffic: Hashable, Sendable {
    /// Milliseconds since data was last sent, and received; keepalive probes are no data.
    public var sinceSent: UInt32
    public var sinceReceived: UInt32
    /// Bytes the peer has acknowledged, its SYN included, and bytes received.
    public var bytesAcknowledged: UInt64
    public var bytesReceived: UInt64
    /// Retransmissions since the connection was opened.
    public var retransmissions: UInt32

    public init(
      sinceSent: UInt32, sinceReceived: UInt32, bytesAcknowledged: UInt64, bytesReceived: UInt64,
      retransmissions: UInt32
    ) {
      self.sinceSent = sinceSent
      self.sinceReceived = sinceReceived
      self.bytesAcknowledged = bytesAcknowledged
      self.bytesReceived = bytesReceived
      self.retransmissions = retransmissions
    }

    /// Milliseconds without data in either direction.
    public var idle: UInt32 { min(sinceSent, sinceReceived) }
  }

  /// A process that has the socket open.
  public struct Holder: Hashable, Sendable, Comparable {
    public var pid: Int32
    /// The command's name, at most fifteen bytes.
    public var name: String

    public init(pid: Int32, name: String) {
      self.pid = pid
      self.name = name
    }

    public static func < (a: Self, b: Self) -> Bool { (a.pid, a.name) < (b.pid, b.name) }
  }

  public var transport: TransportProtocol
  public var local: Address
  /// The unspecified address and port 0 for a listener.
  public var remote: Address
  /// Of a socket of IPv6, whether it takes no IPv4 (IPV6_V6ONLY).
  public var isIPv6Only = false
  public var state: State
  public var uid: UInt32
  /// Of sockfs; zero once no process holds it.
  public var inode: UInt32
  public var timer: Timer
  /// Retransmissions, or unanswered probes, since the last answer.
  public var retransmits: UInt8
  /// Bytes not yet read; for a listener, connections not yet accepted.
  public var receiveQueue: UInt32
  /// Bytes not yet acknowledged; for a listener, the backlog allowed.
  public var sendQueue: UInt32
  public var traffic: Traffic?
  /// In order of process; empty where nobody looked or none was found.
  public var holders: [Holder]

  public init(
    _ transport: TransportProtocol, local: Address, remote: Address, state: State,
    uid: UInt32 = 0, inode: UInt32 = 0, timer: Timer = .off, retransmits: UInt8 = 0,
    receiveQueue: UInt32 = 0, sendQueue: UInt32 = 0, traffic: Traffic? = nil,
    holders: [Holder] = []
  ) {
    self.transport = transport
    self.local = local
    self.remote = remote
    self.state = state
    self.uid = uid
    self.inode = inode
    self.timer = timer
    self.retransmits = retransmits
    self.receiveQueue = receiveQueue
    self.sendQueue = sendQueue
    self.traffic = traffic
    self.holders = holders
  }
}

extension Socket {
  /// Whether packets of the family may come to it: one bound to `::` takes IPv4 too, unless told not
  /// to.
  public func takes(_ family: Family) -> Bool {
    local.address.family == family || local.address.bits == 0 && family == .ipv4 && !isIPv6Only
  }
}

extension Socket.Address: CustomStringConvertible {
  /// `10.0.0.1:80` or `[fd00::1]:80`.
  public var description: String {
    address.family == .ipv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}
