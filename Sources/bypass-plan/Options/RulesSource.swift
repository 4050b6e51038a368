import ArgumentParser

/// Where rules come from, as users write it after `--rules`, or as OLD and NEW of `diff`.
enum RulesSource: Equatable {
  /// Recognised by content; `-` is standard input.
  case file(String)
  /// A pair of iptables-save files; either may be absent.
  case save(ipv4: String?, ipv6: String?)
  case manifest(file: String, object: String)
  /// The name of a namespace, a path, or `self`.
  case namespace(String)
  case process(Int32)
  case pod(namespace: String, name: String)
}

extension RulesSource: ExpressibleByArgument {
  init?(argument: String) {
    let (scheme, rest) = Self.split(argument)
    switch scheme {
    case "save":
      let parts = rest.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts.contains(where: { !$0.isEmpty }) else { return nil }
      let files = parts.map { $0.isEmpty ? nil : String($0) }
      self = .save(ipv4: files[0], ipv6: files[1])
    case "manifest":
      guard let hash = rest.lastIndex(of: "#"), hash != rest.startIndex else { return nil }
      let object = rest[hash...].dropFirst()
      guard object.split(separator: "/", omittingEmptySubsequences: false).count == 2 else {
        return nil
      }
      self = .manifest(file: String(rest[..<hash]), object: String(object))
    case "netns":
      guard !rest.isEmpty else { return nil }
      self = .namespace(String(rest))
    case "pid":
      guard let pid = Int32(rest), pid > 0 else { return nil }
      self = .process(pid)
    case "pod":
      let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
      self = .pod(namespace: String(parts[0]), name: String(parts[1]))
    default:
      guard !argument.isEmpty else { return nil }
      self = .file(argument)
    }
  }

  private static let schemes = ["save", "manifest", "netns", "pid", "pod"]

  private static func split(_ argument: String) -> (scheme: Substring, rest: Substring) {
    guard let colon = argument.firstIndex(of: ":"),
      schemes.contains(String(argument[..<colon]))
    else { return ("", argument[...]) }
    return (argument[..<colon], argument[argument.index(after: colon)...])
  }
}
