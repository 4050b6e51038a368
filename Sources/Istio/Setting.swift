/// The value a setting has in the end, and who gave it.
public struct Setting: Hashable, Sendable {
  public enum Origin: Hashable, Sendable {
    case annotation
    /// A value of the chart, set by the mesh's operator.
    case mesh
    /// The chart's own value.
    case istio
    /// The CNI plugin's own value.
    case cniPlugin
  }

  /// A value that does not count, because the annotation took its place: nothing is ever merged.
  public struct Replaced: Hashable, Sendable {
    public var text: String
    public var origin: Origin
  }

  public let setting: TrafficSetting
  public var text: String
  public var origin: Origin
  /// What would have held without the annotation, where it says something else.
  public var replaced: Replaced?

  /// As its giver knows it: the annotation's name or the path in the chart's values.
  public var source: String {
    switch origin {
    case .annotation: setting.annotation
    case .mesh, .istio: setting.helmPath ?? setting.annotation
    case .cniPlugin: "the CNI plugin's default"
    }
  }

  /// The replaced list followed by what this one adds: what to write to keep both.
  ///
  /// nil where nothing was replaced, or where a list cannot be added to, such as `*`.
  public var merged: String? {
    guard let replaced, setting.isList, replaced.text != "*", text != "*" else { return nil }
    var items: [String] = []
    for item in ListItem.kept(of: replaced.text) + ListItem.kept(of: text) {
      let word = String(item.text.trimmed)
      if !items.contains(word) { items.append(word) }
    }
    return items.joined(separator: ",")
  }
}
