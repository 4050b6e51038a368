import Addresses
import Ruleset

/// Feeds bytes to every decoder of kernel answers here, for a fuzzer, which looks for traps and
/// endless loops. The first byte chooses the decoder.
public func decodesForeignBytes(_ foreign: UnsafeRawBufferPointer) {
  guard let choice = foreign.first else { return }
  let bytes = Bytes(UnsafeRawBufferPointer(rebasing: foreign.dropFirst()))
  switch choice % 6 {
  case 0, 1:
    let families = TableFamily.allCases
    var decoder = RuleDecoder(
      family: families[Int(choice / 6) % families.count], table: "t", isIptables: choice % 6 == 1,
      sets: ["__set0": .sample(bytes)])
    _ = decoder.decode(bytes, chain: "c", number: 1)
  case 2, 3:
    let start = Int(bytes.host(0, as: UInt16.self) ?? 0)
    let end = Int(bytes.host(2, as: UInt16.self) ?? 0)
    let table = LegacyTable(
      family: choice % 6 == 2 ? .ipv4 : .ipv6, name: "filter", hooks: [(.output, start, end)])
    _ = bytes.dropFirst(4).flatMap(table.decode)
  case 4: _ = Socket(diagnosis: bytes, .tcp)
  default:
    _ = ConntrackEntry(bytes)
    _ = CgroupPath(cgroupFile: bytes.text)
  }
}

extension SetObject {
  /// A map whose keys and shape the bytes themselves choose.
  fileprivate static func sample(_ bytes: Bytes) -> SetObject {
    let array = bytes.array
    let flags = UInt32(array.first ?? 0)
    let length = [2, 4, 8, 16][Int(array.last ?? 0) % 4]
    var set = SetObject(name: "__set0", flags: flags, keyType: 13, keyLength: length, dataType: 0)
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
}
