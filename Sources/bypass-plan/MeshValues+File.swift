import Documents
import Istio

extension MeshValues {
  /// Of a file the user named; a key that looks like a slip of one that is read is warned of.
  init(file path: String) throws {
    let name = Files.name(of: path)
    do {
      let document = try Node(reading: Files.read(path))
      try self.init(document)
      for miss in Self.nearMisses(in: document) {
        Output.warn("\(name):\(miss.mark): warning: \(miss.message)")
      }
    } catch let error as DocumentError {
      throw error.located(in: name)
    }
  }
}
