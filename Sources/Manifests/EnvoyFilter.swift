import Documents
public import Findings

/// An EnvoyFilter, as far as its reach and the durations it hands to Envoy go.
public struct EnvoyFilter: Hashable, Sendable {
  public var object: ObjectName
  public var location: Location
  public var selectsWorkloads: Bool
  public var durations: [Duration]

  /// A field of Envoy's that takes a duration.
  public struct Duration: Hashable, Sendable {
    public var field: String
    /// Nil where what stands there is no scalar.
    public var text: Text?
    /// What stands there, in words.
    public var kind: String
    /// Of a message that was written out, `{seconds: 86400}`, which JSON has no place for.
    public var seconds: Int64?
    public var location: Location
  }

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    self.location = location
    selectsWorkloads =
      !node["spec", "workloadSelector", "labels"].texts.isEmpty
      || !node["spec", "targetRefs"].items.isEmpty
    durations = []
    for patch in node["spec", "configPatches"].items {
      if let value = patch["patch", "value"] { collect(value, in: location.file) }
    }
  }

  private mutating func collect(_ node: Node, in file: String) {
    switch node.value {
    case .mapping(let mapping):
      for entry in mapping.entries {
        if Self.takesDuration(entry.key.name), !entry.value.isNull {
          if case .mapping(let inner) = entry.value.value, !Self.isMessage(inner) {
            collect(entry.value, in: file)
            continue
          }
          durations.append(
            Duration(
              field: entry.key.name, text: Text(entry.value, in: file), kind: entry.value.kind,
              seconds: entry.value["seconds"]?.scalar?.integer.flatMap { Int64(exactly: $0) },
              location: Location(entry.value.mark, in: file)))
        } else {
          collect(entry.value, in: file)
        }
      }
    case .sequence(let items): for item in items { collect(item, in: file) }
    case .scalar, .null: break
    }
  }

  /// The fields of `google.protobuf.Duration`, and no others.
  private static func isMessage(_ mapping: Mapping) -> Bool {
    !mapping.entries.isEmpty
      && mapping.entries.allSatisfy { ["seconds", "nanos"].contains($0.key.name) }
  }

  /// Envoy's names for `google.protobuf.Duration`; `keepalive_time` and its like are plain numbers.
  private static func takesDuration(_ name: String) -> Bool {
    name.hasSuffix("timeout") || name.hasSuffix("Timeout") || name.hasSuffix("_duration")
      || name.hasSuffix("Duration")
  }
}

/// A DestinationRule that says when an idle TCP connection is closed.
public struct IdleRule: Hashable, Sendable {
  public var object: ObjectName
  public var timeouts: [Location]

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    let spec = node["spec"]
    let policies =
      [spec?["trafficPolicy"]].compactMap(\.self)
      + (spec?["subsets"]).items.compactMap { $0["trafficPolicy"] }
    timeouts = policies.flatMap { [$0] + $0["portLevelSettings"].items }.compactMap { policy in
      policy["connectionPool", "tcp", "idleTimeout"].map { Location($0.mark, in: location.file) }
    }
  }
}

/// A Sidecar resource whose listeners say `captureMode: NONE`.
public struct UncapturedListener: Hashable, Sendable {
  public var object: ObjectName
  public var modes: [Location]

  init(_ node: Node, object: ObjectName, location: Location) {
    self.object = object
    modes = node["spec", "egress"].items.compactMap { listener in
      guard let mode = listener["captureMode"], mode.scalar?.text == "NONE" else { return nil }
      return Location(mode.mark, in: location.file)
    }
  }
}
