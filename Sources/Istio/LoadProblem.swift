public struct LoadProblem: Hashable, Sendable, CustomStringConvertible {
  public var line: Int
  public var description: String { "" }
  static func all(in lines: [CaptureRules.Line], of backend: Backend) -> [LoadProblem] { [] }
}
