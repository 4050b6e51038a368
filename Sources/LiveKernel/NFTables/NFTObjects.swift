import CNftnl
import Ruleset

/// Tables, chains and sets as the kernel's messages tell them.
///
/// Read here and not by libnftnl, which ends the whole process where an attribute is not of the type
/// it expects.
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
    let (family, attributes) = try parts(of: message)
    let name = try text(NFTA_TABLE_NAME, of: attributes)
    let flags = attributes.number(NFTA_TABLE_FLAGS) ?? 0
    return family.map {
      TableObject(family: $0, name: name, isDormant: flags & NFT_TABLE_F_DORMANT.rawValue != 0)
    }
  }

  static func chain(_ message: NetlinkMessage) throws(NetlinkSocket.Failure) -> ChainObject? {
    let (family, attributes) = try parts(of: message)
    let name = try text(NFTA_CHAIN_NAME, of: attributes)
    let table = try text(NFTA_CHAIN_TABLE, of: attributes)
    return family.map {
      ChainObject(
        family: $0, table: table, name: name, base: base(attributes, $0),
        use: attributes.number(NFTA_CHAIN_USE) ?? 0)
    }
  }

  private static func base(_ chain: Bytes, _ family: TableFamily) -> BaseChain? {
    guard let place = chain.attribute(NFTA_CHAIN_HOOK),
      let number = place.number(NFTA_HOOK_HOOKNUM), let hook = hook(number, of: family),
      let priority = place.number(NFTA_HOOK_PRIORITY),
      let kind = chain.attribute(NFTA_CHAIN_TYPE).flatMap({ BaseChain.Kind(rawValue: $0.text) })
    else { return nil }
    let counters = chain.attribute(NFTA_CHAIN_COUNTERS)
    func count(_ attribute: nft_counter_attributes) -> UInt64? {
      counters?.attribute(attribute)?.network(0, as: UInt64.self)
    }
    var counter: Counter?
    if let packets = count(NFTA_COUNTER_PACKETS), let bytes = count(NFTA_COUNTER_BYTES) {
      counter = Counter(packets: packets, bytes: bytes)
    }
    return BaseChain(
      kind, hook: hook, priority: Int32(bitPattern: priority),
      policy: chain.number(NFTA_CHAIN_POLICY) == 0 ? .drop : .accept, counter: counter)
  }

  /// The family, nil if it is none of the model's, and the attributes of an object's message.
  private static func parts(
    of message: NetlinkMessage
  ) throws(NetlinkSocket.Failure) -> (TableFamily?, Bytes) {
    guard let number = message.payload.byte(0), let attributes = message.attributes(after: 4),
      attributes.isWhole
    else { throw .malformed }
    return (family(UInt32(number)), attributes)
  }

  private static func text(
    _ attribute: some RawRepresentable<UInt32>, of attributes: Bytes
  ) throws(NetlinkSocket.Failure) -> String {
    guard let text = attributes.attribute(attribute)?.text else { throw .malformed }
    return text
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
    let (family, attributes) = try parts(of: message)
    let name = try text(NFTA_SET_NAME, of: attributes)
    let table = try text(NFTA_SET_TABLE, of: attributes)
    return family.map {
      SetObject.Declared(
        family: $0, table: table,
        set: SetObject(
          name: name, flags: attributes.number(NFTA_SET_FLAGS) ?? 0,
          keyType: attributes.number(NFTA_SET_KEY_TYPE) ?? 0,
          keyLength: Int(attributes.number(NFTA_SET_KEY_LEN) ?? 0),
          dataType: attributes.number(NFTA_SET_DATA_TYPE) ?? 0))
    }
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
