/// Feeds bytes to every reader here and prints what they made of them; for a fuzzer, which looks for
/// traps. Says whether a document that was read is, printed and read again, the same.
public func readsWhatItWrites(_ foreign: UnsafeRawBufferPointer) -> Bool {
  let bytes = Array(foreign)
  enum NoKey: String, CaseIterable { case name, port }
  var lines = JSONLines<NoKey>(bytes)
  while true {
    do throws(DocumentError) {
      guard try lines.next() else { break }
      for field in lines.fields {
        _ = (field.name, try? field.integer(in: 0...65535), try? field.string())
      }
    } catch {
      continue
    }
  }
  var isSame = true
  for case .success(let document) in DocumentStream(bytes) {
    let value = JSONValue(document)
    for printed in [value.json(.compact), value.json(.pretty), value.yaml()] {
      isSame = isSame && (try? Node(reading: printed)).map(JSONValue.init) == value
    }
  }
  return isSame
}
