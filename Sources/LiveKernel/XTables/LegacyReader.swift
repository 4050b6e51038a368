import Addresses
import CMnl
import Glibc
import Ruleset

/// Reads legacy tables of one family in one namespace.
///
/// Only those that are there are asked for: asking for any other creates it and hooks it into the
/// packet path. Which are there, the kernel lists in a file of its own.
final class LegacyReader {
  private let family: Family
  /// In order of creation.
  private let names: [String]
  private let file: Int32

  /// Finds the tables of the calling thread's namespace; any thread may read them then. nil where
  /// the kernel has no legacy tables of this family.
  init?(_ family: Family) throws(LiveError) {
    guard let names = try Self.names(family) else { return nil }
    self.family = family
    self.names = names
    file = socket(
      family == .ipv4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else {
      throw LiveError(
        errno: errno, "open a socket for legacy \(family) tables", needs: .netAdmin,
        of: .legacyTables)
    }
  }

  deinit { if file >= 0 { close(file) } }

  func read() throws(LiveError) -> [Table] {
    var tables: [Table] = []
    for name in names { tables.append(try Self.read(name, family, file)) }
    return tables
  }

  /// The kernel puts the newest first.
  private static func names(_ family: Family) throws(LiveError) -> [String]? {
    let path = "/proc/thread-self/net/\(family == .ipv4 ? "ip" : "ip6")_tables_names"
    let text: String
    do throws(LiveError) {
      text = try File.text(path, needs: .dacReadSearch)
    } catch {
      if error.kind == .gone { return nil }
      throw error
    }
    return text.split(separator: "\n").map(String.init).reversed()
  }

  // MARK: getsockopt

  /// `IPT_SO_GET_INFO` and `IPT_SO_GET_ENTRIES`, the same numbers in both families.
  private static let getInfo: Int32 = 64
  private static let getEntries: Int32 = 65
  /// `XT_TABLE_MAXNAMELEN`.
  private static let nameLength = 32
  /// `struct ipt_getinfo` and the head of `struct ipt_get_entries`.
  private static let infoSize = 84
  private static let entriesHead = 40

  private static func read(_ name: String, _ family: Family, _ file: Int32) throws(LiveError)
    -> Table
  {
    let attempt = "read legacy table \(family == .ipv4 ? "ip" : "ip6") \(name)"
    guard name.utf8.count < nameLength else { throw LiveError(.malformed, attempt) }
    // The table may be replaced between the two calls; then its size is another (EAGAIN).
    for _ in 1...NFTReader.attempts {
      var info = [UInt8](repeating: 0, count: infoSize)
      info.replaceSubrange(0..<name.utf8.count, with: name.utf8)
      try get(getInfo, &info, family, file, attempt)
      guard let described = describe(info, name, family) else {
        throw LiveError(.malformed, attempt)
      }
      var blob = [UInt8](repeating: 0, count: entriesHead + described.size)
      blob.replaceSubrange(0..<name.utf8.count, with: name.utf8)
      withUnsafeBytes(of: UInt32(described.size)) {
        blob.replaceSubrange(nameLength..<(nameLength + 4), with: $0)
      }
      do throws(LiveError) {
        try get(getEntries, &blob, family, file, attempt)
      } catch {
        if error.errno == EAGAIN { continue }
        throw error
      }
      let table = blob.withUnsafeBytes { buffer in
        Bytes(buffer).dropFirst(entriesHead).flatMap(described.table.decode)
      }
      guard let table else { throw LiveError(.malformed, attempt) }
      return table
    }
    throw LiveError(.system, attempt, errno: EAGAIN)
  }

  private static func get(
    _ option: Int32, _ buffer: inout [UInt8], _ family: Family, _ file: Int32, _ attempt: String
  ) throws(LiveError) {
    var length = socklen_t(buffer.count)
    let level = family == .ipv4 ? IPPROTO_IP : IPPROTO_IPV6
    guard getsockopt(file, Int32(level), option, &buffer, &length) == 0 else {
      throw LiveError(errno: errno, attempt, needs: .netAdmin, of: .legacyTables)
    }
  }

  /// The hooks and the size that `struct ipt_getinfo` tells.
  private static func describe(
    _ info: [UInt8], _ name: String, _ family: Family
  ) -> (table: LegacyTable, size: Int)? {
    info.withUnsafeBytes { buffer in
      let bytes = Bytes(buffer)
      guard let valid = bytes.host(32, as: UInt32.self), let size = bytes.host(80, as: UInt32.self),
        size < 1 << 30
      else { return nil }
      var hooks: [(hook: Hook, start: Int, underflow: Int)] = []
      for number in 0..<5 where valid >> UInt32(number) & 1 == 1 {
        guard let hook = Hook(rawValue: UInt8(number)),
          let start = bytes.host(36 + 4 * number, as: UInt32.self),
          let underflow = bytes.host(56 + 4 * number, as: UInt32.self)
        else { return nil }
        hooks.append((hook, Int(start), Int(underflow)))
      }
      return (LegacyTable(family: family, name: name, hooks: hooks), Int(size))
    }
  }
}
