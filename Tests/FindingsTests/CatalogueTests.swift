import Testing

@testable import Findings

@Suite struct CatalogueTests {
  @Test func codesAreUnique() {
    #expect(Set(Catalogue.codes.map(\.id)).count == Catalogue.codes.count)
  }

  @Test func findsACodeInEitherCase() {
    #expect(Catalogue.code("bp105") == PlanCodes.keepaliveIsYours)
    #expect(Catalogue.code("BP999") == nil)
  }

  @Test(arguments: Catalogue.codes)
  func explainsItself(code: Code) {
    #expect(code.id.wholeMatch(of: /BP[0-4][0-9]{2}/) != nil)
    #expect(!code.explanation.isEmpty)
    #expect(code.title.count <= 60)
  }

  @Test func severitiesAreOrdered() {
    #expect(Finding.Severity.info < .warning)
    #expect(Finding.Severity.warning < .error)
  }
}
