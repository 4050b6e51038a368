import Findings
import Glibc
import TestSupport
import Testing

/// `docs/codes` has a page for each code, and it says what `explain` says.
@Suite struct CodePagesTests {
  static let directory = Transcript.root + "/docs/codes"

  @Test(arguments: Catalogue.codes)
  func hasItsPage(code: Code) throws {
    let explained = try Shell.run("bypass-plan explain \(code.id)", in: Transcript.directory).output
    let path = "\(Self.directory)/\(code.id).md"
    if GoldenTests.isRecording {
      let file = try #require(fopen(path, "w"))
      fputs(explained, file)
      fclose(file)
    } else {
      #expect(try TestFiles.text(path) == explained, "`tools/golden` writes the pages")
    }
  }

  @Test func hasNoOtherPage() throws {
    let pages = try TestFiles.names(in: Self.directory)
    #expect(pages == Catalogue.codes.map { $0.id + ".md" })
  }
}
