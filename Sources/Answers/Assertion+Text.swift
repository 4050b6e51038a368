import Addresses
import Probes
import Ruleset

extension Assertion {
  /// Reads `FATE: [PREFIX…] [tcp|udp|…] [PORT|PORT-PORT,…] [uid N] [gid N]`.
  public init(_ text: some StringProtocol) throws(AssertionError) {
    var words = Words(text)
    let first = words.next() ?? Words.Word(text: "", column: 1)
    guard first.text.last == ":", let fate = Fate(rawValue: String(first.text.dropLast())) else {
      throw AssertionError(reason: .noFate(first.text), column: first.column)
    }
    self.init(text: words.trimmed, fate: fate)
    var portsColumn = 1
    while let word = words.next() {
      if word.text.first?.isNumber == true, !word.text.contains(where: { ".:/".contains($0) }) {
        try once(ports, "the list of ports", word)
        ports = try Self.ports(word)
        portsColumn = word.column
      } else if let prefix = Prefix(word.text) ?? IPAddress(word.text).map({ Prefix($0) }) {
        if let why = prefix.whyMappedIsRefused {
          throw AssertionError(reason: .mapped(why: why), column: word.column)
        }
        destinations.append(prefix)
      } else if word.text == "uid" {
        try once(uid, "the uid", word)
        uid = try Self.number(after: word, in: &words)
      } else if word.text == "gid" {
        try once(gid, "the gid", word)
        gid = try Self.number(after: word, in: &words)
      } else if let known = TransportProtocol(word: word.text) {
        try once(transport, "the protocol", word)
        transport = known
      } else {
        throw AssertionError(reason: .notUnderstood(word.text), column: word.column)
      }
    }
    if let transport, ports != nil, !transport.hasPorts {
      throw AssertionError(reason: .portsWithout("\(transport)"), column: portsColumn)
    }
  }

  private func once<Value>(
    _ value: Value?, _ what: String, _ word: Words.Word
  ) throws(AssertionError) {
    if value != nil { throw AssertionError(reason: .twice(what), column: word.column) }
  }

  private static func number(
    after word: Words.Word, in words: inout Words
  ) throws(AssertionError) -> UInt32 {
    guard let next = words.next() else {
      throw AssertionError(
        reason: .notAnID(of: word.text, ""), column: word.column + word.text.count)
    }
    guard let number = UInt32(next.text) else {
      throw AssertionError(reason: .notAnID(of: word.text, next.text), column: next.column)
    }
    return number
  }

  private static func ports(_ word: Words.Word) throws(AssertionError) -> IntervalSet {
    var intervals: [IntervalSet.Interval] = []
    var column = word.column
    for item in word.text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
      guard ends.count <= 2, let low = ends[0], let high = ends[ends.count - 1], low <= high else {
        throw AssertionError(reason: .notAPort(String(item)), column: column)
      }
      intervals.append(UInt128(low)...UInt128(high))
      column += item.count + 1
    }
    return IntervalSet(intervals)
  }
}

/// Words between blanks, each with its column.
private struct Words {
  struct Word {
    var text: String
    /// From 1.
    var column: Int
  }

  private let characters: [Character]
  private var place = 0

  init(_ text: some StringProtocol) { characters = Array(text) }

  var trimmed: String {
    let start = characters.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }

  mutating func next() -> Word? {
    while place < characters.count, characters[place].isWhitespace { place += 1 }
    guard place < characters.count else { return nil }
    let start = place
    while place < characters.count, !characters[place].isWhitespace { place += 1 }
    return Word(text: String(characters[start..<place]), column: start + 1)
  }
}
