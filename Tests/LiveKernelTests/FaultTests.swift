import Glibc
import Ruleset
import TestSupport
import Testing

@testable import LiveKernel

/// What happens where the kernel refuses, things go away, or bytes are not what they should be: an
/// error or an answer that says so, never a crash or a guess.
@Suite struct FaultTests {
  static let script = """
    table inet t {
      set s { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80-90 } }
      chain other { }
      chain c { type filter hook output priority 0;
        ip saddr . tcp dport @s accept
        tcp dport vmap { 22 : accept, 80 : jump other }
        oifname "lo" ip daddr != 127.0.0.1/32 tcp dport != { 53, 15008 } meta skuid 1337 counter drop
        ct mark set ct mark & 0xfffff000 | 0x111
        meta skuid 1000-2000 limit rate 5/minute log prefix "x" reject
        fib daddr type local tcp flags & (syn | ack) == syn return
      }
    }
    """

  // MARK: Reading changes nothing

  @Test func readingIsReadOnly() throws {
    let namespace = try Throwaway("ro")
    try Throwaway.run(
      "printf '%s' '\(Self.script)' | ip netns exec \(namespace.name) nft -f -")
    try namespace.run("iptables-legacy -A OUTPUT -p tcp -j ACCEPT")
    let look =
      "nft -a list ruleset; cat /proc/thread-self/net/ip_tables_names /proc/thread-self/net/ip6_tables_names; ip addr; iptables-legacy-save -c"
    let before = try namespace.run(look).split(separator: "\n").filter { !$0.hasPrefix("#") }
    let live = try namespace.open()
    #expect(try live.readRuleset().notes == [.bothBackends])
    _ = try live.readSockets()
    _ = try live.readConntrack()
    _ = try live.readLocalAddresses()
    let after = try namespace.run(look).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(before == after)
  }

  @Test func anEmptyNamespaceStaysWithoutLegacyTables() throws {
    let namespace = try Throwaway("empty")
    let live = try namespace.open().readRuleset()
    #expect(live.ruleset.tables.isEmpty && !live.hasLegacy && !live.hasNFT)
    let names = "cat /proc/thread-self/net/ip_tables_names /proc/thread-self/net/ip6_tables_names"
    #expect(try namespace.run(names).isEmpty)
  }

  /// What `iptables-legacy -F` leaves decides of nothing.
  @Test func anEmptiedLegacyTableIsNoSecondBackend() throws {
    let namespace = try Throwaway("emptied")
    try namespace.run(
      "iptables-legacy -A OUTPUT -p tcp -j ACCEPT; iptables-legacy -F; nft add table ip mine; "
        + "nft \"add chain ip mine c { type filter hook output priority 0; }; add rule ip mine c accept\""
    )
    #expect(try namespace.open().readRuleset().notes.isEmpty)
    try namespace.run("iptables-legacy -P OUTPUT DROP")
    #expect(try namespace.open().readRuleset().notes == [.bothBackends])
  }

  /// The bytes of what is not understood are all there, and no screen is full of zeros.
  @Test(arguments: ["iptables-nft", "iptables-legacy"])
  func anOpaqueMatchIsNamedWithItsBytes(tool: String) throws {
    let namespace = try Throwaway("opaque")
    try namespace.run("\(tool) -A OUTPUT -m cgroup --cgroup 5 -j ACCEPT")
    let tables = try namespace.open().readRuleset().ruleset.tables
    let rule = try #require(tables.flatMap(\.chains).flatMap(\.rules).first)
    #expect(
      rule.text == "-m cgroup [revision 2 0x0001000005(523 zero bytes)] -j ACCEPT", "\(rule.text)")
  }

  @Test func namesWhatIsNoNetworkNamespace() throws {
    for path in ["/etc/passwd", "/proc/self/ns/mnt"] {
      #expect { try NetworkNamespace.at(path: path).readRuleset() } throws: {
        ($0 as? LiveError)?.kind == .foreign
      }
    }
  }

  // MARK: The caller's thread stays where it is

  @Test func neverMovesTheCaller() throws {
    let namespace = try Throwaway("stay").open()
    let own = try NetworkNamespace.own()
    var link = stat()
    for _ in 1...50 { _ = try namespace.readLocalAddresses() }
    #expect(stat("/proc/thread-self/ns/net", &link) == 0)
    #expect(UInt64(link.st_ino) == own.inode && own.inode != namespace.inode)
  }

  // MARK: Things that are not there

  @Test func namesWhatIsGone() throws {
    #expect { try NetworkNamespace.named("no-such-namespace") } throws: {
      ($0 as? LiveError)?.kind == .gone && "\($0)".contains("ENOENT")
    }
    #expect { try NetworkNamespace.ofProcess(.max) } throws: { ($0 as? LiveError)?.kind == .gone }
    #expect { try NetworkNamespace.at(path: "/dev/null").readRuleset() } throws: {
      "\($0)".contains("/dev/null")
    }
  }

  @Test(arguments: [
    (EPERM, LiveError.Kind.permission(.netAdmin), "CAP_NET_ADMIN (EPERM)"),
    (EPROTONOSUPPORT, .missing(.nfTables), "this kernel has no nf_tables (EPROTONOSUPPORT)"),
    (ENOPROTOOPT, .missing(.nfTables), "ENOPROTOOPT"), (ENOENT, .gone, "not there"),
    (EIO, .system, "refused (EIO)"),
  ])
  func namesWhatIsLacking(errno: Int32, kind: LiveError.Kind, words: String) {
    let error = LiveError(errno: errno, "list nf_tables", needs: .netAdmin, of: .nfTables)
    #expect(error.kind == kind)
    #expect("\(error)".hasPrefix("cannot list nf_tables: ") && "\(error)".contains(words))
  }

  /// Root of a user namespace of its own has every capability there and none here.
  @Test func readsTheNamespaceOfAnUnprivilegedUser() throws {
    let pid = try Throwaway.run(
      "unshare -Urn sh -c 'nft add table ip mine; echo $$; exec sleep 30 >/dev/null 2>&1' &")
    let process = try #require(Int32(pid.split(separator: "\n").last ?? ""))
    defer { _ = try? Throwaway.run("kill \(process)") }
    let tables = try NetworkNamespace.ofProcess(process).readRuleset().ruleset.tables
    #expect(tables.map(\.name) == ["mine"])
  }

  @Test func aNamespaceHeldOpenOutlivesItsName() throws {
    let namespace = try Throwaway("gone")
    try Throwaway.run("printf '%s' '\(Self.script)' | ip netns exec \(namespace.name) nft -f -")
    let live = try namespace.open()
    try Throwaway.run("ip netns del \(namespace.name)")
    #expect(try live.readRuleset().ruleset.tables.first?.chains.count == 2)
  }

  @Test func threeHundredTables() throws {
    let namespace = try Throwaway("many")
    try namespace.run(
      "for i in $(seq 300); do echo \"table ip t$i { chain c { tcp dport $i accept; }; }\"; done | nft -f -"
    )
    let live = try namespace.open().readRuleset()
    #expect(live.ruleset.tables.count == 300)
    #expect(live.ruleset.tables[299].chains[0].rules[0].text == "tcp dport 300 accept")
  }

  // MARK: Foreign bytes

  /// The attributes of every rule in a namespace, as the kernel sent them.
  private func record(_ namespace: NetworkNamespace) throws -> [[UInt8]] {
    try namespace.enter { () throws(LiveError) in
      var messages: [[UInt8]] = []
      do throws(NetlinkSocket.Failure) {
        try NFTReader.dumpRules { messages.append($0.array) }
      } catch {
        throw error.asLiveError("record", of: .nfTables)
      }
      return messages
    }
  }

  @Test(arguments: 0..<20)
  func mutatedRulesAreReadWithoutATrap(seed: Int) throws {
    let namespace = try Throwaway("fuzz")
    try Throwaway.run("printf '%s' '\(Self.script)' | ip netns exec \(namespace.name) nft -f -")
    if let root = SharedCases.root {
      try namespace.run("iptables-nft-restore \(root)/kernel/tproxy/rules.v4")
    }
    let messages = try record(try namespace.open())
    #expect(messages.count >= 6)
    var random = Seeded(seed)
    for message in messages {
      for _ in 1...500 {
        var bytes = [UInt8.random(in: 0...255, using: &random)] + message
        for _ in 0...Int.random(in: 0...4, using: &random) {
          bytes[Int.random(in: 1..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        if Bool.random(using: &random) {
          bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        }
        bytes.withUnsafeBytes { decodesForeignBytes($0) }
      }
    }
  }

  /// The tables that `tools/fuzz` starts from, as the kernel handed them over.
  @Test(arguments: ["legacy", "legacy6"])
  func mutatedLegacyTablesAreReadWithoutATrap(name: String) throws {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let blob = try TestFiles.bytes("/\(package)/tools/fuzzing/corpus/kernel/\(name)")
    var random = Seeded(name.utf8.count)
    for _ in 1...20_000 {
      var bytes = blob
      for _ in 0...Int.random(in: 0...6, using: &random) {
        bytes[Int.random(in: 1..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      bytes.withUnsafeBytes { decodesForeignBytes($0) }
    }
  }

  /// Cut anywhere in its expressions, a rule ends in something unknown: it is never read as a
  /// shorter, wider rule.
  @Test func aTruncatedRuleIsUnknown() throws {
    let namespace = try Throwaway("cut")
    try Throwaway.run("printf '%s' '\(Self.script)' | ip netns exec \(namespace.name) nft -f -")
    for message in try record(try namespace.open()) {
      for length in 4..<message.count {
        let cut = Array(message.prefix(length))
        let rule = cut.withUnsafeBytes { buffer in
          var decoder = RuleDecoder(family: .inet, isIptables: false)
          return decoder.decode(Bytes(buffer))
        }
        #expect(rule == nil || rule?.steps.contains { $0.isOpaque } == true, "\(length)")
      }
    }
  }
}

extension Rule.Step {
  fileprivate var isOpaque: Bool {
    if case .verdict(.opaque) = self { true } else { false }
  }
}
