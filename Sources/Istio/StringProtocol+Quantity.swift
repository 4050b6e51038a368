extension StringProtocol {
  /// An amount of CPU or memory as Kubernetes reads it, such as `100m`, `1.5Gi` or `2e3`.
  ///
  /// Models `ParseQuantity` of k8s.io/apimachinery/pkg/api/resource, to which no digits are a zero.
  var isQuantity: Bool {
    if isEmpty { return false }
    var rest = Substring(self).withoutSign.drop(while: \.isDigit)
    if rest.first == "." { rest = rest.dropFirst().drop(while: \.isDigit) }
    if quantitySuffixes.contains(rest) { return true }
    guard rest.first == "e" || rest.first == "E" else { return false }
    let exponent = rest.dropFirst().withoutSign
    return exponent.isDecimal && Int64(exponent) != nil
  }
}

private let quantitySuffixes: Set<Substring> = [
  "n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
]

extension Substring {
  fileprivate var withoutSign: Substring { first == "+" || first == "-" ? dropFirst() : self }
}

extension Character {
  fileprivate var isDigit: Bool { isASCII && isNumber }
}
