internal import CKernel
internal import Glibc
internal import LiveKernel

extension NetworkNamespace {
  /// A new network namespace without a name: it ends with the last that holds it, so nothing is left
  /// behind however this process ends.
  ///
  /// Needs CAP_SYS_ADMIN.
  static func throwaway() throws(TestbedError) -> NetworkNamespace {
    do throws(LiveError) {
      let made = try own().enter { () throws(LiveError) in ck_new_network_namespace() }
      guard made >= 0 else {
        let kind: LiveError.Kind = made == -EPERM ? .permission(.sysAdmin) : .system
        throw LiveError(kind, "make a network namespace", errno: -made)
      }
      defer { close(made) }
      return try at(path: "/proc/self/fd/\(made)")
    } catch {
      throw .kernel(error)
    }
  }

  /// As `enter`, for work that can fail in more ways than the kernel's.
  func inside<Result>(_ body: () throws(TestbedError) -> Result) throws(TestbedError) -> Result {
    let outcome: Swift.Result<Result, TestbedError>
    do {
      outcome = try enter { () throws(LiveError) in
        Swift.Result { () throws(TestbedError) in try body() }
      }
    } catch {
      throw .kernel(error)
    }
    return try outcome.get()
  }
}
