import Glibc

/// One line on standard error that is written over and over; only where somebody looks at it.
enum Progress {
  static func show(_ what: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    put("\r\u{1B}[K\(what)")
  }

  static func end() { if isatty(STDERR_FILENO) == 1 { put("\r\u{1B}[K") } }

  private static func put(_ text: String) { _ = write(STDERR_FILENO, text, text.utf8.count) }
}

/// How far a long run has come: a word after its first second, and ten more in each that follows.
struct LongRun {
  private let isSeen = isatty(STDERR_FILENO) == 1
  private var next = Self.now + 1000
  private var isShown = false

  /// In milliseconds, of a clock that only goes forward.
  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  mutating func show(_ what: @autoclosure () -> String) {
    guard isSeen, Self.now >= next else { return }
    next = Self.now + 100
    isShown = true
    Progress.show(what())
  }

  mutating func end() { if isShown { Progress.end() } }
}
