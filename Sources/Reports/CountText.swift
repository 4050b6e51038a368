import FlowSets

extension Count {
  /// Fit to be read: exact up to fifteen digits, else three significant ones, never rounded up.
  var brief: String {
    let digits = Array(description)
    guard digits.count > 15 else {
      return description.grouped
    }
    return "\(digits[0]).\(String(digits[1...2]))e\(digits.count - 1)"
  }
}

extension String {
  /// Decimal digits in threes.
  fileprivate var grouped: String {
    var text = ""
    for (place, digit) in enumerated() {
      if place > 0, (count - place).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
