public import Addresses
public import PacketPath
public import Probes
public import Ruleset

/// Kernel and model side by side: the same packets, sent by real sockets and walked through the
/// rules.
public struct Verification: Hashable, Sendable {
  public struct Disagreement: Hashable, Sendable {
    public var probe: Probe
    public var sighting: Sighting
    /// The rules that counted it in the kernel; of the first disagreements only.
    public var counted: [RuleReference] = []
    /// The model's way, with every rule looked at.
    public var path: Path
  }

  public struct Open: Hashable, Sendable {
    public var probe: Probe
    public var reason: String
  }

  /// Packets on which both agree, by the word of the verdict, sorted.
  public var agreements: [String: Int] = [:]
  public var disagreements: [Disagreement] = []
  /// Packets on which the model does not commit itself.
  public var unknown: [Open] = []
  /// Packets that no socket here can send.
  public var unsent: [Open] = []

  public var agreed: Int { agreements.values.reduce(0, +) }

  /// What was asked of both.
  public var compared: Int { agreed + disagreements.count }
}

extension Verification {
  /// Milliseconds that a packet which seems lost, or to end as the model does not say, is given when
  /// it is sent once more, apart from others of its source port: neither a busy machine nor another probe
  /// must look like a rule.
  private static let secondPatience = 400

  /// Disagreements that the kernel's rules are read for; more of them seldom say more.
  private static let countedLimit = 10

  /// Sends every probe and compares where it ends with what `simulator` says.
  ///
  /// `simulator` must be of the rules that the pod holds, and of its network.
  public init(
    of probes: [Probe], _ simulator: Simulator, against prober: Prober
  ) throws(TestbedError) {
    let observations = try prober.observe(probes.map(\.packet))
    var doubtful: [Probe] = []
    for (probe, observation) in zip(probes, observations) {
      if !note(observation, of: probe, simulator, prober, isFinal: false) { doubtful.append(probe) }
    }
    guard !doubtful.isEmpty else { return }
    let again = try prober.observe(
      doubtful.map(\.packet), patience: Self.secondPatience, apart: true)
    for (probe, observation) in zip(doubtful, again) {
      note(observation, of: probe, simulator, prober, isFinal: true)
    }
    for index in disagreements.indices.prefix(Self.countedLimit) {
      disagreements[index].counted = try prober.rulesThatCount(
        disagreements[index].probe.packet, patience: Self.secondPatience)
    }
  }

  /// Whether the probe is done with.
  @discardableResult
  private mutating func note(
    _ observation: Observation, of probe: Probe, _ simulator: Simulator, _ prober: Prober,
    isFinal: Bool
  ) -> Bool {
    let path = simulator.path(of: probe.packet)
    switch (observation, path.outcome) {
    case (.unsent(let reason), _): unsent.append(Open(probe: probe, reason: reason))
    case (_, .unknown(let reason)): unknown.append(Open(probe: probe, reason: reason))
    case (_, .tproxy(_, let port)) where !prober.listens(on: port):
      unsent.append(Open(probe: probe, reason: "nobody listens on port \(port) here"))
    case (.seen(let sighting), let outcome):
      let answer = Self.answer(to: probe.packet, on: path, by: simulator)
      if sighting.agrees(with: outcome, of: probe.packet, in: simulator.network)
        || sighting == .silent && answer == .lost
      {
        agreements[outcome.word, default: 0] += 1
      } else if case .unknown(let reason)? = answer, sighting == .silent {
        unknown.append(Open(probe: probe, reason: reason))
      } else if isFinal {
        disagreements.append(
          Disagreement(
            probe: probe, sighting: sighting,
            path: simulator.path(of: probe.packet, tracing: true)))
      } else {
        return false
      }
    }
    return true
  }
}

extension Verification {
  /// Whether the sender of a packet is told; absent where its path ends in no refusal.
  private static func answer(
    to packet: Packet, on path: Path, by simulator: Simulator
  ) -> Refusal.Arrival? {
    guard case .reject(let answer) = path.outcome else { return nil }
    return Refusal(of: packet, on: path, with: answer, by: simulator).arrival
  }
}

extension Simulator {
  /// More ports than these get no listener.
  private static let listenerLimit = 64

  /// The ports that TPROXY rules hand packets to, sorted: those the rules name, and where one names
  /// none (`--on-port 0`), the packets' own.
  public func tproxyPorts(for packets: [Packet]) -> [UInt16] {
    let named = ruleset.tproxyPorts
    guard ruleset.keepsPortsInTPROXY else { return named }
    let compiled = CompiledRuleset(self)
    var kept: Set<UInt16> = []
    for packet in packets {
      guard case .tproxy(_, let port) = compiled.verdict(for: packet).outcome else { continue }
      kept.insert(port)
    }
    return (named + kept.subtracting(named).sorted().prefix(Self.listenerLimit)).sorted()
  }
}

extension Ruleset {
  /// The ports that TPROXY rules name, sorted.
  public var tproxyPorts: [UInt16] { Set(diversions.compactMap(\.self)).sorted() }

  fileprivate var keepsPortsInTPROXY: Bool { diversions.contains(nil) }

  /// The port of each TPROXY rule; nil where it keeps the packet's.
  private var diversions: Set<UInt16?> {
    var ports: Set<UInt16?> = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .effect(.tproxy(_, let port)) in rule.steps { ports.insert(port) }
    }
    return ports
  }

  /// The interfaces that rules name in full, sorted; of a great many the first few.
  public var interfaces: [InterfaceName] {
    let values = Boundaries(of: self)
    let names = values.names(.inputInterface) + values.names(.outputInterface)
    return Array(Set(names).subtracting([.loopback]).sorted().prefix(8))
  }
}
