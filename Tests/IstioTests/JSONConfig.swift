import Foundation
import Testing

@testable import Istio

extension CaptureConfig {
  init(json: [UInt8]) throws {
    try self.init(
      object: #require(JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]))
  }

  init(object: [String: Any]) throws {
    try self.init(object.sorted { $0.key < $1.key }.map { ($0.key, Value(any: $0.value)) })
  }
}

extension CaptureConfig.Value {
  init(any: Any) {
    switch any {
    case let text as String: self = .text(text)
    case let list as [Any]: self = .list(list.map(Self.init(any:)))
    case let number as NSNumber:
      let isFlag = String(cString: number.objCType) == "c"
      self = isFlag ? .flag(number.boolValue) : .number(number.stringValue)
    case is NSNull: self = .null
    default: self = .mapping
    }
  }
}

/// A line of random.jsonl.
struct RandomCase {
  var name: String
  var config: CaptureConfig
  var rules: [(Backend, [String])]
  var errors: [Backend: String]
  var validateError: String?

  init(_ line: some StringProtocol) throws {
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    name = try #require(object["name"] as? String)
    config = try CaptureConfig(object: #require(object["config"] as? [String: Any]))
    rules = Backend.allCases.compactMap { backend in
      (object[backend.rawValue] as? [String]).map { (backend, $0) }
    }
    let error = object["error"] as? [String: String] ?? [:]
    errors = [:]
    errors[.iptables] = error["iptablesError"]
    errors[.nftables] = error["nftablesError"]
    validateError = object["validateError"] as? String
  }

  func isRefused(by backend: Backend) -> Bool {
    errors[backend] != nil || validateError != nil
  }
}
