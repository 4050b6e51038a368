import Addresses
import Istio
import PacketPath
import Ruleset
import TestSupport
import Testing

@testable import Manifests

/// What `check` says about an entry that changes nothing, against the rules themselves.
@Suite struct EffectTests {
  @Test(arguments: 0..<150)
  func anEntrySaidToChangeNothingChangesNothing(seed: Int) throws {
    var random = Seeded(seed)
    let annotations = random.annotations()
    let text = Manifest.deployment(
      annotations.map { "\($0.key.annotation): '\($0.value)'" }.joined(separator: "\n        "))
    let rules = try Self.simulator(annotations)
    for finding in Manifest.findings(text) where finding.code.id == "BP112" {
      let word = String(finding.message.prefix { $0 != " " })
      var less = annotations
      for (key, list) in annotations where finding.fix?.contains(key.annotation + ":") == true {
        let kept = ListWords(list).words.map(\.text)
        let index = try #require(kept.lastIndex(of: word))
        less[key] = kept.enumerated().filter { $0.offset != index }.map(\.element)
          .joined(separator: ",")
      }
      guard less != annotations else { continue }
      let others = try Self.simulator(less)
      for _ in 0..<60 {
        let packet = random.packet()
        #expect(
          rules.path(of: packet).outcome == others.path(of: packet).outcome, "\(finding.message)")
      }
    }
  }

  private static func simulator(_ annotations: [TrafficSetting: String]) throws -> Simulator {
    var pod = PodTraffic()
    for (setting, text) in annotations { pod.annotations[setting.annotation] = text }
    let rules = try #require(try SidecarCapture(pod).rules())
    let ruleset = try rules.ruleset()
    return try Simulator(ruleset, in: PodNetwork(LocalAddresses([]), for: ruleset))
  }
}

extension Seeded {
  fileprivate mutating func annotations() -> [TrafficSetting: String] {
    let ranges = [
      "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16", "0.0.0.0/1", "127.0.0.0/8",
      "127.0.0.1/32",
    ]
    let ports = ["53", "3306", "3307", "8080", "06352"]
    func list(_ items: [String]) -> String {
      (0..<Int.random(in: 1...4, using: &self)).map { _ in items.randomElement(using: &self) ?? "" }
        .joined(separator: ",")
    }
    var annotations: [TrafficSetting: String] = [:]
    if Bool.random(using: &self) { annotations[.includeOutboundIPRanges] = list(ranges) }
    if Bool.random(using: &self) { annotations[.excludeOutboundIPRanges] = list(ranges) }
    if Bool.random(using: &self) { annotations[.includeOutboundPorts] = list(ports) }
    if Bool.random(using: &self) { annotations[.excludeOutboundPorts] = list(ports) }
    return annotations
  }

  /// From the app, mostly to where the lists' edges are.
  fileprivate mutating func packet() -> Packet {
    let edges: [UInt32] = [
      0x0A00_0001, 0x0A01_0001, 0x0A01_0201, 0xC0A8_0001, 0x0101_0101, 0xDFFF_0001, 0x7F00_0001,
      0x7F03_0001,
    ]
    let destination = IPAddress(.ipv4, UInt128(edges.randomElement(using: &self) ?? 0))
    let port = [53, 3306, 3307, 8080, 443].randomElement(using: &self) ?? 0
    return Packet(
      .tcp, port: 40000, to: destination, port: UInt16(port), owner: Owner(uid: 1000, gid: 1000),
      out: InterfaceName(destination.isLoopback ? "lo" : "eth0"))
  }
}
