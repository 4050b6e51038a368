/// Something a command has to say about what it was given: a caution of a plan, a fault in a
/// manifest, a drift of a live pod.
public struct Finding: Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
    /// Price and remarks, and whatever holds for every exclusion.
    case info
    /// It does not do what its name says.
    case warning
    /// Some stage refuses it, or it cannot work.
    case error

    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public var code: Code
  public var severity: Severity
  /// One or two sentences about this very case.
  public var message: String
  /// What to do; the exact replacement where it is certain.
  public var fix: String?
  /// The file's name and place, where there is one.
  public var location: Location?
  /// `Kind/name`, or a pod.
  public var object: String?
  public var related: [Location]

  public init(
    _ code: Code, _ message: String, severity: Severity? = nil, fix: String? = nil,
    location: Location? = nil, object: String? = nil, related: [Location] = []
  ) {
    self.code = code
    self.severity = severity ?? code.severity
    self.message = message
    self.fix = fix
    self.location = location
    self.object = object
    self.related = related
  }

  /// The same, for what is found at a place of a file.
  public init(
    _ code: Code, _ severity: Severity? = nil, at location: Location, _ message: String,
    fix: String? = nil, object: String? = nil, related: [Location] = []
  ) {
    self.init(
      code, message, severity: severity, fix: fix, location: location, object: object,
      related: related)
  }
}

/// A place in a file.
public struct Location: Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// From 1.
  public var line: Int
  /// From 1.
  public var column: Int

  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String { "\(file):\(line):\(column)" }
}
