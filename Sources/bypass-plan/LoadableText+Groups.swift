import Testbed

extension LoadableText {
  /// The same with numbers for these groups' names: the kernel's tools do not know a name that only the
  /// user gave a number.
  func numbering(_ groups: [GroupNumber]) -> LoadableText {
    let numbers = Dictionary(groups.map { ($0.name, $0.number) }, uniquingKeysWith: { $1 })
    func numbered(_ text: [UInt8]) -> [UInt8] {
      let lines = String(decoding: text, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      let written = lines.map { line in
        var words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for place in words.indices where words[..<place].endsInGroupMatch {
          if let number = numbers[words[place]] { words[place] = "\(number)" }
        }
        return words.joined(separator: " ")
      }
      return Array(written.joined(separator: "\n").utf8)
    }
    return LoadableText(
      ipv4: ipv4.map(numbered), ipv6: ipv6.map(numbered), nft: nft.map(numbered))
  }
}

extension ArraySlice<String> {
  /// Whether a group comes next, in iptables' words or in nft's.
  fileprivate var endsInGroupMatch: Bool {
    last == "--gid-owner" || last == "skgid" || suffix(2) == ["skgid", "!="]
  }
}
