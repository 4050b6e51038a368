import Testing

@testable import Istio

@Suite struct InjectionTests {
  private func injection(_ change: (inout Injection.Candidate) -> Void) -> Injection {
    var pod = Injection.Candidate()
    change(&pod)
    return Injection(of: pod)
  }

  @Test func aNamespaceLabelAsksForSidecars() {
    #expect(injection { $0.namespaceLabels = ["istio-injection": "enabled"] }.isInjected)
    #expect(injection { $0.namespaceLabels = ["istio.io/rev": "canary"] }.isInjected)
    #expect(injection { _ in }.reason == .nothingSelects)
  }

  @Test func theOlderNamespaceLabelWinsOverTheRevision() {
    let injection = injection {
      $0.namespaceLabels = ["istio-injection": "disabled", "istio.io/rev": "canary"]
      $0.podLabels = [Injection.key: "true"]
    }
    #expect(injection.reason == .namespaceBlocks("disabled"))
  }

  @Test func thePodsLabelBeatsItsAnnotation() {
    let injection = injection {
      $0.namespaceLabels = ["istio-injection": "enabled"]
      $0.podLabels = [Injection.key: "true"]
      $0.podAnnotations = [Injection.key: "false"]
    }
    #expect(injection.isInjected)
  }

  @Test func anAnnotationCanOptOutButNotIn() {
    let out = injection {
      $0.namespaceLabels = ["istio-injection": "enabled"]
      $0.podAnnotations = [Injection.key: "false"]
    }
    #expect(out.reason == .podAnnotationSaysNo)
    #expect(injection { $0.podAnnotations = [Injection.key: "true"] }.reason == .nothingSelects)
  }

  @Test func hostNetworkAndSystemNamespacesNeverGetOne() {
    let labels = ["istio-injection": "enabled"]
    let host = injection {
      $0.namespaceLabels = labels
      $0.hostNetwork = true
    }
    #expect(host.reason == .hostNetwork)
    let system = injection {
      $0.namespaceLabels = labels
      $0.namespace = "kube-system"
    }
    #expect(system.reason == .systemNamespace("kube-system"))
  }

  @Test func aSidecarKeepsAPodOutOfTheAmbientMesh() {
    let label = [AmbientCapture.dataplaneMode.rawValue: "ambient"]
    #expect(
      AmbientCapture.holds(podLabels: [:], podAnnotations: [:], namespaceLabels: label))
    #expect(
      !AmbientCapture.holds(
        podLabels: [AmbientCapture.dataplaneMode.rawValue: "none"], podAnnotations: [:],
        namespaceLabels: label))
    #expect(
      !AmbientCapture.holds(
        podLabels: label, podAnnotations: ["sidecar.istio.io/status": "{}"]))
  }
}
