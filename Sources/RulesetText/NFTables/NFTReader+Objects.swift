import Addresses
import Ruleset

/// Commands on sets, maps, their elements and the objects that rules name.
extension NFTReader {
  mutating func setCommand(
    _ action: NFTAction, _ kind: NamedSet.Kind
  ) throws(ReadError) {
    let table = try table()
    let start = cursor.token
    let name = try cursor.name("a set's name")
    switch action {
    case .add, .create:
      let known = transaction[table].sets[name]
      if action == .create, known != nil {
        throw cursor.error(at: start, "expected a new set, '\(name)' is there already")
      }
      var set = try setBody(kind, name)
      if let known {
        set.elements = known.elements + set.elements
        set.elementTexts = known.elementTexts + set.elementTexts
      }
      transaction[table].add(set)
    case .delete, .destroy: transaction[table].deleteSet(name)
    case .flush:
      transaction[table].sets[name]?.elements.removeAll()
      transaction[table].sets[name]?.elementTexts.removeAll()
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for a set")
    }
  }

  mutating func elementCommand(_ action: NFTAction) throws(ReadError) {
    let table = try table()
    let start = cursor.token
    let name = try cursor.name("a set's name")
    guard var set = transaction[table].sets[name] else {
      throw cursor.error(at: start, "expected a set this script has made, found '\(name)'")
    }
    cursor.startRecord()
    switch action {
    case .add, .create: try add(try elements(set.keys, data: set.mapData), to: &set)
    case .delete, .destroy:
      for gone in try elements(set.keys, data: nil) {
        guard let place = set.elements.firstIndex(where: { $0.key == gone.element.key }) else {
          if action == .destroy { continue }
          throw cursor.error(at: start, "expected an element of '\(name)', found '\(gone.text)'")
        }
        set.elements.remove(at: place)
        set.elementTexts.remove(at: place)
      }
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for elements")
    }
    transaction[table].add(set)
  }

  /// `add counter inet t c`, `delete flowtable …`: objects that rules name and this model keeps as
  /// text.
  mutating func objectCommand(_ action: NFTAction) throws(ReadError) {
    let kind = try objectKind()
    let table = try table()
    let name = try cursor.name("an object's name")
    switch action {
    case .add, .create: try object(kind, name, in: table)
    case .delete, .destroy: transaction[table].deleteSet(name)
    default: while !cursor.isAtEnd { try cursor.advance() }
    }
  }

  mutating func object(in table: Int) throws(ReadError) {
    let kind = try objectKind()
    try object(kind, try cursor.name("an object's name"), in: table)
  }

  mutating func objectKind() throws(ReadError) -> NamedSet.Kind {
    if try cursor.take("ct") {
      guard let kind = NamedSet.Kind.objects["ct \(cursor.text)"] else {
        throw cursor.expected("'helper', 'timeout' or 'expectation'")
      }
      try cursor.advance()
      return kind
    }
    guard let kind = NamedSet.Kind.objects[cursor.text] else { throw cursor.expected("an object") }
    try cursor.advance()
    return kind
  }

  mutating func object(
    _ kind: NamedSet.Kind, _ name: String, in table: Int
  ) throws(ReadError) {
    var set = NFTSet(kind, name)
    if cursor.isAt("{") {
      try cursor.expect("{")
      while true {
        while cursor.token.kind == .newline || cursor.isAt(";") { try cursor.advance() }
        if try cursor.take("}") { break }
        cursor.startRecord()
        while !cursor.isAtEnd { try skipPart() }
        set.declaration.append(cursor.recorded)
        if cursor.token.kind == .end { throw cursor.expected("'}'") }
      }
    } else {
      cursor.startRecord()
      while !cursor.isAtEnd { try cursor.advance() }
      if !cursor.recorded.isEmpty { set.declaration.append(cursor.recorded) }
    }
    transaction[table].add(set)
  }
}
