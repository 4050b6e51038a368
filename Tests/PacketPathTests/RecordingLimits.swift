import Addresses
import PacketPath
import Ruleset

/// Where a recorded verdict is a limit of the recording and not of the model. Each entry says what the
/// recording shows, what the model says, and why both are right.
enum RecordingLimits {
  struct Limit: Sendable {
    var name: String
    var reason: String
    var explains: @Sendable (KernelProbe, Outcome) -> Bool
  }

  static let all: [Limit] = [
    Limit(
      name: "no-op redirect",
      reason: """
        REDIRECT to the address and port that the packet already had. The rule matched and conntrack \
        holds a mapping of a tuple to itself, but the listener sees the destination the client asked \
        for, so a recording made with sockets cannot tell it from local delivery.
        """,
      explains: { probe, outcome in
        guard probe.result == "local", case .redirect(let address, let port) = outcome else {
          return false
        }
        return address == probe.packet.destination && port == probe.packet.destinationPort
      })
  ]

  static func limit(of probe: KernelProbe, _ outcome: Outcome) -> Limit? {
    all.first { $0.explains(probe, outcome) }
  }
}
