import Addresses
import ArgumentParser
import Documents
import Planning

/// The servers a command speaks of.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A server of your own (repeatable).", valueName: "[name=]address:port"))
  var endpoint: [String] = []

  @Option(help: ArgumentHelp("Your servers: a file of kind Inventory.", valueName: "file"))
  var inventory: String?

  var areGiven: Bool { inventory != nil || !endpoint.isEmpty }

  /// Those given, or else the catalogue of middleware.
  func endpoints() throws -> [Endpoint] {
    var endpoints: [Endpoint] = []
    if let inventory { endpoints += try Inventory(file: inventory).endpoints }
    for text in endpoint {
      do {
        endpoints.append(try Endpoint(argument: text))
      } catch {
        throw UnusableInput("--endpoint \(error)")
      }
    }
    for endpoint in endpoints {
      if let why = endpoint.prefixes.lazy.compactMap(\.whyMappedIsRefused).first {
        throw UnusableInput("endpoint '\(endpoint.name)': \(why)")
      }
    }
    return areGiven ? endpoints : Middleware.catalogue.map(Endpoint.init)
  }
}

extension Inventory {
  init(file path: String) throws {
    do {
      try self.init(Node(reading: Files.read(path)))
    } catch let error as DocumentError {
      throw error.located(in: Files.name(of: path))
    }
  }
}
