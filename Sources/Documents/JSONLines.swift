/// Reads JSON Lines whose lines are flat objects, fast: no node tree, no string for a known key.
///
/// `Key` lists the keys that have a meaning:
///
///     enum ProbeKey: String, CaseIterable { case proto, dport }
///     var lines = JSONLines<ProbeKey>(bytes)
///     while try lines.next() {
///       for field in lines.fields {
///         switch lines.key(of: field) {
///         case .dport?: port = try field.integer(in: 0...65535)
///         …
///
/// As strict as `Node(readingJSON:)`, but for keys given twice inside a value that is itself an object:
/// such a value is checked for syntax only and can be had as its text. A blank line is passed over.
/// After an error the next call goes on with the next line.
///
/// Only the keys are generic, and inlined; the reading is `FlatObjects`.
public struct JSONLines<Key: RawRepresentable<String> & CaseIterable> {
  @usableFromInline var objects: FlatObjects
  @usableFromInline let keys: [Key]

  @inlinable
  public init(_ bytes: [UInt8], limits: DocumentLimits = DocumentLimits()) {
    keys = Array(Key.allCases)
    objects = FlatObjects(bytes, keys: keys.map(\.rawValue), limits: limits)
  }

  /// Goes to the next line that is not blank; false at the end of the text.
  @inlinable
  public mutating func next() throws(DocumentError) -> Bool { try objects.next() }

  /// The fields of the line at hand, in its order.
  @inlinable public var fields: [JSONField] { objects.fields }

  /// Nil for a key that `Key` does not list; see `JSONField.name`.
  @inlinable
  public func key(of field: JSONField) -> Key? { field.key < 0 ? nil : keys[field.key] }

  /// The number of the line at hand, from 1.
  @inlinable public var line: Int { objects.line }

  /// The bytes of the line at hand, without its line end.
  @inlinable public var text: ArraySlice<UInt8> { objects.text }
}
