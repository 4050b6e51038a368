import ArgumentParser
import Manifests

/// What `-o` takes where the answer is something to paste: a format of the whole answer, or a form of
/// what is pasted alone.
enum OutputForm<Report: RawRepresentable & CaseIterable & Sendable>: ExpressibleByArgument, Sendable
where Report.RawValue == String {
  case report(Report)
  case paste(PasteForm)

  init?(argument: String) {
    if let report = Report(rawValue: argument) {
      self = .report(report)
    } else {
      guard let form = PasteForm(rawValue: argument) else { return nil }
      self = .paste(form)
    }
  }

  static var allValueStrings: [String] {
    Report.allCases.map(\.rawValue) + PasteForm.allCases.map(\.rawValue)
  }

  var defaultValueDescription: String {
    switch self {
    case .report(let report): report.rawValue
    case .paste(let form): form.rawValue
    }
  }
}
