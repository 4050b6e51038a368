internal import CKernel
internal import Glibc
internal import LiveKernel

/// The connection tracking table of the calling thread's namespace.
enum Conntrack {
  /// Forgets every connection (`IPCTNL_MSG_CT_DELETE` without a tuple, nfnetlink_conntrack.h).
  static func flush() throws(TestbedError) {
    let file = ck_socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), Int32(CK_NETLINK_NETFILTER))
    guard file >= 0 else { throw failure(-file) }
    var error: Int32
    defer { close(file) }
    let deletion: UInt16 = 1 << 8 | 2
    let requestAndAcknowledge: UInt16 = 1 | 4
    var request: [UInt8] = []
    func append<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number) { request += $0 }
    }
    // struct nlmsghdr, then struct nfgenmsg of no family.
    append(UInt32(20))
    append(deletion)
    append(requestAndAcknowledge)
    append(UInt32(1))
    append(UInt32(0))
    append(UInt32(0))
    var answer = [UInt8](repeating: 0, count: 1024)
    guard send(file, request, request.count, 0) == request.count else {
      error = errno
      throw failure(error)
    }
    let count = recv(file, &answer, answer.count, 0)
    error = errno
    guard count >= 20 else { throw failure(error) }
    let code = answer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: Int32.self) }
    if code != 0 { throw failure(-code) }
  }

  private static func failure(_ errno: Int32) -> TestbedError {
    let kind: LiveError.Kind =
      errno == EPERM ? .permission(.netAdmin) : .missing(.conntrack)
    return .kernel(LiveError(kind, "flush connection tracking", errno: errno))
  }
}
