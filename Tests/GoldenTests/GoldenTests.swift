import Glibc
import TestSupport
import Testing

/// What the program prints for given inputs, as a user sees it. `tools/golden` records.
@Suite struct GoldenTests {
  static let isRecording = getenv("RECORD_GOLDENS") != nil

  @Test(arguments: try Transcript.all())
  func prints(path: String) throws {
    let golden = try Transcript(path: path)
    #expect(golden.command.hasPrefix("bypass-plan") || golden.command.contains("| bypass-plan"))
    if Self.isRecording {
      try golden.record()
      return
    }
    let now = try golden.run()
    #expect(now.output == golden.output, "\(path); `tools/golden` records, review the difference")
    #expect(now.exitCode == golden.exitCode)
  }
}
