import Addresses
import Ruleset

/// The sizes and places in `struct ipt_entry` and `struct ip6t_entry` (linux/netfilter_ipv4/
/// ip_tables.h, linux/netfilter_ipv6/ip6_tables.h).
struct EntryLayout {
  var source: Int
  var destination: Int
  var sourceMask: Int
  var destinationMask: Int
  var input: Int
  var output: Int
  var inputMask: Int
  var outputMask: Int
  var transport: Int
  var flags: Int
  var invert: Int
  var targetOffset: Int
  var nextOffset: Int
  var counters: Int
  var size: Int
  /// Of `flags`: the target is a goto.
  var gotoFlag: UInt8

  static let ipv4 = EntryLayout(
    source: 0, destination: 4, sourceMask: 8, destinationMask: 12, input: 16, output: 32,
    inputMask: 48, outputMask: 64, transport: 80, flags: 82, invert: 83, targetOffset: 88,
    nextOffset: 90, counters: 96, size: 112, gotoFlag: 2)

  static let ipv6 = EntryLayout(
    source: 0, destination: 16, sourceMask: 32, destinationMask: 48, input: 64, output: 80,
    inputMask: 96, outputMask: 112, transport: 128, flags: 131, invert: 132, targetOffset: 140,
    nextOffset: 142, counters: 152, size: 168, gotoFlag: 4)

  static func of(_ family: Family) -> EntryLayout { family == .ipv4 ? ipv4 : ipv6 }
}

/// One table of legacy x_tables: the kernel's own flat list of entries, and where its hooks begin
/// and end in it (`struct ipt_getinfo`).
struct LegacyTable {
  var family: Family
  var name: String
  /// By hook number: offset of the first entry, and of the one that is the policy.
  var hooks: [(hook: Hook, start: Int, underflow: Int)]

  /// An entry with what the walk needs of it.
  private struct Entry {
    var offset: Int
    var bytes: Bytes
    var targetOffset: Int
    /// The name and data of its target.
    var targetName: String
    var target: Bytes
    var revision: UInt32

    /// `IPT_ERROR_TARGET`: heads a user chain, or ends the table.
    var heading: String? { targetName == "ERROR" ? target.text : nil }

    /// The verdict of a standard target: an offset to jump to, or minus one less a netfilter verdict.
    var standard: Int32? { targetName.isEmpty ? target.host(0, as: Int32.self) : nil }
  }

  /// The chains of the table; nil where the bytes are no table.
  func decode(_ blob: Bytes) -> Table? {
    guard let entries = entries(of: blob) else { return nil }
    var table = Table(
      family == .ipv4 ? .ip : .ip6, name, backend: .iptablesLegacy)
    // A chain is where it begins (jumps go there), its name, and the entries that are its rules.
    var chains: [(start: Int, chain: Chain, rules: Range<Int>)] = []
    for hook in hooks.sorted(by: { $0.start < $1.start }) {
      guard let first = entries.firstIndex(where: { $0.offset == hook.start }),
        let last = entries.firstIndex(where: { $0.offset == hook.underflow }), first <= last,
        let title = BuiltInChains.names.first(where: { $0.hook == hook.hook })?.name,
        var base = BuiltInChains.base(title, in: name), let policy = entries[last].standard
      else { return nil }
      base.policy = policy == -1 ? .drop : .accept
      base.counter = counter(entries[last])
      chains.append((hook.start, Chain(title, base: base), first..<last))
    }
    let heads = entries.indices.filter { entries[$0].heading != nil }
    for (head, next) in zip(heads, heads.dropFirst()) {
      // The last entry before the next head is the chain's own return.
      guard let title = entries[head].heading, head + 1 < next else { return nil }
      chains.append((entries[head + 1].offset, Chain(title), (head + 1)..<(next - 1)))
    }
    let names = Dictionary(
      chains.map { ($0.start, $0.chain.name) }, uniquingKeysWith: { first, _ in first })
    for var item in chains {
      item.chain.rules.reserveCapacity(item.rules.count)
      for index in item.rules {
        guard let rule = rule(entries[index], names) else { return nil }
        item.chain.rules.append(rule)
      }
      table.chains.append(item.chain)
    }
    return table
  }

  private func entries(of blob: Bytes) -> [Entry]? {
    let layout = EntryLayout.of(family)
    var entries: [Entry] = []
    var offset = 0
    while offset < blob.count {
      guard let targetOffset = blob.host(offset + layout.targetOffset, as: UInt16.self),
        let length = blob.host(offset + layout.nextOffset, as: UInt16.self),
        Int(targetOffset) >= layout.size, targetOffset < length,
        let bytes = blob.slice(offset, Int(length)),
        let target = Extension(bytes, at: Int(targetOffset))
      else { return nil }
      entries.append(
        Entry(
          offset: offset, bytes: bytes, targetOffset: Int(targetOffset), targetName: target.name,
          target: target.data, revision: target.revision))
      offset += Int(length)
    }
    return entries
  }

  private func counter(_ entry: Entry) -> Counter? {
    let place = EntryLayout.of(family).counters
    guard let packets = entry.bytes.host(place, as: UInt64.self),
      let bytes = entry.bytes.host(place + 8, as: UInt64.self)
    else { return nil }
    return Counter(packets: packets, bytes: bytes)
  }

  private func rule(_ entry: Entry, _ names: [Int: String]) -> Rule? {
    let tableFamily: TableFamily = family == .ipv4 ? .ip : .ip6
    var decoder = RuleDecoder(family: tableFamily, isIptables: true)
    decoder.begin()
    decoder.decode(header: entry.bytes, EntryLayout.of(family))
    var offset = EntryLayout.of(family).size
    while offset < entry.targetOffset {
      guard let match = Extension(entry.bytes, at: offset), match.size > 0 else { return nil }
      decoder.add(
        XTMatch(name: match.name, revision: match.revision, info: match.data, family: family))
      offset += match.size
    }
    guard offset == entry.targetOffset, decode(entry, &decoder, names) else { return nil }
    return decoder.legacyRule(counter: counter(entry), offset: entry.offset)
  }

  /// The target; false where a jump leads nowhere.
  private func decode(_ entry: Entry, _ decoder: inout RuleDecoder, _ names: [Int: String]) -> Bool
  {
    guard entry.targetName.isEmpty else {
      decoder.add(
        XTTarget(
          name: entry.targetName, revision: entry.revision, info: entry.target, family: family))
      return true
    }
    guard let code = entry.standard else { return false }
    let verdict: Verdict
    switch code {
    case -1: verdict = .drop
    case -2: verdict = .accept
    case -4: verdict = .queue("QUEUE")
    case -5: verdict = .return
    case let place where place == entry.offset + entry.bytes.count: return true
    case let place:
      guard let name = names[Int(place)] else { return false }
      let flags = entry.bytes.byte(EntryLayout.of(family).flags) ?? 0
      verdict = flags & EntryLayout.of(family).gotoFlag != 0 ? .goto(name) : .jump(to: name)
    }
    decoder.steps.verdict(verdict)
    decoder.text.verdict(verdict)
    return true
  }
}

/// `struct xt_entry_match` or `struct xt_entry_target`: size, name, revision, data.
private struct Extension {
  var name: String
  var revision: UInt32
  var data: Bytes
  var size: Int

  static let header = 32

  init?(_ bytes: Bytes, at offset: Int) {
    guard let size = bytes.host(offset, as: UInt16.self), Int(size) >= Self.header,
      let name = bytes.slice(offset + 2, 29)?.text, let revision = bytes.byte(offset + 31),
      let data = bytes.slice(offset + Self.header, Int(size) - Self.header)
    else { return nil }
    self.name = name
    self.revision = UInt32(revision)
    self.data = data
    self.size = Int(size)
  }
}
