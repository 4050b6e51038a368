import Addresses
import Ruleset

extension SetObject {
  /// The declaration as nft lists it, for showing.
  var named: NamedSet {
    let loads = Self.types(keyType)
    let type = loads?.map(\.name).joined(separator: " . ") ?? "type \(keyType)"
    var body = ["type \(type)\(isMap ? " : \(dataName)" : "")"]
    let names = Self.flagNames.filter { flags & $0.bit != 0 }.map(\.name)
    if !names.isEmpty { body.append("flags \(names.joined(separator: ","))") }
    if let loads, let ranges = ranges(for: loads), !ranges.isEmpty {
      body.append("elements = { \(self.body(loads, ranges).joined(separator: ", ")) }")
    } else if !elements.isEmpty {
      let keys = elements.map { element in
        element.key.withUnsafeBytes { Bytes($0).hex }
      }
      body.append("elements = { \(keys.joined(separator: ", ")) }")
    }
    return NamedSet(name, kind: isMap ? .map : .set, body: body)
  }

  /// `enum nft_set_flags`, those nft prints.
  private static let flagNames: [(name: String, bit: UInt32)] = [
    ("constant", 2), ("interval", 4), ("timeout", 16), ("dynamic", 32),
  ]

  private var dataName: String {
    dataType == 0xFFFF_FF00 ? "verdict" : Self.type(dataType)?.name ?? "\(dataType)"
  }

  /// nft's own numbers for what a key holds (`enum datatypes` of its datatype.h); the kernel keeps
  /// them without looking. A concatenation has six bits for each part.
  private static func types(_ number: UInt32) -> [Load]? {
    var parts: [Load] = []
    var rest = number
    while rest != 0 {
      guard let part = type(rest & 63) else { return nil }
      parts.insert(part, at: 0)
      rest >>= 6
    }
    return parts.isEmpty ? nil : parts
  }

  private static func type(_ number: UInt32) -> Load? {
    switch number {
    case 7: Load(.number(.source, bits: 32), "ipv4_addr", width: 4)
    case 8: Load(.number(.source, bits: 128), "ipv6_addr", width: 16)
    case 12: Load(.number(.transportProtocol, bits: 8), "inet_proto", width: 1)
    case 13: Load(.number(.destinationPort, bits: 32), "inet_service", width: 2)
    case 19: Load(.masked(.mark), "mark", width: 4, isHostOrder: true)
    case 22: Load(.number(.uid, bits: 32), "uid", width: 4, isHostOrder: true)
    case 23: Load(.number(.gid, bits: 32), "gid", width: 4, isHostOrder: true)
    case 41: Load(.number(.outputInterface, bits: 128), "ifname", width: 16)
    default: nil
    }
  }
}
