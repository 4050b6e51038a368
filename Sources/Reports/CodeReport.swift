public import Findings

/// The pages of `explain`.
public enum CodeReport {
  public static func list(_ codes: [Code]) -> String {
    codes.map { "\($0.id)  \($0.severity.rawValue.padded(to: 7))  \($0.title)\n" }.joined()
  }

  public static func page(_ code: Code) -> String {
    """
    \(code.id)  \(code.title)  (\(code.severity.rawValue))

    \(code.explanation.paragraphs(to: 80))

    """
  }
}
