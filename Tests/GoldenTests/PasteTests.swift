import TestSupport
import Testing

/// What is printed to be pasted does what it says, by the tools it is pasted into.
@Suite struct PasteTests {
  private static let plan =
    "bypass-plan --istio-version 1.31 --exclude-ports 3307,3306 --workload shop/deployment/orders"
  /// As kubectl writes it, without quotes that it could do without.
  private static let annotation = "traffic.sidecar.istio.io/excludeOutboundPorts: 3307,3306"

  /// A word, where the tool is not there.
  private func has(_ tool: String, _ check: String) throws -> Bool {
    if try Shell.run(check, in: Transcript.directory).exitCode == 0 { return true }
    print("no \(tool) here: what it takes is not tried")
    return false
  }

  @Test func kubectlTakesTheCommand() throws {
    guard try has("kubectl", "kubectl version --client") else { return }
    let local = #"sed 's|deployment orders -n shop|--local -o yaml -f input/shop.yaml|'"#
    let result = try Shell.run("\(Self.plan) -o kubectl | \(local) | sh", in: Transcript.directory)
    #expect(result.output.contains(Self.annotation), "\(result.output)")
    #expect(result.output.contains("concurrency: 2"))
  }

  @Test func kubectlTakesThePatchFile() throws {
    guard try has("kubectl", "kubectl version --client") else { return }
    let result = try Shell.run(
      "\(Self.plan) -o patch | kubectl patch --local -o yaml -f input/shop.yaml"
        + " --patch-file /dev/stdin", in: Transcript.directory)
    #expect(result.output.contains(Self.annotation), "\(result.output)")
  }

  @Test func kustomizeTakesTheKustomization() throws {
    guard try has("kustomize in kubectl", "kubectl kustomize --help") else { return }
    let result = try Shell.run(
      """
      folder=$(mktemp -d) && cp input/shop.yaml "$folder" &&
      { \(Self.plan) -o kustomize; echo 'resources: [shop.yaml]'; } > "$folder/kustomization.yaml" &&
      kubectl kustomize "$folder" 2>&1; rm -r "$folder"
      """, in: Transcript.directory)
    #expect(result.output.contains(Self.annotation), "\(result.output)")
    #expect(result.output.contains("image: registry.example.com/orders:7"))
  }

  /// `24` and `true` would be no strings: the values of a chart are templated into annotations.
  @Test(arguments: ["annotations", "helm"])
  func everyValueIsAString(form: String) throws {
    let result = try Shell.run(
      "bypass-plan --exclude-ports 3307 --interception-mode TPROXY -o \(form)",
      in: Transcript.directory)
    #expect(result.output.contains(#"excludeOutboundPorts: "3307""#))
  }

  /// Kubernetes' own schemas, every key that they do not know refused.
  @Test(arguments: [
    "timeouts --rules manifest:input/shop.yaml#Deployment/orders --endpoint db=10.20.30.40:3306"
      + " --device aws-nlb --remedy idleTimeoutBelowDevice",
    "plan --exclude-ports 3307,11211 --workload shop/deployment/orders",
    "suggest --bypass 10.20.30.50:5432 --workload shop/deployment/orders",
  ])
  func patchesFitKubernetesSchemas(command: String) throws {
    guard try has("kubernetes-validate", Self.python("pass")) else { return }
    let script = """
      import sys, yaml, kubernetes_validate
      def merged(a, b):
        if not isinstance(a, dict) or not isinstance(b, dict): return b
        return {**a, **{k: merged(a.get(k), v) for k, v in b.items()}}
      patch = yaml.safe_load(sys.stdin)
      base = yaml.safe_load(open("input/shop.yaml"))
      kubernetes_validate.validate(merged(base, patch), "1.30", strict=True)
      print("fits")
      patch["spec"]["template"]["metadata"]["annotations"]["a"] = 3307
      try: kubernetes_validate.validate(merged(base, patch), "1.30", strict=True)
      except Exception: print("and a number does not")
      """
    let result = try Shell.run(
      "bypass-plan \(command) --istio-version 1.31 -o patch | \(Self.python(script)) 2>&1",
      in: Transcript.directory)
    #expect(result.output == "fits\nand a number does not\n")
  }

  /// As tools/schema-setup leaves it.
  private static func python(_ script: String) -> String {
    let modules = "${XDG_CACHE_HOME:-$HOME/.cache}/bypass-plan/kubernetes-validate-1.37.0"
    return "PYTHONPATH=\"\(modules)\" python3 -c "
      + Shell.quoted("import kubernetes_validate\n" + script)
  }
}
