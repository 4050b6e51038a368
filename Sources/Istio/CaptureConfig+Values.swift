extension CaptureConfig {
  /// A value of a config file, whatever notation it was written in.
  public enum Value: Hashable, Sendable {
    case text(String)
    case flag(Bool)
    /// A number, as it was written.
    case number(String)
    case list([Value])
    /// Leaves the default, as Go's decoders do.
    case null
    case mapping
  }

  /// Why a key of a config is refused; the caller knows the key's place.
  public struct KeyError: Error, Equatable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
      case unknown
      /// Given before, in the same or the older spelling.
      case repeated
      case wrongKind(expected: String)
    }

    /// As written.
    public var key: String
    /// Which of the given pairs, counted from 0.
    public var index: Int
    public var reason: Reason

    public var description: String {
      switch reason {
      case .unknown:
        "'\(key)' is no key of a capture config; expected one such as OutboundPortsExclude"
      case .repeated: "'\(key)' is given twice"
      case .wrongKind(let expected): "'\(key)' expects \(expected)"
      }
    }
  }

  /// The config with these keys set and istio-iptables' own defaults for the rest.
  ///
  /// A number stands for its text, so `ProxyUID: 1337` needs no quotes.
  public init(_ pairs: some Sequence<(key: String, value: Value)>) throws(KeyError) {
    self.init()
    var seen: Set<CaptureKey> = []
    for (index, pair) in pairs.enumerated() {
      func error(_ reason: KeyError.Reason) -> KeyError {
        KeyError(key: pair.key, index: index, reason: reason)
      }
      guard let key = CaptureKey(spelling: pair.key) else { throw error(.unknown) }
      guard seen.insert(key).inserted else { throw error(.repeated) }
      guard pair.value != .null else { continue }
      switch key.slot {
      case .text(let path):
        guard let text = pair.value.asText else { throw error(.wrongKind(expected: "a text")) }
        self[keyPath: path] = text
      case .flag(let path):
        guard case .flag(let flag) = pair.value else {
          throw error(.wrongKind(expected: "true or false"))
        }
        self[keyPath: path] = flag
      case .list(let path):
        guard case .list(let items) = pair.value else {
          throw error(.wrongKind(expected: "a list of addresses"))
        }
        let texts = items.compactMap(\.asText)
        guard texts.count == items.count else {
          throw error(.wrongKind(expected: "a list of addresses"))
        }
        self[keyPath: path] = texts
      case .unusedFlag:
        guard case .flag = pair.value else { throw error(.wrongKind(expected: "true or false")) }
      }
    }
  }
}

extension CaptureConfig.Value {
  fileprivate var asText: String? {
    switch self {
    case .text(let text), .number(let text): text
    case .flag, .list, .null, .mapping: nil
    }
  }
}
