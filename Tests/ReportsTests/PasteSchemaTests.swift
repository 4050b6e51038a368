import Addresses
import Documents
import Istio
import Manifests
import Planning
import TestSupport
import Testing

/// Istio's objects against its own CustomResourceDefinitions.
@Suite struct PasteSchemaTests {
  private static let target = PasteTarget(
    ObjectName(kind: "Deployment", name: "orders", namespace: "shop"))

  private static func endpoints() throws -> [Endpoint] {
    let places: [Endpoint.Place] = [
      .anywhere, .host("orders.example.com"),
      .prefixes([try #require(Prefix("10.20.30.40/32"))]),
      .prefixes([try #require(Prefix("10.20.0.0/16")), try #require(Prefix("2001:db8::/32"))]),
    ]
    return places.enumerated().map { index, place in
      Endpoint(name: "Server \(index)", place: place, port: UInt16(3300 + index))
    }
  }

  @Test(arguments: ["1.20", "1.31"])
  func whatStandsInForABypass(version: String) throws {
    let version = try #require(IstioVersion(version))
    let objects = IstioResource.Instead.objects(
      for: try Self.endpoints(), version: version, target: Self.target)
    #expect(objects.count == 8)
    try validate(objects)
  }

  @Test func filters() throws {
    try validate(
      [Span?.none, Span(milliseconds: 0), .seconds(86_400), Span(milliseconds: 1500)].map {
        IstioResource.idleTimeout($0, for: Self.target)
      } + [IstioResource.passthroughKeepalive(.usual, for: Self.target)])
  }

  @Test func aSlipIsFound() throws {
    guard let schemas = try Self.schemas() else { return }
    let wrong: [(String, String)] = [
      (
        "DestinationRule v1beta1",
        "spec: {host: a, trafficPolicy: {connectionPool: {tcp: {idle: 1s}}}}"
      ),
      ("EnvoyFilter v1alpha3", "spec: {configPatches: [{applyTo: FILTERS}]}"),
      ("ServiceEntry v1beta1", "spec: {hosts: [a], ports: [{number: http, name: a}]}"),
    ]
    for (name, text) in wrong {
      let schema = try #require(schemas[name])
      #expect(try !schema.faults(in: Node(reading: Array(text.utf8))).isEmpty, "\(text)")
    }
  }

  private func validate(_ objects: [JSONValue]) throws {
    guard let schemas = try Self.schemas() else { return }
    for object in objects {
      let node = try Node(reading: object.yaml())
      let version = try #require(node["apiVersion"]).text().split(separator: "/").last ?? ""
      let kind = try #require(node["kind"]).text()
      let schema = try #require(schemas["\(kind) \(version)"])
      #expect(try schema.faults(in: node) == [], "\(kind)")
    }
  }

  /// By kind and version; nil, and a word, where the shared cases are not there.
  private static func schemas() throws -> [String: JSONSchema]? {
    guard let cases = SharedCases.root else {
      print("no shared cases: Istio's objects are not validated")
      return nil
    }
    var schemas: [String: JSONSchema] = [:]
    for document in DocumentStream(try TestFiles.bytes(cases + "/schemas/istio-crds.yaml")) {
      let definition = try document.get()
      guard !definition.isNull else { continue }
      let kind = try #require(definition["spec", "names", "kind"]).text()
      for version in try definition["spec", "versions"]?.sequence() ?? [] {
        let name = try #require(version["name"]).text()
        schemas["\(kind) \(name)"] = try JSONSchema(of: definition, version: name)
      }
    }
    return schemas
  }
}
