import Glibc

/// What is measured. Processor time is the default: other users of the machine disturb it least, and
/// for these programs, which never wait, it is the time a quiet machine would show.
enum Clock {
  case cpu
  case wall

  var headline: String {
    switch self {
    case .cpu:
      "Processor time (user and system), median of interleaved rounds. --wall for wall time."
    case .wall: "Wall time, median of interleaved rounds."
    }
  }

  /// Seconds of this process so far.
  func now() -> Double {
    var time = timespec()
    clock_gettime(self == .cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension Setting {
  /// Seconds that each of some pieces of work takes: they run in turn, so that whatever disturbs the
  /// machine disturbs all of them, and the median of the rounds counts.
  func race(rounds: Int? = nil, _ contenders: [() throws -> Void]) throws -> [Double] {
    var times = contenders.map { _ in [Double]() }
    for _ in 0..<(rounds ?? self.rounds) {
      for (index, run) in contenders.enumerated() {
        let start = clock.now()
        try run()
        times[index].append(clock.now() - start)
      }
    }
    return times.map(\.median)
  }

  /// The same for whole processes, with the most memory that each ever held.
  func race(rounds: Int? = nil, _ processes: [Process]) throws -> [Process.Cost] {
    var costs = processes.map { _ in [Process.Cost]() }
    for _ in 0..<(rounds ?? self.rounds) {
      for (index, process) in processes.enumerated() { costs[index].append(try process.run(clock)) }
    }
    return costs.map { costs in
      Process.Cost(
        seconds: costs.map(\.seconds).median, bytes: costs.map(\.bytes).max() ?? 0)
    }
  }
}

extension [Double] {
  var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}
