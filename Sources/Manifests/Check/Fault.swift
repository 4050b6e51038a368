import Findings
import Istio

/// A refused item with its code and the words for it.
struct Fault {
  var code: Code
  var severity: Finding.Severity
  var item: String
  /// To follow the quoted item.
  var message: String

  init(_ refusal: Refusal) {
    severity = .error
    item = refusal.item
    message = "\(refusal.reason); \(refusal.stage)"
    switch refusal.reason {
    case .range(let problem): code = Self.code(of: problem)
    case .port(let problem): code = Self.code(of: problem)
    case .wildcard: code = ManifestCodes.wildcard
    case .interface:
      code = ManifestCodes.badValue
      message += " (checked since Istio 1.30)"
    case .form, .tooManyGroups, .loopback, .unsupported, .load: code = ManifestCodes.badValue
    }
    if refusal.stage == .generator, case .range = refusal.reason {
      message += " (skipped up to Istio 1.26, refused since 1.27)"
    }
  }

  init(_ fault: ConfigFault) {
    switch fault {
    case .refused(let refusal): self.init(refusal)
    case .skipped(_, let item, let problem): self.init(skipped: item, problem)
    case .load(let problem): self.init(problem)
    }
  }

  private init(skipped item: String, _ problem: PrefixProblem) {
    self.item = item
    code = Self.code(of: problem)
    severity = .warning
    message = "\(problem); Istio skips it without a word up to 1.26, and refuses it since 1.27"
  }

  private init(_ problem: LoadProblem) {
    let tool = problem.backend == .iptables ? "iptables-restore" : "nft"
    let consequence =
      problem.isCertain
      ? "\(tool) refuses it, and no rule is loaded" : "elsewhere \(tool) loads none of the rules"
    item = problem.item
    code = Self.code(of: problem)
    // A port by its name is nothing Istio promises to take, and no image of Istio's promises the name.
    let isPort = problem.key == .outboundPortsInclude || problem.key == .outboundPortsExclude
    severity = problem.isCertain || isPort ? .error : .warning
    message = "\(problem.kind); \(consequence)"
  }

  private static func code(of problem: LoadProblem) -> Code {
    let isPort = problem.key == .outboundPortsInclude || problem.key == .outboundPortsExclude
    if isPort {
      if problem.item == "*" { return ManifestCodes.wildcard }
      let ends = problem.item.split(whereSeparator: { $0 == ":" || $0 == "-" })
      let isRange = ends.count == 2 && ends.allSatisfy { UInt16($0) != nil }
      return isRange ? ManifestCodes.portRange : ManifestCodes.badValue
    }
    if case .name = problem.kind { return ManifestCodes.unknownName }
    return ManifestCodes.badValue
  }

  private static func code(of problem: PrefixProblem) -> Code {
    switch problem {
    case .empty: ManifestCodes.emptyItem
    case .wildcard: ManifestCodes.wildcard
    case .noLength: ManifestCodes.bareAddress
    case .space: ManifestCodes.spaces
    case .zone, .leadingZero, .length, .notAnAddress: ManifestCodes.badValue
    }
  }

  private static func code(of problem: PortProblem) -> Code {
    switch problem {
    case .empty: ManifestCodes.emptyItem
    case .range: ManifestCodes.portRange
    case .wildcard: ManifestCodes.wildcard
    case .notAPort: ManifestCodes.badValue
    }
  }
}
