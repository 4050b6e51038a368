import TestSupport
import Testing

/// `diff` of directories that hold several workloads of one name, as overlays do.
@Suite struct ManifestDiffTests {
  private func run(_ change: String) throws -> Shell {
    try Shell.run(
      """
      set -e
      folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
      for overlay in staging prod; do
        mkdir -p old/$overlay
        cat > old/$overlay/orders.yaml <<END
      kind: Deployment
      metadata: {name: orders}
      spec:
        template:
          metadata: {annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "$overlay"}}
          spec: {containers: [{name: orders}]}
      END
      done
      sed -i 's/"prod"/"3306"/; s/"staging"/"3306,3307"/' old/*/*.yaml
      cp -r old new; cd new; \(change); cd ..
      set +e; bypass-plan diff old new 2>&1
      """, in: Transcript.directory)
  }

  @Test(arguments: [
    "true", "mv prod production", "sed -i '1i # a word' prod/orders.yaml",
  ])
  func namesakesAreToldApart(change: String) throws {
    let result = try run(change)
    #expect(result.output == "No difference: every workload's traffic has the same fate.\n")
    #expect(result.exitCode == 0)
  }

  @Test func theChangedOneIsNamedWithItsFile() throws {
    let result = try run("sed -i 's/3307/3308/' staging/orders.yaml")
    #expect(result.exitCode == 1)
    #expect(result.output.hasPrefix("Deployment/orders (staging/orders.yaml)\n"))
    #expect(result.output.hasSuffix("\n1 workload changes.\n"))
  }

  @Test func oneMoreIsNoChange() throws {
    let result = try run("cp -r prod test")
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(result.output.hasSuffix(" Deployment/orders (test/orders.yaml) is new.\n"))
  }
}
