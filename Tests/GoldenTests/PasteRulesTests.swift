import TestSupport
import Testing

/// Istio's objects against the rules its definitions hold in CEL (`x-kubernetes-validations`), which
/// the API server evaluates and JSON Schema cannot say.
@Suite struct PasteRulesTests {
  private static let script = """
    import sys, yaml, celpy
    environment = celpy.Environment()
    programs, asked, broken = {}, 0, []
    def program(rule):
      if rule not in programs: programs[rule] = environment.program(environment.compile(rule))
      return programs[rule]
    def walk(schema, value, path):
      global asked
      for validation in schema.get("x-kubernetes-validations", []):
        asked += 1
        try: holds = bool(program(validation["rule"]).evaluate({"self": celpy.json_to_cel(value)}))
        except Exception as error: holds = False
        if not holds: broken.append(path + ": " + validation["rule"])
      if isinstance(value, dict):
        for key, inner in value.items():
          part = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
          if isinstance(part, dict): walk(part, inner, path + "." + key)
      if isinstance(value, list):
        for inner in value: walk(schema.get("items", {}), inner, path + "[]")
    definitions = [d for d in yaml.load_all(open(sys.argv[1]), yaml.CSafeLoader) if d]
    for object in yaml.safe_load_all(sys.stdin):
      version = object["apiVersion"].split("/")[1]
      schemas = [
        v["schema"]["openAPIV3Schema"] for d in definitions for v in d["spec"]["versions"]
        if d["spec"]["names"]["kind"] == object["kind"] and v["name"] == version]
      walk(schemas[0], object, object["kind"])
    print("asked" if asked else "no rule was asked", *broken, sep="\\n")
    """

  /// Nil, with a word, where there is nothing to ask.
  private func verdict(on objects: String) throws -> String? {
    guard let cases = SharedCases.root else {
      print("no shared cases: Istio's rules in CEL are not asked")
      return nil
    }
    let modules = "PYTHONPATH=\"${XDG_CACHE_HOME:-$HOME/.cache}/bypass-plan/cel-python-0.5.0\""
    guard
      try Shell.run("\(modules) python3 -c 'import celpy, yaml'", in: Transcript.directory).exitCode
        == 0
    else {
      print("no cel-python here: Istio's rules in CEL are not asked; tools/schema-setup brings it")
      return nil
    }
    return try Shell.run(
      "{ \(objects); } | \(modules) python3 -c \(Shell.quoted(Self.script))"
        + " \(Shell.quoted(cases + "/schemas/istio-crds.yaml")) 2>&1", in: Transcript.directory
    ).output
  }

  @Test(arguments: [
    "plan --exclude-ports 3307 --istio-version 1.31",
    "plan --exclude-ports 3307 --istio-version 1.20",
    "plan --inventory input/inventory.yaml --exclude-ports 3307",
    "suggest --bypass 10.20.30.50:5432",
    "suggest --bypass 10.20.0.0/16:5432 --bypass 10.30.0.7:3306",
    "timeouts --endpoint db=10.20.30.40:3306 --device aws-nlb",
    "timeouts --endpoint db=10.20.30.40:3306 --remedy idleTimeout",
  ])
  func whatIsPastedBreaksNone(command: String) throws {
    guard
      let said = try verdict(
        on: "bypass-plan \(command) --workload shop/Deployment/orders -o istio")
    else { return }
    // An EnvoyFilter's part for Envoy has none, and is Envoy's to judge.
    #expect(said == "asked\n" || said == "no rule was asked\n", "\(said)")
  }

  /// Else the test above could not fail.
  @Test(arguments: [
    "{apiVersion: networking.istio.io/v1, kind: DestinationRule, spec: {host: a, trafficPolicy:"
      + " {connectionPool: {tcp: {maxConnectionDuration: 10us}}}}}",
    "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, spec: {hosts: [a], ports:"
      + " [{number: 1, name: a}, {number: 1, name: b}]}}",
    "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, spec: {hosts: [a], addresses:"
      + " [10.0.0.0/8], resolution: STATIC, endpoints: [{network: a}], workloadSelector: {}}}",
  ])
  func aBrokenRuleIsNamed(object: String) throws {
    guard let said = try verdict(on: "echo \(Shell.quoted(object))") else { return }
    #expect(said.hasPrefix("asked\n") && said.split(separator: "\n").count > 1, "\(said)")
  }
}
