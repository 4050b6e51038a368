import Addresses
import FlowSets
import Planning
import Ruleset

extension SuggestionReport {
  /// `of gid 5000`, `by other interfaces than eth1`: whose traffic it is, where not of all apps.
  var scopeWords: String? {
    let scope = suggestion.scope
    let other = scope.otherGIDs
    let gids = scope.gids.map { gids in
      other.intervals.count < gids.intervals.count
        ? "of any gid but \(other.words(separator: ", "))" : "of gid \(gids.words(separator: ", "))"
    }
    let words = [
      scope.uids.map { "of uid \($0.words(separator: ", "))" }, gids,
      scope.otherInterfaces.isEmpty
        ? nil : "by other interfaces than \(Self.listed(scope.otherInterfaces))",
    ].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

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
  func others(_ region: Region) -> String {
    switch (region.destinations, Self.service(region)) {
    case (nil, let service):
      "any other server on \(service ?? "any port")\(Self.owners(region)), inside the mesh too"
    case (let places?, nil):
      "\(isWantedWhole(places) ? "any other port" : "everything else") at "
        + "\(Self.listed(places.map(\.description)))\(Self.owners(region))"
    case (let places?, let service?):
      "any other server on \(service) at "
        + "\(Self.listed(places.map(\.description)))\(Self.owners(region))"
    }
  }

  /// Whether each of these places is wanted on the same ports at all of its addresses.
  private func isWantedWhole(_ places: [Prefix]) -> Bool {
    let wanted = suggestion.endpoints.filter { $0.want == .bypass }.flatMap(\.prefixes)
    return places.allSatisfy { place in
      wanted.allSatisfy {
        $0.family != place.family || !$0.range.overlaps(place.range)
          || $0.range.lowerBound <= place.range.lowerBound
            && place.range.upperBound <= $0.range.upperBound
      }
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
