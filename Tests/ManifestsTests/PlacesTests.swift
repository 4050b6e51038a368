import Findings
import Istio
import Testing

@testable import Manifests

/// Annotations and labels where nobody reads them, and objects that are not whole.
@Suite struct PlacesTests {
  private static let cronJob = """
    kind: CronJob
    HERE0: y
    metadata: {HERE1: y}
    spec:
      HERE2: y
      annotations: {HERE3: y}
      jobTemplate:
        metadata: {annotations: {HERE4: y}}
        spec:
          metadata: {annotations: {HERE5: y}}
          template:
            annotations: {HERE6: y}
            metadata: {HERE7: y, annotations: {HERE8: y}}
            spec: {annotations: {HERE9: y}, containers: []}
    """

  /// Every place on the way to a CronJob's pods, the right one (8) among them.
  @Test(
    arguments: [
      "at the top of the object", "in metadata", "in spec", "in spec.annotations",
      "in spec.jobTemplate.metadata.annotations", "in spec.jobTemplate.spec.metadata.annotations",
      "in spec.jobTemplate.spec.template.annotations",
      "in spec.jobTemplate.spec.template.metadata", nil,
      "in spec.jobTemplate.spec.template.spec.annotations",
    ].enumerated().map { ($0, $1) })
  func aStrayIsFoundWhereItStands(index: Int, place: String?) {
    let text = Self.cronJob
      .replacing("HERE\(index): y", with: "traffic.sidecar.istio.io/excludeOutboundPorts: '3307'")
      .replacing(": y", with: ": 'y'")
    let found = Manifest.findings(text)
    #expect(
      found.map(\.message)
        == (place.map { ["\($0) it is no annotation of the pods, and Istio reads those only"] }
          ?? []))
    #expect(found.allSatisfy { $0.code.id == "BP013" && $0.severity == .warning })
  }

  /// A patch of kustomize's says nothing else about the pods.
  @Test func aPatchIsCheckedLikeTheWhole() {
    let text = """
      kind: Deployment
      metadata: {name: orders}
      spec:
        template:
          metadata:
            annotations:
              traffic.sidecar.istio.io/excludeOutboundPorts: "3306,"
      """
    #expect(Manifest.findings(text).map(\.brief) == ["BP006 error 7:62"])
  }

  @Test func itemsOfATypedListNeedNoKind() {
    let text = """
      kind: PodList
      items:
        - metadata:
            name: a
            annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "x"}
          spec: {containers: []}
      """
    #expect(Manifest.findings(text).map(\.object) == ["Pod/a"])
  }

  /// `sidecar.istio.io/inject: false` is the one everybody writes.
  @Test func labelsAreStringsToo() {
    let pod = """
      kind: Pod
      metadata: {name: a, labels: {sidecar.istio.io/inject: false}}
      spec: {containers: []}
      """
    let found = Manifest.findings(pod)
    #expect(found.map(\.brief) == ["BP002 error 2:55"])
    #expect(found.first?.fix == #"sidecar.istio.io/inject: "false""#)
    let namespace = "kind: Namespace\nmetadata: {name: a, labels: {istio-injection: true}}\n"
    #expect(Manifest.findings(namespace).map(\.brief) == ["BP002 error 2:47"])
  }

  @Test func whatANamespaceCannotSayIsFound() {
    let text = """
      kind: Namespace
      metadata:
        name: shop
        labels: {sidecar.istio.io/inject: "true"}
        annotations:
          traffic.sidecar.istio.io/excludeOutboundPorts: 3307
          traffic.sidecar.istio.io/excludeOutbondPorts: "3307"
      """
    #expect(
      Manifest.findings(text).map(\.brief) == [
        "BP013 warning 4:12", "BP013 warning 6:5", "BP002 error 6:52", "BP012 warning 7:5",
      ])
    #expect(Manifest.findings(text).first?.fix == "the label istio-injection: enabled")
  }

  /// Its controller hands the annotations on to the pods it makes.
  @Test func aGatewaysAnnotationsAreItsPods() {
    let text = """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: a, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "3307"}}
      """
    #expect(Manifest.findings(text).isEmpty)
  }
}
