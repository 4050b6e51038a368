import Foundation
import TestSupport
import Testing

@testable import Istio

/// Our rules against the ones the real generator wrote, byte for byte.
@Suite struct ConformanceTests {
  @Test func everyGoldenPairIsReproduced() throws {
    guard let root = casesRoot() else { return }
    var pairs = 0
    for (version, backend, folder) in folders(in: root) {
      for file in try TestFiles.names(in: folder) where file.hasSuffix(".json") {
        let name = file.dropLast(5)
        let config = try CaptureConfig(json: TestFiles.bytes("\(folder)/\(file)"))
        let rules = try CaptureRules(for: config, version: version, backend: backend)
        let golden = rulesOnly(
          try TestFiles.text("\(folder)/\(name).golden").split(separator: "\n").map(String.init))
        #expect(rules.lines.map(\.text) == golden, "\(version) \(backend) \(name)")
        pairs += 1
      }
    }
    print("conformance: \(pairs) golden pairs")
    #expect(pairs > 0)
  }

  @Test func everyRandomConfigIsReproduced() throws {
    guard let root = casesRoot() else { return }
    var scripts = 0
    var refused = 0
    for version in IstioVersion.all {
      let path = "\(root)/istio/\(version)/random.jsonl"
      guard let text = try? TestFiles.text(path) else { continue }
      for line in text.split(separator: "\n") {
        let record = try RandomCase(line)
        for (backend, golden) in record.rules {
          let rules = Result { () throws(Refusal) in
            try CaptureRules(for: record.config, version: version, backend: backend)
          }
          switch rules {
          case .success(let rules):
            #expect(
              rules.lines.map(\.text) == rulesOnly(golden), "\(version) \(backend) \(record.name)")
            #expect(record.errors[backend] == nil, "\(version) \(backend) \(record.name)")
            scripts += 1
          case .failure(let refusal):
            #expect(record.isRefused(by: backend), "\(version) \(record.name): \(refusal)")
            refused += 1
          }
        }
      }
    }
    print("conformance: \(scripts) random scripts, \(refused) refused as Istio refuses them")
    #expect(scripts > 0)
  }

  private func folders(in root: String) -> [(IstioVersion, Backend, String)] {
    IstioVersion.all.flatMap { version in
      let folder = "\(root)/istio/\(version)"
      let names = (try? TestFiles.names(in: folder)) ?? []
      return Backend.allCases.filter { names.contains($0.rawValue) }
        .map { (version, $0, "\(folder)/\($0.rawValue)") }
    }
  }
}

/// Without what Istio's test double logs between the rules.
func rulesOnly(_ lines: [String]) -> [String] {
  lines.filter { $0 != "iptables-save" && $0 != "ip6tables-save" }
}

func casesRoot() -> String? {
  if SharedCases.root == nil { print("conformance: no shared cases here, nothing was compared") }
  return SharedCases.root
}
