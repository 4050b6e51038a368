public import Planning

/// Why a text is no `--device`.
public struct DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Error, Hashable, Sendable {
    case noName
    case name(String)
    case span(SpanError)
    case forgetsAtOnce
    case expiry(String)
    case unknownWithoutTimer(String)
  }

  public var text: String
  public var reason: Reason

  public var description: String {
    switch reason {
    case .noName: "'\(text)' names no device; expected \(Self.form)"
    case .name(let name):
      "'\(name)' is no device name; expected letters, digits, '-', '_' and '.', as in \(Self.form)"
    case .span(let error): "device '\(text)': \(error)"
    case .forgetsAtOnce: "device '\(text)' would forget at once; expected a timer above 0, or never"
    case .expiry(let word):
      "device '\(text)': '\(word)' is no way to expire; expected drop or reset"
    case .unknownWithoutTimer(let name):
      "no timer is known of device '\(name)'; write \(name)=350s, or one of "
        + DeviceKind.table.map(\.name).joined(separator: ", ")
    }
  }

  private static let form = "NAME[=DURATION][:drop|reset]"
}

extension IdleFacts.Device {
  /// `NAME[=DURATION][:drop|reset]`; what is left out is the table's. A device that is not in the
  /// table needs its timer, and drops unless told otherwise, which is the worse of the two.
  public init(argument text: String) throws(DeviceError) {
    func refuse(_ reason: DeviceError.Reason) -> DeviceError {
      DeviceError(text: text, reason: reason)
    }
    var rest = text[...]
    var expiry: Expiry?
    if let colon = rest.lastIndex(of: ":") {
      let word = String(rest[rest.index(after: colon)...])
      guard let known = Expiry(rawValue: word) else { throw refuse(.expiry(word)) }
      expiry = known
      rest = rest[..<colon]
    }
    var idleTimeout: Span?
    if let equals = rest.firstIndex(of: "=") {
      do {
        idleTimeout = try Span(String(rest[rest.index(after: equals)...]))
      } catch {
        throw refuse(.span(error))
      }
      rest = rest[..<equals]
    }
    let name = String(rest)
    guard !name.isEmpty else { throw refuse(.noName) }
    guard name.unicodeScalars.allSatisfy(Self.mayBeInName) else { throw refuse(.name(name)) }
    self.init(name: name, idleTimeout: idleTimeout, onExpiry: expiry)
    do {
      _ = try StatefulDevice(self)
    } catch {
      throw refuse(error)
    }
  }

  private static func mayBeInName(_ character: Unicode.Scalar) -> Bool {
    character.isASCII && (character.properties.isAlphabetic || "0"..."9" ~= character)
      || "-_.".unicodeScalars.contains(character)
  }
}

/// A device with its timer: what the model takes.
public struct StatefulDevice: Hashable, Sendable {
  public var name: String
  public var idleTimeout: Span
  public var onExpiry: IdleFacts.Device.Expiry

  public init(name: String, idleTimeout: Span, onExpiry: IdleFacts.Device.Expiry) {
    self.name = name
    self.idleTimeout = idleTimeout
    self.onExpiry = onExpiry
  }

  public init(_ kind: DeviceKind) {
    self.init(
      name: kind.name, idleTimeout: kind.idleTimeout.value, onExpiry: kind.onExpiry.value)
  }

  init(_ facts: IdleFacts.Device) throws(DeviceError.Reason) {
    let kind = DeviceKind.named(facts.name)
    guard let idleTimeout = facts.idleTimeout ?? kind?.idleTimeout.value else {
      throw .unknownWithoutTimer(facts.name)
    }
    guard idleTimeout.milliseconds != 0 else { throw .forgetsAtOnce }
    self.init(
      name: facts.name, idleTimeout: idleTimeout,
      onExpiry: facts.onExpiry ?? kind?.onExpiry.value ?? .drop)
  }
}
