import Addresses
import Ruleset

extension NFTReader {
  /// `{ … }` or `@name`, after the keys or in place of a value.
  mutating func source(_ keys: [NFTType], data: NFTMapData?) throws(ReadError) -> NFTLookup.Source {
    if try cursor.take("@") { return .named(try setName()) }
    guard cursor.isAt("{") else { throw cursor.expected("a set: '{ … }' or '@name'") }
    return .elements(try elements(keys, data: data).map(\.element))
  }

  /// The name of a set the rule asks for, which the table must have in the end.
  mutating func setName() throws(ReadError) -> String {
    let start = cursor.token
    let name = try cursor.name("a set's name")
    draft.sets.append(.init(name: name, place: start))
    return name
  }

  /// `{ 80, 443, 8000-8010 }`, each with its text.
  mutating func elements(
    _ keys: [NFTType], data: NFTMapData?
  ) throws(ReadError) -> [(element: NFTElement, text: String)] {
    var elements: [(element: NFTElement, text: String)] = []
    let opening = cursor.token
    try open("{")
    try cursor.skipNewlines()
    if cursor.isAt("}") { throw cursor.expected("an element") }
    while !cursor.isAt("}") {
      let start = cursor.recordLength
      var element = NFTElement()
      if try !cursor.take("*") { element.key = try tuple(keys) }
      try elementOptions()
      if let data {
        try cursor.expect(":")
        element.data = try self.data(data)
      }
      elements.append((element, cursor.recorded(from: start)))
      try cursor.skipNewlines()
      guard try cursor.take(",") else { break }
      try cursor.skipNewlines()
    }
    try close("}")
    if data != nil, Self.overlap(elements.map(\.element)) {
      throw cursor.error(at: opening, "expected keys that do not overlap in this map")
    }
    return elements
  }

  /// Whether two elements of one key hold the same value.
  private static func overlap(_ elements: [NFTElement]) -> Bool {
    let ranges = elements.compactMap { element -> ClosedRange<UInt128>? in
      guard element.key?.count == 1, case .range(let range)? = element.key?.first else {
        return nil
      }
      return range
    }
    let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
    return zip(sorted, sorted.dropFirst()).contains { $0.upperBound >= $1.lowerBound }
  }

  /// One value for each key, joined by dots.
  mutating func tuple(_ keys: [NFTType]) throws(ReadError) -> [NFTValue] {
    var values: [NFTValue] = []
    for (index, type) in keys.enumerated() {
      if index > 0 { try cursor.expect(".") }
      values.append(try value(of: type))
    }
    return values
  }

  /// `timeout 1h expires 59m2s counter packets 0 bytes 0 comment "…"`.
  private mutating func elementOptions() throws(ReadError) {
    let options = [
      "timeout", "expires", "counter", "comment", "packets", "bytes", "limit", "quota", "ct",
      "last",
    ]
    while cursor.token.kind == .word, options.contains(cursor.text) {
      if cursor.isAt("counter") || cursor.isAt("last") {
        try cursor.advance()
      } else if cursor.isAt("limit") || cursor.isAt("quota") || cursor.isAt("ct") {
        repeat {
          try cursor.advance()
        } while !cursor.isAtEnd && !cursor.isAt(",")
          && !cursor.isAt(":")
      } else {
        try cursor.advance()
        guard cursor.token.kind == .word || cursor.token.kind == .quoted else {
          throw cursor.expected("the option's value")
        }
        try cursor.advance()
      }
    }
  }

  // MARK: - Declarations

  /// The body of `set NAME { … }` or `map NAME { … }`, after its name.
  mutating func setBody(_ kind: NamedSet.Kind, _ name: String) throws(ReadError) -> NFTSet {
    var set = NFTSet(kind, name)
    try open("{")
    while true {
      while cursor.token.kind == .newline || cursor.isAt(";") { try cursor.advance() }
      if cursor.isAt("}") { break }
      cursor.startRecord()
      switch try cursor.word("a line of a \(kind.rawValue): type, flags, elements …") {
      case "type":
        set.keys = try typeNames()
        if kind == .map { try dataTypes(of: &set) }
      case "typeof":
        set.keys = try typesOf()
        if kind == .map { try dataTypes(of: &set) }
      case "flags":
        repeat {
          let flag = try cursor.word("a flag")
          if flag == "timeout" || flag == "dynamic" { set.isDynamic = true }
        } while try cursor.take(",")
      case "elements":
        try cursor.expect("=")
        try add(try elements(set.keys, data: set.mapData), to: &set)
        continue
      case "timeout":
        set.isDynamic = true
        try restOfLine()
      case "gc-interval", "size", "policy", "comment", "counter", "auto-merge", "limit", "quota",
        "last", "ct":
        try restOfLine()
      case let word: throw cursor.expected("a line of a \(kind.rawValue) before '\(word)'")
      }
      set.declaration.append(cursor.recorded)
    }
    try close("}")
    return set
  }

  func add(
    _ elements: [(element: NFTElement, text: String)], to set: inout NFTSet
  ) throws(ReadError) {
    set.elements += elements.map(\.element)
    set.elementTexts += elements.map(\.text)
  }

  private mutating func restOfLine() throws(ReadError) {
    while !cursor.isAtEnd { try cursor.advance() }
  }

  private mutating func typeNames() throws(ReadError) -> [NFTType] {
    var types: [NFTType] = []
    repeat { types.append(NFTType(named: try cursor.word("a type"))) } while try cursor.take(".")
    return types
  }

  private mutating func typesOf() throws(ReadError) -> [NFTType] {
    var types: [NFTType] = []
    repeat { types.append(try selector().type) } while try cursor.take(".")
    return types
  }

  private mutating func dataTypes(of set: inout NFTSet) throws(ReadError) {
    try cursor.expect(":")
    _ = try cursor.take("interval")
    if cursor.isAt("verdict") {
      set.hasVerdicts = true
      return try cursor.advance()
    }
    set.data =
      NFTType(named: cursor.text) == .other(cursor.text) && NFTSelector.isHeader(cursor.text)
      ? try typesOf() : try typeNames()
  }
}

extension NFTSet {
  /// What its elements give; absent for a set.
  var mapData: NFTMapData? {
    guard kind == .map else { return nil }
    if hasVerdicts { return .verdict }
    let isMapping = data.allSatisfy { type in
      switch type {
      case .address, .port: true
      default: false
      }
    }
    return isMapping && !data.isEmpty ? .mapping : .other
  }
}

extension NamedSet.Kind {
  /// The objects that are neither set nor map, by the words that declare them.
  static let objects: [String: NamedSet.Kind] = {
    let others = allCases.filter { $0 != .set && $0 != .map }
    return Dictionary(uniqueKeysWithValues: others.map { ($0.rawValue, $0) } + [("ct", .helper)])
  }()
}
