public import Documents
public import PacketPath
import Probes
public import Ruleset

/// A connection's whole way: the client's packet, the sidecar's own, until it leaves or arrives.
public struct JourneyReport {
  private let journey: Journey
  private let isWhole: Bool
  private let purpose: (RuleReference) -> String?

  /// - Parameter isWhole: whether rules that did not match are shown too.
  public init(
    _ journey: Journey, isWhole: Bool, purpose: @escaping (RuleReference) -> String? = { _ in nil }
  ) {
    self.journey = journey
    self.isWhole = isWhole
    self.purpose = purpose
  }

  public var text: String {
    var blocks = journey.legs.enumerated().map { number, leg in
      "\(number + 1)  \(Self.name(leg.sender))\n" + report(leg).text.indented(by: 3)
    }
    if journey.isLoop {
      blocks.append("LOOP: the sidecar's own packets come back to the listener that sent them.\n")
    }
    return blocks.joined(separator: "\n")
  }

  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Journey",
      "legs": .array(
        journey.legs.map { leg in
          .object(["sender": .string(Self.word(leg.sender)), "simulation": report(leg).json])
        }),
      "isLoop": .bool(journey.isLoop),
      "fate": journey.outcome.map { .string($0.fate.rawValue) },
    ])
  }

  private func report(_ leg: Journey.Leg) -> PathReport {
    PathReport(Probe(leg.packet), leg.path, isWhole: isWhole, purpose: purpose)
  }

  private static func name(_ sender: Journey.Sender) -> String {
    switch sender {
    case .client: "The client sends"
    case .outboundProxy: "Envoy's outbound listener calls on, as the proxy's user"
    case .inboundProxy: "Envoy's inbound listener hands it to the app"
    case .dnsProxy: "The agent's DNS proxy asks the resolver"
    }
  }

  private static func word(_ sender: Journey.Sender) -> String {
    switch sender {
    case .client: "client"
    case .outboundProxy: "outboundProxy"
    case .inboundProxy: "inboundProxy"
    case .dnsProxy: "dnsProxy"
    }
  }
}

extension String {
  /// Every line that is not empty, moved to the right.
  fileprivate func indented(by width: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.isEmpty ? "" : String(repeating: " ", count: width) + $0
    }.joined(separator: "\n")
  }
}
