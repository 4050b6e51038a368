internal import CKernel
internal import Glibc

/// Why the kernel could not be read: what was tried, on what, and what it answered.
public struct LiveError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// The process lacks a capability.
    case permission(Capability)
    /// The kernel has no such facility, or it is not loaded.
    case missing(Facility)
    /// The namespace, process or file is not there, or is there no more.
    case gone
    /// What was named is no network namespace.
    case foreign
    /// Several processes, of different namespaces, are what was named.
    case ambiguous([Int32])
    /// The kernel's answer does not have the form its headers promise.
    case malformed
    /// Any other refusal.
    case system
  }

  /// What capabilities(7) calls it; the last is none, but lacks in the same way.
  public enum Capability: String, Hashable, Sendable {
    case netAdmin = "CAP_NET_ADMIN"
    case sysAdmin = "CAP_SYS_ADMIN"
    case sysPtrace = "CAP_SYS_PTRACE"
    case dacReadSearch = "CAP_DAC_READ_SEARCH"
    case netRaw = "CAP_NET_RAW"
    case setID = "CAP_SETUID and CAP_SETGID"
    case hostProcesses = "the host's PID namespace"
  }

  public enum Facility: String, Hashable, Sendable {
    case nfTables = "nf_tables"
    case legacyTables = "x_tables"
    case socketDiagnosis = "inet_diag"
    case conntrack = "ctnetlink"
    case namespaces = "network namespaces"
  }

  public var kind: Kind
  /// What was being done, such as `list rules of ip nat OUTPUT`.
  public var attempt: String
  /// The kernel's answer; zero where there was none.
  public var errno: Int32

  public init(_ kind: Kind, _ attempt: String, errno: Int32 = 0) {
    self.kind = kind
    self.attempt = attempt
    self.errno = errno
  }

  /// Reads `errno` as the kernel means it where `capability` is asked for and `facility` is used.
  init(
    errno: Int32, _ attempt: String, needs capability: Capability, of facility: Facility? = nil
  ) {
    let kind: Kind =
      switch errno {
      case EPERM, EACCES: .permission(capability)
      case EPROTONOSUPPORT, ENOPROTOOPT, EOPNOTSUPP, EAFNOSUPPORT, ESOCKTNOSUPPORT:
        facility.map { .missing($0) } ?? .system
      case ENOENT, ESRCH, ENOTDIR: .gone
      default: .system
      }
    self.init(kind, attempt, errno: errno)
  }

  public var description: String {
    let answer = errno == 0 ? "" : " (\(Self.name(of: errno)))"
    let reason =
      switch kind {
      case .permission(let capability): "no permission: needs \(capability.rawValue)"
      case .missing(let facility): "this kernel has no \(facility.rawValue)"
      case .gone: "not there"
      case .foreign: "it is no network namespace"
      case .ambiguous(let pids):
        "that is the name of several, \(pids.map { "pid:\($0)" }.joined(separator: ", ")); give one"
      case .malformed: "the kernel's answer cannot be read"
      case .system: "refused"
      }
    return "cannot \(attempt): \(reason)\(answer)"
  }

  /// `EPERM` for 1.
  static func name(of errno: Int32) -> String {
    ck_errno_name(errno).map { String(cString: $0) } ?? "errno \(errno)"
  }
}
