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
      case .prefixes(let prefixes): Self.listed(prefixes.map(\.short), limit: 2)
      }
    let udp = endpoint.transport == .udp ? "/udp" : ""
    let place = "\(host.contains(":") ? "[\(host)]" : host):\(endpoint.port)\(udp)"
    return place == endpoint.name ? place : "\(endpoint.name) (\(place))"
  }

  static func place(_ prefix: Prefix?, _ port: UInt16) -> String {
    guard let prefix else { return "any address:\(port)" }
    return prefix.family == .ipv6 ? "[\(prefix.short)]:\(port)" : "\(prefix.short):\(port)"
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

  /// Traffic by port, place and owner.
  static func words(_ region: Region) -> String {
    let place =
      region.outputInterfaces == [.loopback]
      ? "to the pod itself"
      : region.destinations.map { "to \(listed($0.map(\.description)))" } ?? "to any address"
    return "\(service(region) ?? "everything") \(place)\(owners(region))"
  }

  /// What a region holds beside the servers that were meant.
  static func others(_ region: Region) -> String {
    switch (region.destinations, service(region)) {
    case (nil, let service):
      "any other server on \(service ?? "any port")\(owners(region)), inside the mesh too"
    case (let places?, nil):
      "any other port at \(listed(places.map(\.description)))\(owners(region))"
    case (let places?, let service?):
      "any other server on \(service) at \(listed(places.map(\.description)))\(owners(region))"
    }
  }

  /// `tcp 3307, 11211`; nil for all ports.
  private static func service(_ region: Region) -> String? {
    guard let ports = region.ports else { return nil }
    let protocols = region.protocolWords ?? "any protocol"
    return "\(protocols) \(listed(ports.intervals.map(\.words), limit: 10))"
  }

  private static func owners(_ region: Region) -> String {
    region.familyWords + region.groupWords
  }
}
