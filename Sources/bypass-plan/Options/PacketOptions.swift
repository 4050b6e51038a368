import Addresses
import ArgumentParser
import PacketPath
import Probes
import Ruleset

/// One packet by flags.
struct PacketOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the packet goes: 10.0.0.9:3306, [fd00::1]:53.", valueName: "address:port"))
  var to: PeerArgument?

  @Option(
    help: ArgumentHelp("Where it comes from.", valueName: "address[:port]", visibility: .hidden))
  var from: PeerArgument?

  @Flag(help: ArgumentHelp("UDP instead of TCP.", visibility: .hidden))
  var udp = false

  @Option(help: "The user that opened the socket, by number (0 unless said).")
  var uid: UInt32?

  @Option(
    help: ArgumentHelp(
      "The group that opened the socket, by number (0 unless said).", visibility: .hidden))
  var gid: UInt32?

  @Flag(help: ArgumentHelp("No socket sends it, as with a kernel's RST.", visibility: .hidden))
  var noSocket = false

  @Option(
    name: .customLong("out"), help: ArgumentHelp("The interface it leaves by.", visibility: .hidden)
  )
  var outputInterface: InterfaceArgument?

  @Option(name: .customLong("in"), help: "The interface it comes in by, which makes it inbound.")
  var inputInterface: InterfaceArgument?

  @Option(
    help: ArgumentHelp("new, established, related, invalid or untracked.", visibility: .hidden))
  var state = StateArgument(state: .new)

  @Option(
    help: ArgumentHelp("The packet's mark: 0 to 4294967295, in decimal.", visibility: .hidden))
  var mark: UInt32 = 0

  @Option(
    help: ArgumentHelp(
      "Where an established connection is mapped to.", valueName: "address:port",
      visibility: .hidden))
  var nat: MappingArgument?

  func draft() -> ProbeDraft {
    var draft = ProbeDraft()
    draft.transport = udp ? .udp : .tcp
    draft.destination = to?.address
    draft.destinationPort = to?.port
    draft.source = from?.address
    draft.sourcePort = from?.port
    draft.uid = noSocket ? .some(nil) : uid.map { .some($0) } ?? nil
    draft.gid = noSocket ? .some(nil) : gid.map { .some($0) } ?? nil
    draft.inputInterface = inputInterface?.name
    draft.outputInterface = outputInterface?.name
    draft.state = state.state
    draft.mark = mark
    draft.mapping = nat?.mapping
    return draft
  }
}

/// `ADDRESS`, `ADDRESS:PORT`, `[V6]` or `[V6]:PORT`.
struct PeerArgument: ExpressibleByArgument {
  var address: IPAddress
  var port: UInt16?

  init?(argument: String) {
    if let address = IPAddress(argument) {
      self.address = address
    } else if let socket = SocketAddress(argument) {
      address = socket.address
      port = socket.port
    } else if argument.hasPrefix("["), argument.hasSuffix("]"),
      let address = IPAddress(argument.dropFirst().dropLast())
    {
      self.address = address
    } else {
      return nil
    }
  }
}

struct InterfaceArgument: ExpressibleByArgument {
  var name: InterfaceName

  init?(argument: String) {
    guard let name = InterfaceName(argument) else { return nil }
    self.name = name
  }
}

struct StateArgument: ExpressibleByArgument {
  var state: ConnectionState

  init(state: ConnectionState) { self.state = state }

  init?(argument: String) {
    guard let state = ConnectionState(word: argument) else { return nil }
    self.state = state
  }

  var defaultValueDescription: String { "\(state)" }

  static let allValueStrings = ConnectionState.words
}

struct MappingArgument: ExpressibleByArgument {
  var mapping: SocketAddress

  init?(argument: String) {
    guard let mapping = SocketAddress(argument) else { return nil }
    self.mapping = mapping
  }
}
