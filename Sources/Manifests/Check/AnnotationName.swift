import Documents
import Istio

/// What the name of an annotation is to traffic capture.
enum AnnotationName: Hashable {
  case setting(TrafficSetting)
  /// Not capture's, and read from the pod only as well.
  case ofPods
  /// Nobody's, and so near one of capture's that it must be meant.
  case misspelt(nearest: String?)
  case unrelated

  init(_ name: String) {
    if let setting = TrafficSetting(annotation: name) {
      self = .setting(setting)
    } else if Self.podAnnotations.contains(name) || CheckedAnnotation(rawValue: name) != nil {
      self = .ofPods
    } else if name.hasPrefix(Self.prefix) {
      self = .misspelt(nearest: Self.nearest(to: name.dropFirst(Self.prefix.count)))
    } else if let slash = name.lastIndex(of: "/") {
      let domain = String(name[..<slash])
      let isIstio = domain.contains("istio") || domain.nearest(among: [String(Self.prefix)]) != nil
      let nearest = isIstio ? Self.nearest(to: name[slash...].dropFirst()) : nil
      self = nearest.map { .misspelt(nearest: $0) } ?? .unrelated
    } else {
      self = Self.nearest(to: name[...]).map { .misspelt(nearest: $0) } ?? .unrelated
    }
  }

  private static let prefix = "traffic.sidecar.istio.io/"

  private static let podAnnotations: Set<String> = [
    Workload.proxyConfigAnnotation, Injection.key, "inject.istio.io/templates",
    "sidecar.istio.io/nativeSidecar",
  ]

  /// The setting whose name, without its prefix, a slip of the keyboard makes into this.
  private static func nearest(to name: Substring) -> String? {
    let settings = TrafficSetting.allCases.filter { $0 != .statusPort }
    let names = settings.map { setting in
      String(setting.annotation.split(separator: "/").last ?? "")
    }
    if let index = index(of: name, among: names, settings) { return settings[index].annotation }
    guard let nearest = String(name).nearest(among: names),
      let index = names.firstIndex(of: nearest)
    else { return nil }
    return settings[index].annotation
  }

  /// The one name that this begins, `excludeOutboundIPs`, or that the chart's values call so,
  /// `excludeIPRanges`: nearer than any slip.
  private static func index(
    of name: Substring, among names: [String], _ settings: [TrafficSetting]
  ) -> Int? {
    let stem = name.hasSuffix("s") ? name.dropLast() : name
    let begun = names.indices.filter { names[$0].hasPrefix(stem) }
    if begun.count == 1, stem.count > 10 { return begun[0] }
    return settings.firstIndex { $0.helmPath?.split(separator: ".").last == name }
  }
}
