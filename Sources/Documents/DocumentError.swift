/// Why a text, or a value in it, cannot be used, and where.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    /// The text is no YAML or no JSON.
    case syntax(String)
    /// A value of another kind, or out of range.
    case expected(String, found: String)
    case missingKey(String)
    case unknownKey(String, nearest: String?)
    case duplicateKey(String, first: Mark)
    /// The text asks for more than this program gives to any text.
    case limit(String)
  }

  public var reason: Reason
  public var mark: Mark
  /// As the user named it; nil until whoever read the file says so.
  public var file: String?

  public init(_ reason: Reason, at mark: Mark, file: String? = nil) {
    self.reason = reason
    self.mark = mark
    self.file = file
  }

  /// The same error, said of `file`.
  public func located(in file: String) -> Self { Self(reason, at: mark, file: file) }

  public var message: String {
    switch reason {
    case .syntax(let problem): problem
    case .expected(let wanted, let found): "expected \(wanted), found \(found)"
    case .missingKey(let key): "expected the key '\(key.excerpt)', which is missing"
    case .unknownKey(let key, let nearest?):
      "unknown key '\(key.excerpt)'; did you mean '\(nearest)'?"
    case .unknownKey(let key, nil): "unknown key '\(key.excerpt)'"
    case .duplicateKey(let key, let first): "the key '\(key.excerpt)' stands already at \(first)"
    case .limit(let limit): limit
    }
  }

  /// `file:line:column: message`, which editors and CI logs make a link of.
  public var description: String {
    (file.map { "\($0):" } ?? "") + "\(mark): \(message)"
  }
}

/// What one document may ask for. Far above every real manifest, far below harm.
public struct DocumentLimits: Hashable, Sendable {
  /// Collections inside each other.
  public var depth: Int
  /// Nodes that a document may reach through aliases beyond those written out ("billion laughs");
  /// a long text counts once per 64 bytes.
  public var aliasedNodes: Int

  public init(depth: Int = 200, aliasedNodes: Int = 250_000) {
    self.depth = depth
    self.aliasedNodes = aliasedNodes
  }
}
