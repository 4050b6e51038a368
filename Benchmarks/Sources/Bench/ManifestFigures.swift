/// Checking 10,000 workloads of one stream, beside PyYAML's C loader that merely loads it.
///
/// Both read YAML by libyaml, whose scanner and parser alone take about a third of the loader's time
/// (`yaml.parse` in the same run): five times as fast as the loader would be faster than the library
/// under both. So the ratio is for the record, and what is gated is the time and the memory.
enum ManifestFigures {
  static func measure(_ setting: Setting) throws -> [Figure] {
    let file = try setting.file("workloads.yaml", stream(of: 10_000))
    func python(_ what: String) -> Process {
      let script =
        "import yaml, sys\nfor _ in yaml.\(what)(open(sys.argv[1]), Loader=yaml.CSafeLoader): pass"
      return Process("python3", "-c", script, file)
    }
    let ours = Process(setting.program, "check", "--istio-version", "1.31", file)
    let costs = try setting.race(rounds: 3, [ours, python("load_all"), python("parse")])
    return [
      Figure(
        "check of 10,000 workloads", costs[0].seconds, beside: ("PyYAML load", costs[1].seconds),
        gate: .atMost(5)),
      Figure(
        "  beside libyaml's events alone", costs[0].seconds,
        beside: ("PyYAML parse", costs[2].seconds), gate: .peer(times: 3),
        note: "the same library under both"),
      Figure(
        "  peak memory", costs[0].bytes, beside: ("PyYAML load", costs[1].bytes),
        gate: .atMost(300 * 1024 * 1024), unit: .bytes),
    ]
  }

  /// 50 different effective configs; nothing to find.
  private static func stream(of count: Int) -> String {
    (0..<count).map(workload).joined(separator: "---\n")
  }

  private static func workload(_ index: Int) -> String {
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: service-\(index)
      namespace: team-\(index % 40)
      labels:
        app.kubernetes.io/name: service-\(index)
        app.kubernetes.io/part-of: shop
    spec:
      replicas: 3
      selector:
        matchLabels:
          app.kubernetes.io/name: service-\(index)
      template:
        metadata:
          labels:
            app.kubernetes.io/name: service-\(index)
          annotations:
            prometheus.io/scrape: "true"
            traffic.sidecar.istio.io/excludeOutboundPorts: "\(3300 + index % 50),11211"
        spec:
          serviceAccountName: service-\(index)
          containers:
            - name: app
              image: registry.example.com/shop/service-\(index):1.\(index % 9).0
              ports:
                - name: http
                  containerPort: 8080
              env:
                - name: LOG_LEVEL
                  value: info
                - name: POD_NAME
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.name
              resources:
                requests:
                  cpu: 100m
                  memory: 128Mi
                limits:
                  memory: 512Mi
              readinessProbe:
                httpGet:
                  path: /healthz
                  port: http
                periodSeconds: 5

    """
  }
}
