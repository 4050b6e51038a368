/// How Go's `strconv` reads the words Istio's environment and annotations are made of.
enum GoText {
  /// The texts of `ParseBool`.
  static func flag(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
  }
}
