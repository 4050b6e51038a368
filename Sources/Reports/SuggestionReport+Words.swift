import Addresses
import FlowSets
import Planning
import Ruleset

extension SuggestionReport {
  /// `orders-db (10.20.30.40:3307)`, or the name alone where it says the same.
  func name(_ endpoint: Endpoint) -> String {
    let host =
      switch endpoint.place {
      case .anywhere: "any address"
      case .host(let name): name
      case .prefixes(let prefixes): Self.listed(prefixes.map(Self.short), limit: 2)
      }
    let udp = endpoint.transport == .udp ? "/udp" : ""
    let place = "\(host.contains(":") ? "[\(host)]" : host):\(endpoint.port)\(udp)"
    return place == endpoint.name ? place : "\(endpoint.name) (\(place))"
  }

  static func place(_ prefix: Prefix?, _ port: UInt16) -> String {
    guard let prefix else { return "any address:\(port)" }
    return prefix.family == .ipv6 ? "[\(short(prefix))]:\(port)" : "\(short(prefix)):\(port)"
  }

  static func short(_ prefix: Prefix) -> String {
    prefix.length == prefix.family.width ? "\(prefix.address)" : "\(prefix)"
  }

  /// `port 3307 and ranges 10.0.0.0/24, 10.0.2.0/24`.
  func words(_ exclusion: Exclusion) -> String {
    func part(_ word: String, _ items: [String]) -> String? {
      guard !items.isEmpty else { return nil }
      let list = Self.listed(items, limit: isWhole ? .max : 5)
      return "\(word)\(items.count == 1 ? "" : "s") \(list)"
    }
    return [
      part("port", exclusion.ports.map(String.init)),
      part("range", exclusion.ranges.map(\.description)),
    ].compactMap(\.self).joined(separator: " and ")
  }

  static func entries(_ count: Int) -> String {
    count == 0 ? "no entry" : count == 1 ? "1 entry" : "\(count) entries"
  }

  static func listed(_ items: [String], limit: Int = 4) -> String {
    let shown = items.prefix(limit).joined(separator: ", ")
    return items.count > limit ? "\(shown) and \(items.count - limit) more" : shown
  }

  static func words(_ region: Region) -> String {
    let protocols = region.protocols.map { set in
      TransportProtocol.names.map(\.value).filter { set.contains(UInt128($0.rawValue)) }
        .map(\.description).joined(separator: " and ")
    }
    let transport = protocols ?? "any protocol"
    let ports = region.ports.map { "\(transport) port \(PlanReport.numbers($0))" }
      ?? (protocols.map { "every \($0) port" } ?? "everything")
    let place = region.destinations.map { " at \(listed($0.map(\.description)))" }
      ?? " at any address"
    let family = region.destinations == nil
      ? region.family.map { $0 == .ipv4 ? " (IPv4)" : " (IPv6)" } ?? "" : ""
    let interface = region.outputInterfaces.map { " by \($0.map(\.description).joined(separator: ", "))" } ?? ""
    let owners = region.gids.map { " for gid \(PlanReport.numbers($0))" } ?? ""
    return ports + place + family + interface + owners
  }
}
