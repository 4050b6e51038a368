import CMnl
import CNftnl
import Glibc
import Ruleset

/// Tables, chains and sets as libnftnl takes them out of the kernel's messages.
enum NFTObjects {
  struct TableObject {
    var family: TableFamily
    var name: String
    var isDormant: Bool
  }

  struct ChainObject {
    var family: TableFamily
    var table: String
    var name: String
    var base: BaseChain?
    /// Rules in it and jumps to it; zero is an empty chain.
    var use: UInt32
  }

  /// A family the model has no place for (`NFPROTO_*`) is nil.
  static func family(_ number: UInt32) -> TableFamily? {
    families.first { $0.number == number }?.family
  }

  static func number(of family: TableFamily) -> UInt16 {
    families.first { $0.family == family }?.number ?? 0
  }

  /// `NFPROTO_*` of linux/netfilter.h.
  private static let families: [(number: UInt16, family: TableFamily)] = [
    (1, .inet), (2, .ip), (3, .arp), (5, .netdev), (7, .bridge), (10, .ip6),
  ]

  static func table(_ message: NetlinkMessage) throws(NetlinkSocket.Failure) -> TableObject? {
    guard let table = nftnl_table_alloc() else { throw .refused(errno: ENOMEM) }
    defer { nftnl_table_free(table) }
    guard message.withHeader({ nftnl_table_nlmsg_parse($0, table) }) == 0,
      let name = nftnl_table_get_str(table, UInt16(NFTNL_TABLE_NAME.rawValue))
    else { throw .malformed }
    guard let family = family(nftnl_table_get_u32(table, UInt16(NFTNL_TABLE_FAMILY.rawValue)))
    else { return nil }
    let flags = nftnl_table_get_u32(table, UInt16(NFTNL_TABLE_FLAGS.rawValue))
    return TableObject(
      family: family, name: String(cString: name),
      isDormant: flags & NFT_TABLE_F_DORMANT.rawValue != 0)
  }

  static func chain(_ message: NetlinkMessage) throws(NetlinkSocket.Failure) -> ChainObject? {
    guard let chain = nftnl_chain_alloc() else { throw .refused(errno: ENOMEM) }
    defer { nftnl_chain_free(chain) }
    guard message.withHeader({ nftnl_chain_nlmsg_parse($0, chain) }) == 0,
      let name = nftnl_chain_get_str(chain, UInt16(NFTNL_CHAIN_NAME.rawValue)),
      let table = nftnl_chain_get_str(chain, UInt16(NFTNL_CHAIN_TABLE.rawValue))
    else { throw .malformed }
    guard let family = family(nftnl_chain_get_u32(chain, UInt16(NFTNL_CHAIN_FAMILY.rawValue)))
    else { return nil }
    return ChainObject(
      family: family, table: String(cString: table), name: String(cString: name),
      base: base(chain, family), use: nftnl_chain_get_u32(chain, UInt16(NFTNL_CHAIN_USE.rawValue)))
  }

  private static func base(_ chain: OpaquePointer, _ family: TableFamily) -> BaseChain? {
    guard nftnl_chain_is_set(chain, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue)),
      let type = nftnl_chain_get_str(chain, UInt16(NFTNL_CHAIN_TYPE.rawValue)),
      let kind = BaseChain.Kind(rawValue: String(cString: type)),
      let hook = hook(
        nftnl_chain_get_u32(chain, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue)), of: family)
    else { return nil }
    var counter: Counter?
    if nftnl_chain_is_set(chain, UInt16(NFTNL_CHAIN_PACKETS.rawValue)) {
      counter = Counter(
        packets: nftnl_chain_get_u64(chain, UInt16(NFTNL_CHAIN_PACKETS.rawValue)),
        bytes: nftnl_chain_get_u64(chain, UInt16(NFTNL_CHAIN_BYTES.rawValue)))
    }
    return BaseChain(
      kind, hook: hook, priority: nftnl_chain_get_s32(chain, UInt16(NFTNL_CHAIN_PRIO.rawValue)),
      policy: nftnl_chain_get_u32(chain, UInt16(NFTNL_CHAIN_POLICY.rawValue)) == 0
        ? .drop : .accept,
      counter: counter)
  }

  /// `enum nf_inet_hooks`, with ingress as the sixth; netdev and arp count otherwise.
  private static func hook(_ number: UInt32, of family: TableFamily) -> Hook? {
    switch family {
    case .netdev: return number == 0 ? .ingress : number == 1 ? .egress : nil
    case .arp: return [0: Hook.input, 1: .output, 2: .forward][number]
    default: return number < 6 ? Hook(rawValue: UInt8(number)) : nil
    }
  }

  static func set(_ message: NetlinkMessage) throws(NetlinkSocket.Failure) -> SetObject.Declared? {
    guard let set = nftnl_set_alloc() else { throw .refused(errno: ENOMEM) }
    defer { nftnl_set_free(set) }
    guard message.withHeader({ nftnl_set_nlmsg_parse($0, set) }) == 0,
      let name = nftnl_set_get_str(set, UInt16(NFTNL_SET_NAME.rawValue)),
      let table = nftnl_set_get_str(set, UInt16(NFTNL_SET_TABLE.rawValue))
    else { throw .malformed }
    guard let family = family(nftnl_set_get_u32(set, UInt16(NFTNL_SET_FAMILY.rawValue))) else {
      return nil
    }
    func number(_ attribute: nftnl_set_attr) -> UInt32 {
      nftnl_set_get_u32(set, UInt16(attribute.rawValue))
    }
    return SetObject.Declared(
      family: family, table: String(cString: table),
      set: SetObject(
        name: String(cString: name), flags: number(NFTNL_SET_FLAGS),
        keyType: number(NFTNL_SET_KEY_TYPE), keyLength: Int(number(NFTNL_SET_KEY_LEN)),
        dataType: number(NFTNL_SET_DATA_TYPE)))
  }
}

extension SetObject {
  /// A set and the table it is of.
  struct Declared {
    var family: TableFamily
    var table: String
    var set: SetObject
  }

  /// Adds the elements of one `NFT_MSG_NEWSETELEM`.
  mutating func addElements(of message: NetlinkMessage) throws(NetlinkSocket.Failure) {
    guard let list = message.attributes(after: 4)?.attribute(NFTA_SET_ELEM_LIST_ELEMENTS) else {
      return
    }
    var walk = list.attributes
    while let (_, element) = walk.next() {
      guard let element = Element(element) else { throw .malformed }
      elements.append(element)
    }
    guard walk.isWhole else { throw .malformed }
  }
}

extension SetObject.Element {
  /// libnftnl takes no element whose expressions it does not know, and one of those fails the whole
  /// set; so elements are walked here, as rules are.
  fileprivate init?(_ data: Bytes) {
    let flags = data.number(NFTA_SET_ELEM_FLAGS) ?? 0
    isEnd = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
    isCatchAll = flags & NFT_SET_ELEM_CATCHALL.rawValue != 0
    guard
      let key = data.attribute(NFTA_SET_ELEM_KEY)?.attribute(NFTA_DATA_VALUE)?.array
        ?? (isCatchAll ? [] : nil)
    else { return nil }
    self.key = key
    keyEnd = data.attribute(NFTA_SET_ELEM_KEY_END)?.attribute(NFTA_DATA_VALUE)?.array
    if let value = data.attribute(NFTA_SET_ELEM_DATA) {
      self.data = value.attribute(NFTA_DATA_VALUE)?.array
      verdict = value.attribute(NFTA_DATA_VERDICT).flatMap(Verdict.init(kernel:))
    }
  }
}
