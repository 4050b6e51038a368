public import Addresses

/// What Istio hands to the kernel's tool for a config: the exact lines, and what each is there for.
public struct CaptureRules: Hashable, Sendable {
  /// One line of the text.
  public struct Line: Hashable, Sendable {
    public var text: String
    /// The rule the line adds; nil for a line that opens, closes or creates something.
    public var rule: CaptureRule?
    /// The family it is programmed for; nil where one line serves both.
    public var family: Family?
  }

  public let version: IstioVersion
  public let backend: Backend
  /// iptables: all of IPv4, then all of IPv6. nftables: table by table.
  public let lines: [Line]
  /// What the generator says on its way.
  public let notices: [Notice]
  /// What the tool will refuse when it loads the text, in order of lines.
  public let loadProblems: [LoadProblem]

  /// The rules of `version` for `config`.
  ///
  /// Throws what that version's generator refuses, and native nftables before 1.27. Ports, owners
  /// and interfaces are not checked, for Istio does not: see `loadProblems`.
  public init(
    for config: CaptureConfig, version: IstioVersion = .newest, backend: Backend = .iptables
  ) throws(Refusal) {
    try version.validate(backend)
    let program = try CaptureProgram(config, version: version)
    self.version = version
    self.backend = backend
    lines =
      switch backend {
      case .iptables: IPTablesScript(program).lines
      case .nftables: NftScript(program).lines
      }
    notices = Notice.all(of: program)
    loadProblems = LoadProblem.all(in: lines, of: backend)
  }

  /// The bytes of `-o restore` and `-o nft`: every line ends in a newline.
  public var text: String {
    lines.map { $0.text + "\n" }.joined()
  }

  /// What the rule on a line of `text` is there for; lines are counted from 1.
  public func purpose(ofLine number: Int) -> RulePurpose? {
    lines.indices.contains(number - 1) ? lines[number - 1].rule?.purpose : nil
  }
}

extension IstioVersion {
  /// Refuses native nftables before 1.27, the first that can write it.
  public func validate(_ backend: Backend) throws(Refusal) {
    guard backend == .nftables, !has(.nativeNftables) else { return }
    throw Refusal(
      by: .generator, "backend", value: backend.rawValue,
      because: .unsupported("needs Istio 1.27 or newer; \(self) knows iptables only"))
  }
}
