import Findings
import TestSupport
import Testing

/// Every rule of `check` is shown by a manifest that breaks it and one that does not.
@Suite struct CheckCodesTests {
  /// What check may say: faults in manifests, and what is as true of a plan.
  static let codes =
    ManifestCodes.all + [
      PlanCodes.replacesMeshList, PlanCodes.replacesCNIDefault, PlanCodes.endsDNSCapture,
      PlanCodes.ipv6NotCaptured, PlanCodes.ipv6Captured, PlanCodes.noInterception,
      PlanCodes.noEffect, PlanCodes.proxyPort, PlanCodes.ambient, PlanCodes.octalPort,
    ]

  private func golden(_ name: String) throws -> Transcript {
    try Transcript(path: "check/\(name).golden")
  }

  @Test(arguments: codes)
  func hasABadAndAGoodGolden(code: Code) throws {
    let bad = try golden("\(code.id)-bad")
    #expect(bad.output.contains(" \(code.id): \(code.title)"))
    let good = try golden("\(code.id)-good")
    #expect(!good.output.contains(code.id + ":"))
    #expect(good.exitCode == 0)
  }

  @Test func noOtherCodeIsFound() throws {
    let known = Set(Self.codes.map(\.id))
    for name in try TestFiles.names(in: Transcript.directory + "/check")
    where name.hasSuffix(".golden") {
      let text = try TestFiles.text("\(Transcript.directory)/check/\(name)")
      for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
      where word.hasPrefix("BP") && word.count == 5 {
        #expect(known.contains(String(word)), "\(name)")
      }
    }
  }
}
