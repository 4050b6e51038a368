extension CaptureConfig {
  /// The items of a comma list, as the generator splits it.
  func items(of path: KeyPath<CaptureConfig, String>) -> [String] {
    ListItem.kept(of: self[keyPath: path]).map { String($0.text) }
  }

  /// Without the item of a list that was refused; nil where it stands in none.
  public func dropping(_ refusal: Refusal) -> CaptureConfig? {
    guard let key = CaptureKey(rawValue: refusal.setting), case .text(let path) = key.slot else {
      return nil
    }
    let items = ListItem.all(of: self[keyPath: path]).map(\.text)
    let rest = items.filter { $0 != refusal.item }
    guard rest.count < items.count else { return nil }
    var config = self
    config[keyPath: path] = rest.joined(separator: ",")
    return config
  }

  /// Whose traffic is captured, by the group of the socket's owner.
  enum OwnerGroups: Hashable {
    case allBut([String])
    case only([String])
  }

  /// Models `ParseInterceptFilter` of tools/common/config/types.go.
  var ownerGroups: OwnerGroups {
    ownerGroupsInclude == "*"
      ? .allBut(items(of: \.ownerGroupsExclude)) : .only(items(of: \.ownerGroupsInclude))
  }

  /// DNS capture is limited to listed servers, and none is listed.
  public var capturesNoDNSServer: Bool {
    !captureAllDNS && dnsServersV4.isEmpty && dnsServersV6.isEmpty
  }
}
