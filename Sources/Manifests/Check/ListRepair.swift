import Addresses
import Istio

extension TrafficSetting {
  /// The same list as every stage takes it, where what was meant is certain; nil where it is not, or
  /// where nothing is wrong with it.
  func repaired(_ value: String) -> String? {
    guard isList else { return nil }
    if value == "*" {
      return self == .excludeOutboundIPRanges ? "0.0.0.0/0,::/0" : nil
    }
    var items: [String] = []
    for word in ListWords(value).words where !word.text.isEmpty {
      guard let repaired = repairedItem(word.text) else { return nil }
      for item in repaired where !items.contains(item) { items.append(item) }
    }
    let list = items.joined(separator: ",")
    return list == value || list.isEmpty || !isTaken(list) ? nil : list
  }

  private func repairedItem(_ item: String) -> [String]? {
    switch self {
    case .includeOutboundIPRanges, .excludeOutboundIPRanges:
      if Prefix(item) != nil { return [item] }
      return IPAddress(item).map { ["\(Prefix($0))"] }
    case .includeOutboundPorts, .excludeOutboundPorts, .includeInboundPorts, .excludeInboundPorts:
      if UInt16(item) != nil { return [item] }
      let ends = item.split(whereSeparator: { $0 == ":" || $0 == "-" })
      guard ends.count == 2, let first = UInt16(ends[0]), let last = UInt16(ends[1]),
        first <= last, last - first < 64
      else { return nil }
      return (first...last).map { "\($0)" }
    default: return [item]
    }
  }
}
