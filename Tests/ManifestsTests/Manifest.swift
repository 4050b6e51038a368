import Findings
import Istio
import Manifests

/// Manifests in tests, named `m.yaml`.
enum Manifest {
  static func cluster(_ text: String) -> Cluster {
    var cluster = Cluster()
    cluster.read(Array(text.utf8), file: "m.yaml")
    return cluster
  }

  static func findings(_ text: String, _ change: (inout CheckOptions) -> Void = { _ in })
    -> [Finding]
  {
    var options = CheckOptions()
    change(&options)
    return Check(cluster(text), options).findings()
  }

  /// A Deployment whose pods have these annotations, one a line; the first is on line 8.
  static func deployment(_ annotations: String...) -> String {
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: orders
    spec:
      template:
        metadata:
          annotations:
    \(annotations.map { "        " + $0 }.joined(separator: "\n"))
        spec:
          containers:
            - name: app
    """
  }
}

extension Finding {
  /// `code severity line:column`.
  var brief: String {
    "\(code) \(severity.rawValue) \(location?.line ?? 0):\(location?.column ?? 0)"
  }
}
