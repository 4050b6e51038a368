import Addresses
import Ruleset

/// The UDP sockets of a namespace as /proc/net/udp and udp6 list them: for kernels whose inet_diag
/// leaves UDP out, `udp_diag` being a module of its own.
enum UDPTable {
  /// Of the calling thread's namespace.
  static func sockets(_ family: Family) throws(LiveError) -> [Socket] {
    let path = "/proc/thread-self/net/\(family == .ipv4 ? "udp" : "udp6")"
    let text: String
    do throws(LiveError) {
      text = try File.text(path, needs: .dacReadSearch)
    } catch {
      // A kernel without IPv6 has no sockets of it.
      if error.kind == .gone, family == .ipv6 { return [] }
      throw error
    }
    var sockets: [Socket] = []
    for line in text.split(separator: "\n").dropFirst() {
      guard let socket = Socket(udp: line, family) else {
        throw LiveError(.malformed, "read \(path)")
      }
      sockets.append(socket)
    }
    return sockets
  }
}

extension Socket {
  /// A line of `udp4_format_sock` or `udp6_sock_seq_show`:
  ///
  ///     sl: local:port remote:port state send:receive timer:when retransmits uid timeout inode …
  init?(udp line: Substring, _ family: Family) {
    let words = line.split(separator: " ")
    guard words.count > 9, let local = Address(hexadecimal: words[1], family),
      let remote = Address(hexadecimal: words[2], family),
      let state = UInt8(words[3], radix: 16).flatMap(State.init(rawValue:)),
      let uid = UInt32(words[7]), let inode = UInt32(words[9])
    else { return nil }
    let queues = words[4].split(separator: ":").map { UInt32($0, radix: 16) ?? 0 }
    guard queues.count == 2 else { return nil }
    self.init(
      .udp, local: local, remote: remote, state: state, uid: uid, inode: inode, timer: .off,
      retransmits: 0, receiveQueue: queues[1], sendQueue: queues[0], traffic: nil)
  }
}

extension Socket.Address {
  /// `0100007F:0035`: the address in words of the host's byte order, the port as it is read.
  fileprivate init?(hexadecimal text: Substring, _ family: Family) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, parts[0].utf8.count == family.width / 4,
      let port = UInt16(parts[1], radix: 16)
    else { return nil }
    var bits: UInt128 = 0
    var rest = parts[0]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      bits = bits << 32 | UInt128(UInt32(bigEndian: word))
      rest = rest.dropFirst(8)
    }
    self.init(IPAddress(mapped: bits, family), port: port)
  }
}
