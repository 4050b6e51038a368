/// A setting that some stage on the way from the manifest to the kernel does not take.
public struct Refusal: Error, Hashable, Sendable {
  /// The three readers of a setting, and the tool that loads the rules.
  public enum Stage: Hashable, Sendable {
    /// Checks annotations when the pod is created; a refusal denies the pod.
    case webhook
    /// Checks the pod's annotations when its sandbox is set up; a refusal keeps the pod from starting.
    case cniPlugin
    /// istio-iptables itself; a refusal programs nothing and fails the init container.
    case generator
    /// iptables-restore or nft; a refusal loads none of the rules.
    case tool(Backend)
  }

  public enum Reason: Hashable, Sendable {
    case range(PrefixProblem)
    /// `*` where it is not taken; what says the same.
    case wildcard(instead: String)
    case port(PortProblem)
    /// Not of the form the stage takes.
    case form(SettingGrammar)
    case interface
    case tooManyGroups(Int)
    case loopback
    case unsupported(String)
    case load(LoadProblem.Kind)
  }

  public var stage: Stage
  /// The setting as its user knows it: an annotation's name or a config's key.
  public var setting: String
  public var value: String
  public var item: String
  /// Where the refused item starts in the value, in characters from 0.
  public var offset: Int
  public var reason: Reason
}

extension Refusal {
  init(
    by stage: Stage, _ key: CaptureKey, value: String, item: ListItem? = nil, because reason: Reason
  ) {
    self.init(by: stage, key.rawValue, value: value, item: item, because: reason)
  }

  init(
    by stage: Stage, _ setting: String, value: String, item: ListItem? = nil,
    because reason: Reason
  ) {
    self.init(
      stage: stage, setting: setting, value: value, item: item.map { String($0.text) } ?? value,
      offset: item?.offset ?? 0, reason: reason)
  }
}

extension Refusal: CustomStringConvertible {
  /// `SETTING: 'ITEM' at character N of 'VALUE' WHAT IS WRONG (STAGE)`.
  public var description: String {
    let place = item == value ? "" : " at character \(offset + 1) of '\(value)'"
    return "\(setting): '\(item)'\(place) \(reason) (\(stage))"
  }
}

extension Refusal.Stage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .webhook: "refused by the injection webhook: the pod is not created"
    case .cniPlugin: "refused by the CNI plugin: the pod does not start"
    case .generator: "refused by Istio's rule generator: no rule is written"
    case .tool(.iptables): "refused by iptables-restore: no rule is loaded"
    case .tool(.nftables): "refused by nft: no rule is loaded"
    }
  }
}

extension Refusal.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .range(let problem): "\(problem)"
    case .wildcard(let instead): "is not taken here; write \(instead)"
    case .port(let problem): "\(problem)"
    case .form(let grammar): "is not taken; expected \(grammar)"
    case .interface:
      "is no interface name; expected a letter, then letters, digits, '_', '.' or '-', 15 at most"
    case .tooManyGroups(let count): "lists \(count) groups; expected 64 at most"
    case .loopback: "is no IPv4 loopback range; expected one such as 127.0.0.0/8, length 8 to 32"
    case .unsupported(let text): text
    case .load(let kind): "\(kind)"
    }
  }
}
