import Addresses
import CNftnl
import Ruleset

/// Expressions that put something of the packet into registers.
///
/// Each answers whether it understood its own attributes.
extension RuleDecoder {
  mutating func meta(_ data: Bytes) -> Bool {
    guard let key = data.number(NFTA_META_KEY) else { return false }
    if let register = data.number(NFTA_META_SREG) { return setMeta(key, from: register) }
    guard let register = data.number(NFTA_META_DREG) else { return false }
    put(metaLoad(nft_meta_keys(rawValue: key)), in: register)
    return true
  }

  private func metaLoad(_ key: nft_meta_keys) -> Load {
    switch key {
    case NFT_META_MARK: Load(.masked(.mark), "meta mark", width: 4, isHostOrder: true)
    case NFT_META_IIFNAME: Load(.number(.inputInterface, bits: 128), "iifname", width: 16)
    case NFT_META_OIFNAME:
      Load(.number(.outputInterface, bits: 128), "oifname", width: 16)
    case NFT_META_IIF: indexLoad(.inputInterface, "iif")
    case NFT_META_OIF: indexLoad(.outputInterface, "oif")
    case NFT_META_L4PROTO:
      Load(.number(.transportProtocol, bits: 8), "meta l4proto", width: 1)
    // A packet that no socket sent breaks off the rule, so "none" is in no comparison's set.
    case NFT_META_SKUID:
      Load(.number(.uid, bits: 32), "meta skuid", width: 4, isHostOrder: true)
    case NFT_META_SKGID:
      Load(.number(.gid, bits: 32), "meta skgid", width: 4, isHostOrder: true)
    case NFT_META_NFPROTO:
      Load(.coded(.family, KernelCodes.netfilterFamilies), "meta nfproto", width: 1)
    case NFT_META_PROTOCOL:
      Load(.coded(.family, KernelCodes.etherTypes), "meta protocol", width: 2)
    default: unknownLoad(KernelCodes.metaKeys[key.rawValue] ?? ("meta \(key.rawValue)", 4))
    }
  }

  private func unknownLoad(_ key: (name: String, width: Int)) -> Load {
    Load(
      .unknown(isStateful: key.name == "meta random"), key.name, width: key.width,
      isHostOrder: key.width <= 4)
  }

  private func indexLoad(_ field: Field, _ name: String) -> Load {
    Load(.indexed(field, interfaces), name, width: 4, isHostOrder: true)
  }

  mutating func connection(_ data: Bytes) -> Bool {
    guard let key = data.number(NFTA_CT_KEY) else { return false }
    if let register = data.number(NFTA_CT_SREG) { return setConnection(key, from: register) }
    guard let register = data.number(NFTA_CT_DREG) else { return false }
    switch nft_ct_keys(rawValue: key) {
    case NFT_CT_STATE:
      put(
        Load(
          .coded(.connectionState, KernelCodes.connectionStates), "ct state", width: 4,
          isHostOrder: true), in: register)
    case NFT_CT_MARK:
      put(Load(.masked(.connectionMark), "ct mark", width: 4, isHostOrder: true), in: register)
    default:
      let direction =
        switch data.attribute(NFTA_CT_DIRECTION)?.byte(0) {
        case 0?: "original "
        case 1?: "reply "
        default: ""
        }
      let name = KernelCodes.connectionKeys[key] ?? (name: "\(key)", width: 4)
      put(
        Load(
          .unknown(isStateful: false), "ct \(direction)\(name.name)", width: name.width,
          isHostOrder: name.width <= 4), in: register)
    }
    return true
  }

  mutating func payload(_ data: Bytes) -> Bool {
    guard let base = data.number(NFTA_PAYLOAD_BASE), let offset = data.number(NFTA_PAYLOAD_OFFSET),
      let length = data.number(NFTA_PAYLOAD_LEN), (1...64).contains(length), offset < 1 << 16,
      let register = data.number(NFTA_PAYLOAD_DREG)
    else { return false }
    let bytes = Int(offset)..<Int(offset + length)
    registers.write(header(base, bytes), to: register, width: bytes.count)
    return true
  }

  private func header(_ base: UInt32, _ bytes: Range<Int>) -> RegisterFile.Value {
    switch nft_payload_bases(rawValue: base) {
    case NFT_PAYLOAD_NETWORK_HEADER:
      if let knownFamily,
        let fields = HeaderField.value(of: bytes, in: HeaderField.network(knownFamily), .network)
      {
        return fields
      }
    case NFT_PAYLOAD_TRANSPORT_HEADER:
      let layer: Load.Layer = knownProtocol == nil ? .none : .transport
      if let fields = HeaderField.value(
        of: bytes, in: HeaderField.transport(knownProtocol), layer)
      {
        return fields
      }
    default: break
    }
    let name = KernelCodes.payloadBases[base] ?? "\(base)"
    return .load(
      Load(
        .unknown(isStateful: false), "@\(name),\(8 * bytes.lowerBound),\(8 * bytes.count)",
        width: bytes.count))
  }

  mutating func fib(_ data: Bytes) -> Bool {
    guard let result = data.number(NFTA_FIB_RESULT), let flags = data.number(NFTA_FIB_FLAGS),
      let register = data.number(NFTA_FIB_DREG)
    else { return false }
    let keys = KernelCodes.fibKeys.filter { flags & $0.flag != 0 }.map(\.name).joined(
      separator: " . ")
    switch (nft_fib_result(rawValue: result), flags) {
    case (NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_SADDR.rawValue):
      put(addressType(.sourceType, keys), in: register)
    case (NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_DADDR.rawValue):
      put(addressType(.destinationType, keys), in: register)
    default:
      let name = ["?", "oif", "oifname", "type"][min(Int(result), 3)]
      put(
        Load(
          .unknown(isStateful: false), "fib \(keys) \(name)", width: name == "oifname" ? 16 : 4,
          isHostOrder: name != "oifname"), in: register)
    }
    return true
  }

  private func addressType(_ field: Field, _ key: String) -> Load {
    Load(.coded(field, KernelCodes.addressTypes), "fib \(key) type", width: 4, isHostOrder: true)
  }

  mutating func socket(_ data: Bytes) -> Bool {
    guard let key = data.number(NFTA_SOCKET_KEY), let register = data.number(NFTA_SOCKET_DREG)
    else { return false }
    let names = ["transparent", "mark", "wildcard", "cgroupv2"]
    let name = Int(key) < names.count ? names[Int(key)] : "\(key)"
    let level = data.number(NFTA_SOCKET_LEVEL).map { " level \($0)" } ?? ""
    put(
      Load(
        .unknown(isStateful: false), "socket \(name)\(name == "cgroupv2" ? level : "")",
        width: name == "cgroupv2" ? 8 : name == "mark" ? 4 : 1, isHostOrder: true), in: register)
    return true
  }

  /// An expression that loads what the model has no field for, known by its name and bytes.
  mutating func foreignLoad(_ name: String, _ data: Bytes) -> Bool {
    // The destination register is attribute 1 (`NFTA_NG_DREG` …), but for two that have it second.
    let attribute: UInt16 = name == "hash" || name == "tunnel" ? 2 : 1
    guard let register = data.attribute(number: attribute)?.network(0, as: UInt32.self) else {
      // `tcp option maxseg size set …` writes an option instead.
      return name == "exthdr" && aside(name, data)
    }
    if let load = namedLoad(name, data) {
      put(load, in: register)
      return true
    }
    put(
      Load(.unknown(isStateful: name == "numgen"), "\(name) \(data.hex)", width: 4), in: register)
    return true
  }

  private func namedLoad(_ name: String, _ data: Bytes) -> Load? {
    switch name {
    case "rt":
      // NFTA_RT_KEY.
      let keys = ["classid", "ip nexthop", "ip6 nexthop", "mtu"]
      guard let key = data.attribute(number: 2)?.network(0, as: UInt32.self), key < keys.count
      else { return nil }
      return Load(
        .unknown(isStateful: false), "rt \(keys[Int(key)])", width: [4, 4, 16, 2][Int(key)],
        isHostOrder: key == 0 || key == 3)
    case "numgen":
      // NFTA_NG_MODULUS, NFTA_NG_TYPE, NFTA_NG_OFFSET.
      guard let modulus = data.attribute(number: 2)?.network(0, as: UInt32.self),
        let type = data.attribute(number: 3)?.network(0, as: UInt32.self)
      else { return nil }
      let offset = data.attribute(number: 4)?.network(0, as: UInt32.self) ?? 0
      return Load(
        .unknown(isStateful: true),
        "numgen \(type == 0 ? "inc" : "random") mod \(modulus)"
          + (offset == 0 ? "" : " offset \(offset)"), width: 4, isHostOrder: true)
    default: return nil
    }
  }

  private mutating func put(_ load: Load, in register: UInt32) {
    registers.write(.load(load), to: register, width: load.width)
  }
}
