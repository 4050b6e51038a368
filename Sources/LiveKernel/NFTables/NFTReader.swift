import Addresses
import CKernel
import CMnl
import CNftnl
import Glibc
import Ruleset

/// Reads all nf_tables objects of one namespace over one socket.
struct NFTReader {
  /// What was read, and whether nothing changed meanwhile.
  struct Snapshot {
    var tables: [Table]
    var generation: UInt32
    var isStable: Bool
  }

  private let socket: NetlinkSocket
  private let interfaces: [Load.Code]

  /// Readings before a ruleset that keeps changing is taken as it comes.
  static let attempts = 16

  /// Opens what is needed in the calling thread's namespace; any thread may read with it then.
  init() throws(LiveError) {
    do throws(NetlinkSocket.Failure) {
      socket = try NetlinkSocket(Int32(CK_NETLINK_NETFILTER))
    } catch {
      throw error.asLiveError("open a netfilter socket", of: .nfTables)
    }
    interfaces = Load.Code.interfaces()
  }

  /// Reads until the generation is the same before and after, which makes of all dumps one moment.
  ///
  /// Any change in the namespace, to whatever table, moves the generation and interrupts a dump
  /// under way. So after `attempts` a last reading is taken as it comes, with `isStable` false: its
  /// chains may be of different moments.
  func read() throws(LiveError) -> Snapshot {
    for _ in 1..<Self.attempts {
      let before = try generation()
      guard let tables = try readOnce(tolerant: false) else { continue }
      if try generation() == before {
        return Snapshot(tables: tables, generation: before, isStable: true)
      }
    }
    let before = try generation()
    guard let tables = try readOnce(tolerant: true) else {
      throw LiveError(.system, "list nf_tables while they keep changing", errno: EINTR)
    }
    let after = try generation()
    return Snapshot(tables: tables, generation: after, isStable: before == after)
  }

  /// nil where something changed under the dumps; `tolerant` takes what there is then.
  private func readOnce(tolerant: Bool) throws(LiveError) -> [Table]? {
    do throws(NetlinkSocket.Failure) {
      let tables = try list(UInt16(NFT_MSG_GETTABLE.rawValue), tolerant, NFTObjects.table)
      let chains = try list(UInt16(NFT_MSG_GETCHAIN.rawValue), tolerant, NFTObjects.chain)
      var sets = try list(UInt16(NFT_MSG_GETSET.rawValue), tolerant, NFTObjects.set)
      for index in sets.indices { try readElements(of: &sets[index], tolerant) }
      var result: [Table] = []
      result.reserveCapacity(tables.count)
      for table in tables {
        result.append(
          try read(
            table, chains.filter { $0.table == table.name && $0.family == table.family },
            sets.filter { $0.table == table.name && $0.family == table.family }, tolerant))
      }
      return result
    } catch .interrupted {
      return nil
    } catch .refused(ENOENT), .refused(EAGAIN) {
      // A table, chain or set went away between the dump that named it and its own.
      return nil
    } catch {
      throw error.asLiveError("list nf_tables", of: .nfTables)
    }
  }
}

// MARK: - Requests

extension NFTReader {
  /// The number of the last change to the namespace's ruleset.
  private func generation() throws(LiveError) -> UInt32 {
    var generation: UInt32?
    do throws(NetlinkSocket.Failure) {
      try socket.request(
        { buffer, sequence in
          nftnl_nlmsg_build_hdr(
            buffer, UInt16(NFT_MSG_GETGEN.rawValue), UInt16(AF_UNSPEC), 0, sequence)
        },
        each: { message throws(NetlinkSocket.Failure) in
          generation = message.attributes(after: 4)?.number(NFTA_GEN_ID)
        })
    } catch .refused(EINVAL) {
      // nfnetlink's answer where the subsystem is not there.
      throw LiveError(.missing(.nfTables), "read the ruleset's generation", errno: EINVAL)
    } catch {
      throw error.asLiveError("read the ruleset's generation", of: .nfTables)
    }
    guard let generation else { throw LiveError(.malformed, "read the ruleset's generation") }
    return generation
  }

  /// All objects of one kind, of all families.
  private func list<Object>(
    _ type: UInt16, _ tolerant: Bool,
    _ parse: (NetlinkMessage) throws(NetlinkSocket.Failure) -> Object?
  ) throws(NetlinkSocket.Failure) -> [Object] {
    var objects: [Object] = []
    try dump(
      { buffer, sequence in
        nftnl_nlmsg_build_hdr(buffer, type, UInt16(AF_UNSPEC), UInt16(NLM_F_DUMP), sequence)
      }, tolerant,
      each: { message throws(NetlinkSocket.Failure) in
        if let object = try parse(message) { objects.append(object) }
      })
    return objects
  }

  private func dump(
    _ build: (UnsafeMutableRawPointer, UInt32) -> UnsafeMutablePointer<nlmsghdr>?,
    _ tolerant: Bool,
    each: (NetlinkMessage) throws(NetlinkSocket.Failure) -> Void
  ) throws(NetlinkSocket.Failure) {
    do throws(NetlinkSocket.Failure) {
      try socket.request(build, tolerant: tolerant, each: each)
    } catch .refused(ENOENT) where tolerant {
    } catch {
      throw error
    }
  }

  private func readElements(
    of declared: inout SetObject.Declared, _ tolerant: Bool
  ) throws(NetlinkSocket.Failure) {
    guard let request = nftnl_set_alloc() else { throw .refused(errno: ENOMEM) }
    defer { nftnl_set_free(request) }
    nftnl_set_set_str(request, UInt16(NFTNL_SET_TABLE.rawValue), declared.table)
    nftnl_set_set_str(request, UInt16(NFTNL_SET_NAME.rawValue), declared.set.name)
    let family = NFTObjects.number(of: declared.family)
    var set = declared.set
    try dump(
      { buffer, sequence in
        let header = nftnl_nlmsg_build_hdr(
          buffer, UInt16(NFT_MSG_GETSETELEM.rawValue), family, UInt16(NLM_F_DUMP), sequence)
        if let header { nftnl_set_elems_nlmsg_build_payload(header, request) }
        return header
      }, tolerant,
      each: { message throws(NetlinkSocket.Failure) in
        try set.addElements(of: message)
      })
    declared.set = set
  }

  /// One table's chains with their rules.
  ///
  /// Rules are asked for chain by chain: for each packet of a longer answer the kernel walks all
  /// rules before it again, which makes one dump of everything quadratic.
  private func read(
    _ object: NFTObjects.TableObject, _ chains: [NFTObjects.ChainObject],
    _ sets: [SetObject.Declared], _ tolerant: Bool
  ) throws(NetlinkSocket.Failure) -> Table {
    let isIptables = Self.isIptables(object, chains)
    var decoder = RuleDecoder(
      family: object.family, isIptables: isIptables,
      sets: Dictionary(sets.map { ($0.set.name, $0.set) }, uniquingKeysWith: { first, _ in first }),
      interfaces: interfaces)
    var table = Table(
      object.family, object.name, backend: isIptables ? .iptablesNFT : .nftables,
      sets: sets.filter { !$0.set.isAnonymous }.map(\.set.named), isDormant: object.isDormant)
    table.chains.reserveCapacity(chains.count)
    for chain in chains {
      let rules = chain.use == 0 ? [] : try readRules(of: chain, &decoder, tolerant)
      table.chains.append(Chain(chain.name, base: chain.base, rules: rules))
    }
    return table
  }

  private func readRules(
    of chain: NFTObjects.ChainObject, _ decoder: inout RuleDecoder, _ tolerant: Bool
  ) throws(NetlinkSocket.Failure) -> [Rule] {
    guard let request = nftnl_rule_alloc() else { throw .refused(errno: ENOMEM) }
    defer { nftnl_rule_free(request) }
    nftnl_rule_set_str(request, UInt16(NFTNL_RULE_TABLE.rawValue), chain.table)
    nftnl_rule_set_str(request, UInt16(NFTNL_RULE_CHAIN.rawValue), chain.name)
    let family = NFTObjects.number(of: chain.family)
    var rules: [Rule] = []
    rules.reserveCapacity(Int(min(chain.use, 1 << 16)))
    try dump(
      { buffer, sequence in
        let header = nftnl_nlmsg_build_hdr(
          buffer, UInt16(NFT_MSG_GETRULE.rawValue), family, UInt16(NLM_F_DUMP), sequence)
        if let header { nftnl_rule_nlmsg_build_payload(header, request) }
        return header
      }, tolerant,
      each: { message throws(NetlinkSocket.Failure) in
        guard let attributes = message.attributes(after: 4),
          let rule = decoder.decode(attributes)
        else { throw .malformed }
        rules.append(rule)
      })
    return rules
  }

  /// iptables-nft keeps its tables under iptables' own names, hooks and priorities; by these it
  /// knows them itself.
  private static func isIptables(
    _ table: NFTObjects.TableObject, _ chains: [NFTObjects.ChainObject]
  ) -> Bool {
    guard table.family == .ip || table.family == .ip6, BuiltInChains.tables.contains(table.name)
    else { return false }
    return chains.allSatisfy { chain in
      guard let base = chain.base else { return true }
      guard let own = BuiltInChains.base(chain.name, in: table.name) else { return false }
      return own.kind == base.kind && own.hook == base.hook && own.priority == base.priority
    }
  }
}

extension NFTReader {
  /// Every rule of every family as the kernel sends it, attributes only, undecoded: what a recording
  /// for the decoder's tests is made of.
  static func dumpRules(_ each: (Bytes) -> Void) throws(NetlinkSocket.Failure) {
    let socket = try NetlinkSocket(Int32(CK_NETLINK_NETFILTER))
    try socket.request(
      { buffer, sequence in
        nftnl_nlmsg_build_hdr(
          buffer, UInt16(NFT_MSG_GETRULE.rawValue), UInt16(AF_UNSPEC), UInt16(NLM_F_DUMP), sequence)
      },
      each: { message throws(NetlinkSocket.Failure) in
        guard let attributes = message.attributes(after: 4) else { throw .malformed }
        each(attributes)
      })
  }
}

extension Load.Code {
  /// The interfaces of the calling thread's namespace, by their indices.
  static func interfaces() -> [Load.Code] {
    guard let list = if_nameindex() else { return [] }
    defer { if_freenameindex(list) }
    var codes: [Load.Code] = []
    var entry = list
    while entry.pointee.if_index != 0, let start = entry.pointee.if_name {
      let name = Bytes(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      if let bits = name.bigEndian {
        codes.append(
          Load.Code(
            code: UInt128(entry.pointee.if_index), value: bits << UInt128(8 * (16 - name.count))))
      }
      entry += 1
    }
    return codes
  }
}
