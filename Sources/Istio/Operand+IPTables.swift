import Addresses

extension Operand {
  /// What iptables-restore says to one word; nil where it takes it, or where we cannot tell.
  ///
  /// Models `xtables_parse_port`, `xtables_strtoui` and the option parsers of the extensions Istio
  /// uses (iptables 1.8.9, libxtables/xtables.c and extensions/libxt_*.c).
  func problemForIPTables(_ word: String) -> LoadProblem.Kind? {
    // The shell-like quotes of restore text may hide anything.
    if word.contains(where: { "\"'\\".contains($0) }) { return nil }
    return switch sort {
    case .port: ports(word)
    case .udpPort: word.contains("x") && word.cNumber != nil ? refusal : ports(word)
    case .portBesideDNS: portsBesideDNS(word)
    case .redirectPort: redirectPort(word)
    case .tproxyPort: word.isDecimal || word.hasPrefix("+") ? nil : named(word)
    case .user, .group: owner(word)
    case .mark, .maskedMark: mark(word)
    case .interface: word.utf8.count > 15 ? .notTaken(expected: "15 characters at most") : nil
    case .server(let family): server(word, family)
    }
  }

  /// `P` or `FROM:TO`, where either end may be left out.
  private func ports(_ word: String) -> LoadProblem.Kind? {
    guard let colon = word.firstIndex(of: ":") else { return port(word) }
    let low = word[..<colon]
    let high = word[colon...].dropFirst()
    for end in [low, high] where !end.isEmpty {
      if let problem = port(end) { return problem }
    }
    guard let first = low.isEmpty ? 0 : low.cNumber, let last = high.isEmpty ? 65535 : high.cNumber
    else { return nil }
    return first > last ? .notTaken(expected: "the lower end first") : nil
  }

  private func port(_ word: some StringProtocol) -> LoadProblem.Kind? {
    if let number = word.cNumber { return number > 65535 ? refusal : nil }
    return named(word)
  }

  /// A multiport list has fifteen places, of which a range takes two.
  private func portsBesideDNS(_ word: String) -> LoadProblem.Kind? {
    var places = 1
    for item in word.split(separator: ",", omittingEmptySubsequences: false) {
      places += item.contains(":") ? 2 : 1
      if item.isEmpty { return refusal }
      if item.hasPrefix(":") || item.hasSuffix(":") { return refusal }
      if let problem = ports(String(item)) { return problem }
    }
    return places > 15 ? .notTaken(expected: "fifteen ports at most, port 53 among them") : nil
  }

  private func redirectPort(_ word: String) -> LoadProblem.Kind? {
    if word.contains(":") { return .notTaken(expected: "a range with a dash") }
    let ends = word.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = ends.compactMap(\.cNumber)
    guard numbers.count == ends.count else { return named(word) }
    if numbers.contains(where: { $0 > 65535 }) || numbers.count > 2 { return refusal }
    return numbers.count == 2 && numbers[0] > numbers[1]
      ? .notTaken(expected: "the lower end first") : nil
  }

  /// A name, `N` or `N-M`; the highest number is the kernel's own "no owner".
  private func owner(_ word: String) -> LoadProblem.Kind? {
    let ends = word.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == ":" }
    let numbers = ends.compactMap(\.cNumber)
    if (1...2).contains(ends.count), numbers.count == ends.count {
      return numbers.contains { $0 >= UInt64(UInt32.max) } ? refusal : nil
    }
    return named(word)
  }

  private func mark(_ word: String) -> LoadProblem.Kind? {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > (sort == .maskedMark ? 1 : 2) { return refusal }
    let fits = parts.allSatisfy { part in
      part.cNumber.map { $0 <= UInt64(UInt32.max) } ?? false
    }
    return fits ? nil : refusal
  }

  private func server(_ word: String, _ family: Family) -> LoadProblem.Kind? {
    if let address = IPAddress(word) { return address.family == family ? nil : refusal }
    if family == .ipv4, word.isOldStyleAddress || word.contains(",") { return nil }
    return named(word)
  }

  private func named(_ word: some StringProtocol) -> LoadProblem.Kind {
    word.isNameLike ? database : refusal
  }
}
