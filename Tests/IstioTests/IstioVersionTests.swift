import Testing

@testable import Istio

@Suite struct IstioVersionTests {
  @Test(arguments: ["1.24", "v1.24", "1.24.0", "1.24.3", "v1.24.3"])
  func aPatchOrAPrefixMakesNoDifference(text: String) {
    #expect(IstioVersion(text)?.description == "1.24")
  }

  @Test(arguments: [
    "", "1", "1.18", "1.32", "2.24", "1.24.", "1.24.x", "1.24-dev", "1.24.3.1", "latest", "1. 24",
    "1.+24", "1.99999999999999999999", "vv1.24",
  ])
  func refuses(text: String) {
    #expect(IstioVersion(text) == nil)
  }

  @Test func everyFeatureDividesTheVersions() {
    for feature in IstioVersion.Feature.allCases {
      let having = IstioVersion.all.filter { $0.has(feature) }
      #expect(!having.isEmpty && having.count < IstioVersion.all.count, "\(feature)")
    }
  }
}
