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
    ("manifests", ManifestFigures.measure),
    ("suggest", SuggestFigures.measure),
    ("live", LiveFigures.measure),
    ("audit", AuditFigures.measure),
  ]

  static func main() {
    do {
      if let job = try Job(commandLine: CommandLine.arguments) { return try job.run() }
      let setting = try Setting(CommandLine.arguments.dropFirst())
      let names = figures.map(\.name).filter { setting.names.isEmpty || setting.names.contains($0) }
      let code = names.count == 1 ? measure(names[0], setting) : measureEach(names, setting)
      setting.removeFiles()
      exit(code)
    } catch {
      print(error)
      exit(64)
    }
  }
}

extension Bench {
  /// Each in a process of its own, so that none has the memory or the network of another.
  private static func measureEach(_ names: [String], _ setting: Setting) -> Int32 {
    print(setting.clock.headline)
    var code: Int32 = 0
    for name in names {
      fflush(nil)
      let words =
        [setting.ownProgram]
        + CommandLine.arguments.dropFirst().filter {
          !setting.names.contains($0)
        }
      do {
        try Process(words: words + [name]).run(showing: true)
      } catch {
        code = 1
      }
    }
    return code
  }

  /// 0 where all gates are met.
  private static func measure(_ name: String, _ setting: Setting) -> Int32 {
    print("\n\(name)")
    do {
      let measured = try figures.filter { $0.name == name }.flatMap { try $0.measure(setting) }
      for figure in measured { print(figure) }
      return measured.allSatisfy(\.isMet) ? 0 : 1
    } catch {
      print("  not measured: \(error)")
      return 1
    }
  }
}

/// A plain sentence for whoever runs the benchmarks.
struct Failure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
