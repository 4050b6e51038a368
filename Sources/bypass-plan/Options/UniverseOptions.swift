import Addresses
import Answers
public import ArgumentParser
public import FlowSets
import PacketPath
import Probes
import Ruleset

/// Of which packets an exact question speaks.
struct UniverseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only packets to these ranges: 10.0.0.0/8 (repeatable).", valueName: "cidr"))
  var to: [PrefixList] = []

  @Option(help: ArgumentHelp("Only packets to these ports: 443,8000-8010.", valueName: "list"))
  var port: PortNumbers?

  @Flag(help: ArgumentHelp("Only UDP.", visibility: .hidden))
  var udp = false

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("Only this protocol: a name, or a number up to 255.", visibility: .hidden))
  var transport: ProtocolArgument?

  @Option(
    help: ArgumentHelp(
      "Only sockets of these users: 1000,2000-2010.", valueName: "list", visibility: .hidden))
  var uid: NumberList?

  @Option(
    help: ArgumentHelp(
      "Only sockets of these groups: 1000,2000-2010.", valueName: "list", visibility: .hidden))
  var gid: NumberList?

  @Flag(
    help: ArgumentHelp(
      "Packets of applications (unless said otherwise), of the proxy, or of either.",
      visibility: .hidden))
  var sender: Universe.Sender?

  @Flag(help: "Packets that arrive at the pod, instead of those sent there.")
  var inbound = false

  func validate() throws {
    if udp, transport != nil { throw ValidationError("Either --udp or --protocol, not both.") }
    if inbound, sender != nil || uid != nil || gid != nil {
      throw ValidationError(
        "What arrives at the pod has no owner there; leave out --app, --proxy, --anyone, --uid and"
          + " --gid with --inbound.")
    }
  }

  /// The packets meant, in a pod with any of these rulesets. What arrives at a pod goes to its own
  /// addresses, where those are known.
  func universe(
    _ direction: Direction, families: [Family], of rulesets: [Ruleset], in pod: PodNetwork,
    proxy: Owner
  ) throws -> Universe {
    if port != nil, let transport = transport?.transport, !transport.hasPorts {
      throw UnusableInput("--port: \(transport) has no ports; expected --protocol tcp or udp")
    }
    if let why = to.flatMap(\.prefixes).compactMap(\.whyMappedIsRefused).first {
      throw UnusableInput("--to: \(why)")
    }
    let own = direction == .inbound ? pod.addresses.addresses.map { Prefix($0) } : []
    let prefixes = to.isEmpty ? own : to.flatMap(\.prefixes)
    let families =
      to.isEmpty
      ? families.filter { own.isEmpty || own.map(\.family).contains($0) }
      : Set(prefixes.map(\.family)).sorted()
    let isOwned = uid != nil || gid != nil
    return Universe(
      direction, families: families,
      sender: sender ?? (isOwned ? .anyone : .app), proxy: proxy,
      interfaces: rulesets.typicalInterfaces(),
      destinations: prefixes.isEmpty ? nil : prefixes, ports: port?.numbers,
      protocols: (udp ? .udp : transport?.transport).map { IntervalSet(UInt128($0.rawValue)) },
      uids: uid?.numbers, gids: gid?.numbers)
  }
}

extension Universe.Sender: EnumerableFlag {
  public static var allCases: [Universe.Sender] { [.app, .proxy, .anyone] }
}

/// `10.0.0.0/8,192.168.7.5`.
struct PrefixList: ExpressibleByArgument {
  var prefixes: [Prefix]

  init?(argument: String) {
    let items = argument.split(separator: ",", omittingEmptySubsequences: false)
    prefixes = items.compactMap { Prefix($0) ?? IPAddress($0).map { Prefix($0) } }
    guard prefixes.count == items.count else { return nil }
  }
}

/// `443,8000-8010`.
struct NumberList: ExpressibleByArgument {
  var numbers: IntervalSet

  init?(argument: String) {
    var intervals: [IntervalSet.Interval] = []
    for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
      guard ends.count <= 2, let low = ends[0], let high = ends[ends.count - 1], low <= high else {
        return nil
      }
      intervals.append(UInt128(low)...UInt128(high))
    }
    numbers = IntervalSet(intervals)
  }
}

/// The same, of ports.
struct PortNumbers: ExpressibleByArgument {
  var numbers: IntervalSet

  init?(argument: String) {
    guard let list = NumberList(argument: argument),
      list.numbers.intervals.allSatisfy({ $0.upperBound <= 65535 })
    else { return nil }
    numbers = list.numbers
  }
}

struct ProtocolArgument: ExpressibleByArgument {
  var transport: TransportProtocol

  init?(argument: String) {
    guard let transport = TransportProtocol(word: argument) else { return nil }
    self.transport = transport
  }
}
