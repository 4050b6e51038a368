import Glibc

/// A program to run.
struct Process {
  struct Cost {
    var seconds: Double
    /// Peak resident memory. The kernel hands a child its parent's peak on, so nothing under this
    /// program's own shows.
    var bytes: Double
  }

  var words: [String]
  /// Exit codes that are an answer.
  var accepted: ClosedRange<Int32> = 0...0

  init(_ words: String...) { self.init(words: words) }
  init(words: [String]) { self.words = words }

  @discardableResult
  func run(_ clock: Clock = .cpu, showing isShown: Bool = false) throws -> Cost {
    let start = Clock.wall.now()
    let pid = try launch(showing: isShown)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
    let wall = Clock.wall.now() - start
    guard status & 0x7F == 0, accepted.contains(status >> 8) else {
      let code = status & 0x7F == 0 ? "exit code \(status >> 8)" : "signal \(status & 0x7F)"
      throw Failure("\(words.joined(separator: " ")): \(code)")
    }
    let cpu = usage.ru_utime.seconds + usage.ru_stime.seconds
    return Cost(seconds: clock == .cpu ? cpu : wall, bytes: Double(usage.ru_maxrss) * 1024)
  }

  /// Starts the program and does not wait for it: its pid.
  func launch(showing isShown: Bool = false) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if !isShown { posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) }
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let refusal = posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
    guard refusal == 0 else {
      throw Failure("\(words[0]): \(String(cString: strerror(refusal)))")
    }
    return pid
  }
}

extension timeval {
  fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
