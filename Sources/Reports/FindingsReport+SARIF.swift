public import Documents
import Findings

extension FindingsReport {
  /// SARIF 2.1.0 (OASIS), as code scanning takes it: one run, its rules in the driver.
  public var sarif: JSONValue {
    let codes = Set(findings.map(\.code)).sorted { $0.id < $1.id }
    let places = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
    let driver: JSONValue = .object([
      "name": "bypass-plan",
      "rules": .array(codes.map(Self.rule)),
    ])
    return .object([
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        .object([
          "tool": .object(["driver": driver]),
          "columnKind": "unicodeCodePoints",
          "results": .array(findings.map { Self.result($0, rule: places[$0.code] ?? -1) }),
        ])
      ],
    ])
  }

  private static func rule(_ code: Code) -> JSONValue {
    .object([
      "id": .string(code.id),
      "shortDescription": .object(["text": .string(code.title)]),
      "fullDescription": .object(["text": .string(code.explanation.paragraphs(to: 1000))]),
      "defaultConfiguration": .object(["level": .string(level(code.severity))]),
    ])
  }

  private static func result(_ finding: Finding, rule: Int) -> JSONValue {
    let fix = finding.fix.map { "\nFix: \($0)" } ?? ""
    var location = finding.location.map(physical)
    if let object = finding.object, case .fields(let fields) = location ?? .fields([]) {
      let logical: JSONValue = [.object(["fullyQualifiedName": .string(object), "kind": "object"])]
      location = .fields(fields + [JSONValue.Field("logicalLocations", logical)])
    }
    return .object([
      "ruleId": .string(finding.code.id),
      "ruleIndex": .integer(rule),
      "level": .string(level(finding.severity)),
      "message": .object(["text": .string(finding.message + fix)]),
      "locations": .array([location].compactMap(\.self)),
      "relatedLocations": finding.related.isEmpty ? nil : .array(finding.related.map(physical)),
    ])
  }

  private static func physical(_ location: Location) -> JSONValue {
    .object([
      "physicalLocation": .object([
        "artifactLocation": .object(["uri": .string(location.file.percentEncodedPath)]),
        "region": .object([
          "startLine": .integer(location.line), "startColumn": .integer(location.column),
        ]),
      ])
    ])
  }

  private static func level(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "error"
    case .warning: "warning"
    case .info: "note"
    }
  }
}

extension String {
  /// A path as the path of a URI reference (RFC 3986, 3.3).
  fileprivate var percentEncodedPath: String {
    let hex = Array("0123456789ABCDEF")
    return utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isKept =
        byte < 0x80
        && (scalar.properties.isAlphabetic || "0123456789-._~/".unicodeScalars.contains(scalar))
      return isKept ? String(scalar) : "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
    }.joined()
  }
}
