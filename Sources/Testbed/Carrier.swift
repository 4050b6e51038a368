internal import Glibc

/// When the ends of a new link take packets.
///
/// The kernel notices a carrier in its own time (`net/core/link_watch.c`), on a busy machine late;
/// what is sent before that is lost without a word.
enum Carrier {
  private static let patience = 5000
  private static let pause = 2

  /// Returns when all of these interfaces of the calling thread's namespace run.
  static func wait(for interfaces: [String]) throws(TestbedError) {
    var waited = 0
    while true {
      let idle = Set(interfaces).subtracting(running)
      guard let first = idle.sorted().first else { return }
      guard waited < patience else {
        throw .failed("the link \(first) does not come up within \(patience / 1000) s")
      }
      usleep(UInt32(pause) * 1000)
      waited += pause
    }
  }

  private static var running: Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var names: Set<String> = []
    var next = list
    while let entry = next {
      if entry.pointee.ifa_flags & UInt32(IFF_RUNNING) != 0 {
        names.insert(String(cString: entry.pointee.ifa_name))
      }
      next = entry.pointee.ifa_next
    }
    return names
  }
}
