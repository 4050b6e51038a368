import Documents
public import Findings
public import Istio

/// Mesh-wide values and where each of them stands.
public struct Mesh: Hashable, Sendable {
  /// Nil for a file of Helm values.
  public var object: ObjectName?
  public var values: MeshValues
  public var locations: [TrafficSetting: Location]

  public init(_ values: MeshValues = MeshValues(), in file: String, object: ObjectName? = nil) {
    self.object = object
    self.values = values
    locations = values.places.mapValues { Location($0, in: file) }
  }

  /// Adds what another source says; where both say something, the other holds.
  public mutating func merge(_ other: Mesh) {
    values.merge(other.values)
    locations.merge(other.locations) { $1 }
  }
}
