import Glibc

/// `Bench [--wall] [--rounds N] [--program FILE] [NAME…]`: measures the figures named, or all.
@main
enum Bench {
  static let figures: [(name: String, measure: @Sendable (Setting) throws -> [Figure])] = [
    ("packets", PacketFigures.measure),
    ("simulate", SimulateFigures.measure),
    ("start", StartFigures.measure),
    ("read", ReadFigures.measure),
    ("flows", FlowFigures.measure),
    ("live", LiveFigures.measure),
  ]

  static func main() {
    do {
      if let job = try Job(commandLine: CommandLine.arguments) { return try job.run() }
      let setting = try Setting(CommandLine.arguments.dropFirst())
      defer { setting.removeFiles() }
      print(setting.clock.headline)
      var isMet = true
      for (name, measure) in figures where setting.names.isEmpty || setting.names.contains(name) {
        print("\n\(name)")
        do {
          for figure in try measure(setting) {
            print(figure)
            isMet = isMet && figure.isMet
          }
        } catch {
          print("  not measured: \(error)")
          isMet = false
        }
        fflush(nil)
      }
      exit(isMet ? 0 : 1)
    } catch {
      print(error)
      exit(64)
    }
  }
}

/// A plain sentence for whoever runs the benchmarks.
struct Failure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
