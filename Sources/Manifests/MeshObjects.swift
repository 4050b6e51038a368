public import Addresses
import Documents
public import Findings

/// A Service, as far as an exclusion may hit it.
public struct Service: Hashable, Sendable {
  public var object: ObjectName
  public var location: Location
  public var ports: [Port]
  public var addresses: [IPAddress]
  /// Empty where something else than pods of the cluster answers.
  public var selector: [String: String]

  public struct Port: Hashable, Sendable {
    /// What clients dial. Names of a headless service are its pods' addresses, so there it is the
    /// target.
    public var number: UInt16
    /// Where the pods listen, unless that is a name.
    public var target: UInt16?
  }

  public var namespace: String { object.namespace ?? "default" }

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    self.location = location
    let isHeadless = node["spec", "clusterIP"]?.scalar?.text == "None"
    ports = node["spec", "ports"].items.compactMap { port in
      // Only TCP is ever sent through Envoy.
      let isTCP = port["protocol"]?.scalar.map { $0.text == "TCP" } ?? true
      guard isTCP, let number = port["port"].port else { return nil }
      let target = port["targetPort"] == nil ? number : port["targetPort"].port
      return Port(number: isHeadless ? target ?? number : number, target: target)
    }
    let addresses =
      [node["spec", "clusterIP"]].compactMap(\.self) + node["spec", "clusterIPs"].items
    self.addresses = addresses.compactMap { $0.scalar.flatMap { IPAddress($0.text) } }
    selector = node["spec", "selector"].texts
  }
}

/// A ServiceEntry, as far as the agent gives it an address of its own.
public struct ServiceEntry: Hashable, Sendable {
  public var object: ObjectName
  public var location: Location
  public var hosts: [String]
  public var ports: [UInt16]
  /// The agent answers DNS for its hosts with an address of 240.240.0.0/16 or 2001:2::/48.
  ///
  /// Source: pilot/pkg/serviceregistry/serviceentry, `ShouldV2AutoAllocateIP`.
  public var isAutoAllocated: Bool

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    self.location = location
    hosts = node["spec", "hosts"].items.compactMap(\.scalar?.text)
    ports = node["spec", "ports"].items.compactMap { $0["number"].port }
    let resolution = node["spec", "resolution"]?.scalar?.text ?? "NONE"
    let optsOut = node["metadata", "labels", "networking.istio.io/enable-autoallocate-ip"]
    isAutoAllocated =
      node["spec", "addresses"].items.isEmpty && resolution != "NONE"
      && hosts.contains { !$0.hasPrefix("*") } && optsOut?.scalar?.text != "false"
  }
}

/// Whether servers take plain text.
public struct PeerAuthentication: Hashable, Sendable {
  public var object: ObjectName
  public var location: Location
  /// Nil for the whole namespace.
  public var selector: [String: String]?
  public var mode: String?
  public var portModes: [String: String]

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    self.location = location
    let labels = node["spec", "selector", "matchLabels"].texts
    selector = labels.isEmpty ? nil : labels
    mode = node["spec", "mtls", "mode"]?.scalar?.text
    portModes = [:]
    if case .mapping(let ports)? = node["spec", "portLevelMtls"]?.value {
      for entry in ports.entries { portModes[entry.key.name] = entry.value["mode"]?.scalar?.text }
    }
  }
}

extension Node? {
  var items: [Node] {
    if case .sequence(let items)? = self?.value { items } else { [] }
  }

  fileprivate var port: UInt16? { self?.scalar?.integer.flatMap { UInt16(exactly: $0) } }

  var texts: [String: String] {
    guard case .mapping(let mapping)? = self?.value else { return [:] }
    var texts: [String: String] = [:]
    for entry in mapping.entries { texts[entry.key.name] = entry.value.scalar?.text }
    return texts
  }
}
