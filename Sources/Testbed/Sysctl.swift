internal import Glibc
internal import LiveKernel

/// Kernel settings of the calling thread's network namespace.
enum Sysctl {
  /// - Parameter name: below `/proc/sys/net`, such as `ipv4/ip_forward`.
  static func write(_ value: String, to name: String) throws(TestbedError) {
    let path = "/proc/sys/net/" + name
    let file = open(path, O_WRONLY | O_CLOEXEC)
    var error = errno
    if file >= 0 {
      defer { close(file) }
      if Glibc.write(file, value, value.utf8.count) == value.utf8.count { return }
      error = errno
    }
    let kind: LiveError.Kind = error == EACCES || error == EPERM ? .permission(.netAdmin) : .system
    throw .kernel(LiveError(kind, "write \(path)", errno: error))
  }
}
