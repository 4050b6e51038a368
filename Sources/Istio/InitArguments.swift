public import Addresses

/// What the command line of a pod's istio-init, or of its istio-validation, says: the truth about the
/// pod, whatever its annotations say by now.
///
/// Models the flags of tools/istio-iptables/pkg/cmd/root.go, read by spf13/pflag; a flag beats the
/// variable of the same setting.
public struct InitArguments: Hashable, Sendable {
  public var config: CaptureConfig
  public var backend: Backend
  /// istio-validation: it checks that some rule redirects, and the CNI plugin writes the rules.
  public var onlyValidates: Bool

  /// What is no command line of istio-iptables.
  public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which argument, counted from 0.
    public var index: Int
    public var description: String
  }

  /// - Parameters:
  ///   - arguments: With `istio-iptables` in front or not.
  ///   - families: Of the pod's addresses, in their order.
  ///   - nameServers: Of the pod's resolv.conf.
  public init(
    _ arguments: [String], environment: [String: String] = [:], families: [Family] = [],
    nameServers: [IPAddress] = []
  ) throws(UsageError) {
    let given = try Self.flags(arguments)
    var config = CaptureConfig()
    for flag in InitFlag.texts {
      guard case .text(let path) = flag.key.slot else { continue }
      if let text = flag.value(given, environment) { config[keyPath: path] = text }
    }
    for flag in InitFlag.switches {
      guard case .flag(let path) = flag.key.slot else { continue }
      config[keyPath: path] = flag.value(given, environment).flatMap(GoText.flag) ?? false
    }
    if InitFlag.texts.first(where: { $0.key == .proxyGID })?.value(given, environment) == nil {
      config.proxyGID = config.proxyUID
    }
    func isOn(_ long: String, _ variables: String...) -> Bool {
      (given[long] ?? variables.lazy.compactMap { environment[$0] }.first).flatMap(GoText.flag)
        == true
    }
    let dualStack = isOn("dual-stack", "ISTIO_DUAL_STACK", "DUAL_STACK")
    config.enableIPv6 = dualStack ? families.contains(.ipv6) : families.first == .ipv6
    if config.redirectDNS, !config.captureAllDNS {
      config.dnsServersV4 = nameServers.filter { $0.family == .ipv4 }.map(\.description)
      config.dnsServersV6 = nameServers.filter { $0.family == .ipv6 }.map(\.description)
    }
    self.config = config
    backend = isOn("native-nftables", "NATIVE_NFTABLES") ? .nftables : .iptables
    onlyValidates = isOn("skip-rule-apply", "SKIP_RULE_APPLY")
  }

  /// Flags by their long name; the last of several counts.
  private static func flags(_ arguments: [String]) throws(UsageError) -> [String: String] {
    var given: [String: String] = [:]
    var index = arguments.first == "istio-iptables" ? 1 : 0
    while index < arguments.count {
      let word = arguments[index]
      let (name, joined) = try parts(of: word, at: index)
      if let joined {
        given[name] = joined
      } else if !takesValue(name) {
        given[name] = "true"
      } else {
        index += 1
        guard index < arguments.count else {
          throw UsageError(index: index - 1, description: "'\(word)' needs a value after it")
        }
        given[name] = arguments[index]
      }
      index += 1
    }
    return given
  }

  /// The long name of the flag and the value in the same word, as `-p15001` and `--envoy-port=15001`
  /// have it.
  private static func parts(of word: String, at index: Int) throws(UsageError) -> (String, String?)
  {
    let isLong = word.hasPrefix("--")
    guard word.hasPrefix("-"), word.utf8.count > (isLong ? 2 : 1) else {
      throw UsageError(
        index: index, description: "'\(word)' is no flag; expected the flags of istio-iptables")
    }
    if isLong {
      let halves = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(halves[0]), halves.count == 2 ? String(halves[1]) : nil)
    }
    let letter = word[word.index(after: word.startIndex)]
    let rest = word.dropFirst(2)
    guard let long = InitFlag.texts.first(where: { $0.short == letter })?.long else {
      if letter == "n" { return ("dry-run", rest.isEmpty ? nil : String(rest.dropFirst())) }
      throw UsageError(
        index: index, description: "'\(word)' is no flag of istio-iptables")
    }
    let value = rest.first == "=" ? rest.dropFirst() : rest
    return (long, rest.isEmpty ? nil : String(value))
  }

  /// A flag of neither kind is taken for a switch, as nearly all flags without a setting are.
  private static func takesValue(_ long: String) -> Bool {
    valued.contains(long) || InitFlag.texts.contains { $0.long == long }
  }

  private static let valued: Set<String> = [
    "probe-timeout", "iptables-probe-port", "iptables-version", "network-namespace",
    "force-iptables-binary", "log_output_level", "log_target", "log_caller", "log_rotate",
    "log_rotate_max_age", "log_rotate_max_backups", "log_rotate_max_size", "log_stacktrace_level",
    "vklog",
  ]
}

extension InitFlag {
  fileprivate func value(_ given: [String: String], _ environment: [String: String]) -> String? {
    if let long, let text = given[long] { return text }
    return variables.lazy.compactMap { environment[$0] }.first
  }
}
