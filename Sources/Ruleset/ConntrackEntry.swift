/// One connection in conntrack: how its first packet looked, and how an answer to it does.
public struct ConntrackEntry: Hashable, Sendable {
  public struct Tuple: Hashable, Sendable {
    public var source: Socket.Address
    public var destination: Socket.Address

    public init(from source: Socket.Address, to destination: Socket.Address) {
      self.source = source
      self.destination = destination
    }

    public var reversed: Tuple { Tuple(from: destination, to: source) }
  }

  public var transport: TransportProtocol
  public var original: Tuple
  public var reply: Tuple
  /// conntrack's own state of a TCP connection, such as `ESTABLISHED`.
  public var state: String?
  /// Seconds until it is forgotten.
  public var timeout: UInt32
  public var mark: UInt32
  public var zone: UInt16

  public init(
    _ transport: TransportProtocol, original: Tuple, reply: Tuple, state: String? = nil,
    timeout: UInt32 = 0, mark: UInt32 = 0, zone: UInt16 = 0
  ) {
    self.transport = transport
    self.original = original
    self.reply = reply
    self.state = state
    self.timeout = timeout
    self.mark = mark
    self.zone = zone
  }

  /// Where its packets really go: what answers is what was reached.
  public var destination: Socket.Address { reply.source }

  /// Sent to the host itself by a REDIRECT in OUTPUT: it goes elsewhere than it was sent to, and
  /// that is loopback at one of the ruleset's own ports.
  public func isRedirected(to ports: some Collection<UInt16>) -> Bool {
    reply.source != original.destination && reply.source.address.isLoopback
      && ports.contains(reply.source.port)
  }
}

extension Ruleset {
  /// Every port that a REDIRECT of this ruleset sends to, ascending.
  public var redirectPorts: [UInt16] {
    Set(tables.lazy.flatMap(\.chains).flatMap(\.rules).flatMap(\.redirectPorts)).sorted()
  }
}

extension Rule {
  /// Every port that this rule's REDIRECTs send to.
  public var redirectPorts: [UInt16] {
    steps.flatMap { step -> [UInt16] in
      switch step {
      case .verdict(let verdict): verdict.redirectPorts
      case .test(let test):
        test.arms.flatMap { arm -> [UInt16] in
          if case .verdict(let verdict) = arm.result { verdict.redirectPorts } else { [] }
        }
      case .effect: []
      }
    }
  }
}

extension Verdict {
  fileprivate var redirectPorts: [UInt16] {
    guard case .nat(let nat) = self, nat.kind == .redirect, let range = nat.ports else { return [] }
    return Array(range)
  }
}
