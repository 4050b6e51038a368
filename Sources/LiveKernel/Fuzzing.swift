import Addresses
import Ruleset

/// Feeds bytes to every decoder of kernel answers here, for a fuzzer, which looks for traps and
/// endless loops. The first byte chooses the decoder.
public func decodesForeignBytes(_ foreign: UnsafeRawBufferPointer) {
  guard let choice = foreign.first else { return }
  let bytes = Bytes(UnsafeRawBufferPointer(rebasing: foreign.dropFirst()))
  switch choice % decoders {
  case 0, 1: rule(bytes, choice, .sample(bytes))
  case 2, 3:
    let start = Int(bytes.host(0, as: UInt16.self) ?? 0)
    let end = Int(bytes.host(2, as: UInt16.self) ?? 0)
    let table = LegacyTable(
      family: choice % decoders == 2 ? .ipv4 : .ipv6, name: "filter",
      hooks: [(.output, start, end)])
    _ = bytes.dropFirst(4).flatMap(table.decode)
  case 4: _ = Socket(diagnosis: bytes, .tcp)
  case 5:
    _ = ConntrackEntry(bytes)
    _ = CgroupPath(cgroupFile: bytes.text)
  case 6:
    // How long the elements are, then they, then a rule that looks them up.
    guard let length = bytes.host(2, as: UInt16.self).map(Int.init),
      let elements = bytes.slice(4, length), let rest = bytes.dropFirst(4 + length)
    else { return }
    var set = SetObject.shaped(flags: bytes.byte(0), length: bytes.byte(1))
    _ = try? withMessage(elements) { message throws(NetlinkSocket.Failure) in
      try set.addElements(of: message)
    }
    rule(rest, choice, set)
  default:
    _ = try? withMessage(bytes) { message throws(NetlinkSocket.Failure) in
      _ = try NFTObjects.table(message)
      _ = try NFTObjects.chain(message)
      _ = try NFTObjects.set(message)
    }
  }
}

private let decoders: UInt8 = 8

private func rule(_ bytes: Bytes, _ choice: UInt8, _ set: SetObject) {
  let families = TableFamily.allCases
  var decoder = RuleDecoder(
    family: families[Int(choice / decoders) % families.count], isIptables: choice % decoders == 1,
    sets: ["__set0": set])
  _ = decoder.decode(bytes)
}

/// `attributes` behind the headers that the kernel puts before them: `struct nlmsghdr` and, of any
/// family, `struct nfgenmsg`.
private func withMessage<Result>(
  _ attributes: Bytes, _ body: (NetlinkMessage) throws(NetlinkSocket.Failure) -> Result
) throws(NetlinkSocket.Failure) -> Result? {
  var message = [UInt8](repeating: 0, count: NetlinkMessage.headerLength + 4) + attributes.array
  let length = UInt32(message.count)
  withUnsafeBytes(of: length) { message.replaceSubrange(0..<4, with: $0) }
  let answer = message.withUnsafeBytes { buffer in
    NetlinkMessage(first: Bytes(buffer)).map { message in
      Swift.Result { () throws(NetlinkSocket.Failure) in try body(message) }
    }
  }
  return try answer?.get()
}

extension SetObject {
  /// A map whose keys and shape the bytes themselves choose.
  fileprivate static func sample(_ bytes: Bytes) -> SetObject {
    let array = bytes.array
    var set = shaped(flags: array.first, length: array.last)
    let length = set.keyLength
    var rest = array[...]
    while rest.count >= length + 2, set.elements.count < 64 {
      let key = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      let shape = rest.removeFirst()
      var element = Element(key: key)
      element.isEnd = shape & 1 != 0
      element.isCatchAll = shape & 2 != 0
      if shape & 4 != 0 { element.keyEnd = Array(rest.prefix(length)) }
      if shape & 8 != 0 { element.data = Array(rest.prefix(6)) }
      if shape & 16 != 0 { element.verdict = .accept }
      set.elements.append(element)
    }
    return set
  }

  fileprivate static func shaped(flags: UInt8?, length: UInt8?) -> SetObject {
    SetObject(
      name: "__set0", flags: UInt32(flags ?? 0), keyType: 13,
      keyLength: [2, 4, 8, 16][Int(length ?? 0) % 4], dataType: 0)
  }
}
