import Testing

@testable import Planning

@Suite struct SpanTests {
  @Test(arguments: [
    ("10m", 600_000), ("1h30m", 5_400_000), ("24h", 86_400_000), ("0", 0), ("0s", 0),
    ("350s", 350_000), ("1.5s", 1_500), ("250ms", 250),
  ])
  func reads(text: String, milliseconds: Int64) throws {
    #expect(try Span(text).milliseconds == milliseconds)
  }

  @Test(arguments: [
    ("10", SpanError.Reason.missingUnit), ("-1s", .negative), ("1e99s", .notASpan),
    ("99999999999h", .tooLong), ("", .notASpan), ("s", .notASpan), ("1.2.3s", .notASpan),
    ("1x", .notASpan), (".s", .notASpan), ("9999999999999999999999999999s", .tooLong),
  ])
  func refuses(text: String, reason: SpanError.Reason) {
    #expect(throws: SpanError(text: text, reason: reason)) { try Span(text) }
  }

  @Test func neverIsLongest() throws {
    #expect(try Span("never") > Span("1000d"))
    #expect(try Span("never").description == "never")
  }

  @Test(arguments: ["10m", "1h30m", "24h", "350s", "2d", "250ms", "1.5s", "0", "never"])
  func printsWhatItRead(text: String) throws {
    #expect(try Span(text).description == text)
  }
}

@Suite struct MiddlewareTests {
  @Test func onePortOneEntry() {
    #expect(Set(Middleware.catalogue.map(\.port)).count == Middleware.catalogue.count)
    #expect(Set(Middleware.catalogue.map(\.name)).count == Middleware.catalogue.count)
  }
}
