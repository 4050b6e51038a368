import Addresses
import Foundation
import PacketPath
import Ruleset

/// A packet that was really sent, and what the kernel did with it.
struct KernelProbe {
  var packet: Packet
  /// The verdict's word, and the listener's port where one was reached.
  var result: String
  var port: UInt16?
  /// The destination as the listener saw it.
  var seen: SocketAddress?

  init(_ line: some StringProtocol) throws {
    let record = try Record(line)
    let destination = try record.address("dst")
    let via: String = try record.value("via")
    let transport: TransportProtocol = try record.value("proto") == "udp" ? .udp : .tcp
    let owner = Owner(
      uid: UInt32(try record.value("uid") as Int), gid: UInt32(try record.value("gid") as Int))
    packet = Packet(
      transport, from: record["src"] as String? != nil ? try record.address("src") : nil,
      port: UInt16(try record.value("sport") as Int), to: destination,
      port: UInt16(try record.value("dport") as Int), owner: via == "in" ? nil : owner,
      in: via == "in" ? InterfaceName("eth0") : nil,
      out: via == "in" ? nil : InterfaceName(via == "lo" ? "lo" : "eth0"))
    result = try record.value("result")
    port = (record["port"] as Int?).map { UInt16($0) }
    seen = (record["seen_dst"] as String?).flatMap { text in
      let parts = text.split(separator: " ")
      guard parts.count == 2, let address = IPAddress(parts[0]), let port = UInt16(parts[1]) else {
        return nil
      }
      return SocketAddress(address, port)
    }
  }

  /// The pod of the recordings: eth0 with 100.64.0.2/30 and fd64::2/126.
  static let pod = LocalAddresses(["100.64.0.2", "fd64::2"].compactMap { IPAddress($0) })
}

/// A JSON object of a recording.
struct Record {
  struct Malformed: Error { var text: String }

  private let object: [String: Any]
  private let text: String

  init(_ text: some StringProtocol) throws {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    guard let object = value as? [String: Any] else { throw Malformed(text: String(text)) }
    self.init(object, in: String(text))
  }

  init(_ object: [String: Any], in text: String) {
    self.object = object
    self.text = text
  }

  subscript<Value>(key: String) -> Value? { object[key] as? Value }

  func value<Value>(_ key: String) throws -> Value {
    guard let value = object[key] as? Value else { throw Malformed(text: "\(key) in \(text)") }
    return value
  }

  func address(_ key: String) throws -> IPAddress {
    guard let address = IPAddress(try value(key) as String) else {
      throw Malformed(text: "\(key) in \(text)")
    }
    return address
  }

  func json(_ key: String) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: try value(key) as [String: Any]))
  }
}
