import Addresses

/// Why `[NAME=]ADDRESS:PORT` is none.
public struct EndpointArgumentError: Error, Hashable, Sendable, CustomStringConvertible {
  public var text: String
  public var problem: String

  public var description: String {
    "'\(text)': \(problem); expected [NAME=]ADDRESS:PORT, such as orders=10.20.30.40:3307"
  }
}

extension Endpoint {
  /// The short form of an inventory's entry: `[NAME=]ADDRESS:PORT`. An address is an IP, a prefix, a
  /// host name or `*`; an IPv6 one stands in brackets.
  public init(argument text: String) throws(EndpointArgumentError) {
    func refuse(_ problem: String) -> EndpointArgumentError {
      EndpointArgumentError(text: text, problem: problem)
    }
    var rest = text[...]
    var name: String?
    if let equals = rest.firstIndex(of: "=") {
      name = String(rest[..<equals])
      if equals == rest.startIndex { throw refuse("no name before '='") }
      rest = rest[equals...].dropFirst()
    }
    guard let colon = rest.lastIndex(of: ":") else { throw refuse("no port") }
    let digits = rest[colon...].dropFirst()
    guard let port = UInt16(digits), port > 0, digits.allSatisfy(\.isNumber) else {
      throw refuse("'\(digits)' is no port from 1 to 65535")
    }
    var host = rest[..<colon]
    if host.first == "[" {
      guard host.last == "]" else { throw refuse("'[' without ']'") }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw refuse("an IPv6 address stands in brackets, [\(host)]:\(port)")
    }
    guard !host.isEmpty else { throw refuse("no address") }
    let place: Place
    if host == "*" {
      place = .anywhere
    } else if let prefix = Prefix(addressOrPrefix: host) {
      place = .prefixes([prefix])
    } else if host.contains("/") || host.allSatisfy({ $0.isNumber || $0 == "." }) {
      throw refuse("'\(host)' is no IP address or prefix")
    } else {
      place = .host(String(host))
    }
    self.init(
      name: name ?? String(rest), middleware: .listening(on: port, .tcp), place: place, port: port)
  }
}
