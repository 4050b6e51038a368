import Glibc

/// How long the program takes to say the least, and to do its main job; how large it is.
enum StartFigures {
  static func measure(_ setting: Setting) throws -> [Figure] {
    let jobs: [(what: String, words: [String], limit: Double)] = [
      ("bypass-plan --version", ["--version"], 5e-3),
      ("bypass-plan rules --exclude-ports 3307", ["rules", "--exclude-ports", "3307"], 10e-3),
      ("bypass-plan --exclude-ports 3307", ["--exclude-ports", "3307"], 10e-3),
    ]
    let costs = try setting.race(
      rounds: 5 * setting.rounds,
      [Process("/usr/bin/true")] + jobs.map { Process(words: [setting.program] + $0.words) })
    var figures: [Figure] = []
    for (job, cost) in zip(jobs, costs.dropFirst()) {
      figures.append(Figure(job.what, cost.seconds, gate: .atMost(job.limit)))
      figures.append(
        Figure(
          "  beside true", cost.seconds, beside: ("true", costs[0].seconds),
          gate: .peer(times: 3, plus: 5e-3)))
    }
    let stripped = setting.path("stripped")
    try Process("strip", "-o", stripped, setting.program).run()
    var status = stat()
    guard stat(stripped, &status) == 0 else { throw Failure("no stripped program") }
    figures.append(
      Figure(
        "size, stripped", Double(status.st_size), gate: .atMost(30e6), unit: .bytes))
    return figures
  }
}
