import TestSupport
import Testing

@testable import Manifests

@Suite struct AnnotationEditTests {
  private func patched(_ text: String, _ value: String = "3307,11211") throws -> String {
    let edit = AnnotationEdit([.init("traffic.sidecar.istio.io/excludeOutboundPorts", value)])
    return String(decoding: try edit.applied(to: Array(text.utf8)), as: UTF8.self)
  }

  @Test func aValueIsReplacedAndItsCommentStays() throws {
    let text = """
      kind: Pod  # a pod
      metadata:
        annotations:
          a: b
          traffic.sidecar.istio.io/excludeOutboundPorts: '3306'   # mysql
      spec: {containers: []}
      """
    #expect(try patched(text) == text.replacing("'3306'", with: "\"3307,11211\""))
  }

  @Test(arguments: [
    (
      "annotations:\n      a: b # c\n    labels: {}",
      "annotations:\n      a: b # c\n      KEY\n    labels: {}"
    ),
    ("labels: {}", "annotations:\n      KEY\n    labels: {}"),
    ("annotations:\n    labels: {}", "annotations:\n      KEY\n    labels: {}"),
    (
      "annotations: null # none\n    labels: {}",
      "annotations:  # none\n      KEY\n    labels: {}"
    ),
    ("annotations: ~\n    labels: {}", "annotations: \n      KEY\n    labels: {}"),
    (
      "annotations:\n      <<: {a: b}\n    labels: {}",
      "annotations:\n      KEY\n      <<: {a: b}\n    labels: {}"
    ),
    (
      "annotations:\n      <<: {a: b}\n      c: d\n    labels: {}",
      "annotations:\n      <<: {a: b}\n      c: d\n      KEY\n    labels: {}"
    ),
    ("annotations: {}", "annotations: {QUOTED}"),
    ("annotations: {a: b}", "annotations: {QUOTED, a: b}"),
    (
      "annotations:\n      a: |\n        x\n\n    labels: {}",
      "annotations:\n      KEY\n      a: |\n        x\n\n    labels: {}"
    ),
  ])
  func aNewAnnotationIsOneMoreLine(before: String, after: String) throws {
    func deployment(_ metadata: String) -> String {
      "kind: Deployment\nspec:\n template:\n  metadata:\n    \(metadata)\n  spec: {containers: []}\n"
    }
    let name = "traffic.sidecar.istio.io/excludeOutboundPorts"
    let wanted = after.replacing("KEY", with: "\(name): \"3307,11211\"")
      .replacing("QUOTED", with: "\"\(name)\": \"3307,11211\"")
    #expect(try patched(deployment(before)) == deployment(wanted))
  }

  @Test func aTemplateWithoutMetadataGetsOne() throws {
    let text = "kind: Job\nspec:\n  template:\n    spec:\n      containers: []\n"
    #expect(
      try patched(text) == """
        kind: Job
        spec:
          template:
            metadata:
              annotations:
                traffic.sidecar.istio.io/excludeOutboundPorts: "3307,11211"
            spec:
              containers: []

        """)
  }

  @Test func jsonAndCRLFStayWhatTheyAre() throws {
    let json = #"{"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}"#
    #expect(
      try patched(json)
        == #"{"kind": "Pod", "metadata": {"annotations": {"traffic.sidecar.istio.io/excludeOutboundPorts": "3307,11211"}, "name": "p"}, "spec": {"containers": []}}"#
    )
    let lines =
      "{\n  \"kind\": \"Pod\",\n  \"metadata\": {\n    HERE\"name\": \"p\"\n  },\n"
      + "  \"spec\": {}\n}\n"
    let entry =
      #""annotations": {"traffic.sidecar.istio.io/excludeOutboundPorts": "3307,11211"},"#
    #expect(
      try patched(lines.replacing("HERE", with: ""))
        == lines.replacing("HERE", with: entry + "\n    "))
    let windows = "kind: Pod\r\nmetadata:\r\n  annotations:\r\n    a: b\r\nspec: {}\r\n"
    #expect(!(try patched(windows)).replacing("\r\n", with: "").contains("\n"))
  }

  @Test func whatComesByAnAliasIsLeftAlone() {
    let text = """
      kind: Pod
      x: &x
        traffic.sidecar.istio.io/excludeOutboundPorts: "1"
      metadata:
        annotations: *x
      spec: {}
      """
    #expect(throws: AnnotationEdit.Failure.self) { try patched(text) }
  }

  @Test func oneWorkloadMustBeMeant() {
    let two =
      "kind: Pod\nmetadata: {name: a}\nspec: {}\n---\nkind: Pod\nmetadata: {name: b}\nspec: {}\n"
    #expect(throws: AnnotationEdit.Failure.which(["Pod/a", "Pod/b"])) { try patched(two) }
  }
}
