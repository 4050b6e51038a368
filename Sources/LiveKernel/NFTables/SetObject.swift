import Addresses
import Ruleset

/// A set or map of nf_tables with its elements, as the kernel keeps them.
struct SetObject {
  struct Element {
    var key: [UInt8]
    /// The last key of a range, for concatenations.
    var keyEnd: [UInt8]?
    /// The first key that is no more in the range before it (`NFT_SET_ELEM_INTERVAL_END`).
    var isEnd = false
    /// For keys that no other element has (`NFT_SET_ELEM_CATCHALL`).
    var isCatchAll = false
    var data: [UInt8]?
    var verdict: Verdict?
  }

  var name: String
  var flags: UInt32
  var keyType: UInt32
  var keyLength: Int
  var dataType: UInt32
  var elements: [Element] = []

  var isAnonymous: Bool { flags & 0x1 != 0 }
  var isInterval: Bool { flags & 0x4 != 0 }
  var isMap: Bool { flags & 0x8 != 0 }
  /// Rules add elements, or they run out (`NFT_SET_EVAL`, `NFT_SET_TIMEOUT`): what is in it now says
  /// nothing of the next packet.
  var isDynamic: Bool { flags & 0x30 != 0 }
}

/// An element as numbers: for each part of the key, in the key's order, what lies in its range.
struct KeyRange {
  var parts: [IntervalSet.Interval]
  var element: SetObject.Element
}

extension SetObject {
  /// The elements in ascending order, the catch-all last and without parts; nil where a key does
  /// not fit `loads`.
  ///
  /// A set of intervals lists starts and ends as elements of their own, an end being the first key
  /// behind; an interval without an end reaches to the top.
  func ranges(for loads: [Load]) -> [KeyRange]? {
    var ranges: [KeyRange] = []
    var starts: [UInt128] = []
    if isInterval, loads.count == 1, let load = loads.first {
      guard load.isOrdered else { return nil }
      for element in elements where !element.isCatchAll {
        guard let start = number(element.key, load) else { return nil }
        starts.append(start)
      }
      starts.sort()
    }
    for element in elements where !element.isEnd && !element.isCatchAll {
      guard var parts = parts(element.key, loads) else { return nil }
      if let keyEnd = element.keyEnd {
        guard let ends = self.parts(keyEnd, loads) else { return nil }
        for index in parts.indices {
          let (low, high) = (parts[index].lowerBound, ends[index].lowerBound)
          guard low <= high, low == high || loads[index].isOrdered else { return nil }
          parts[index] = low...high
        }
      } else if !starts.isEmpty, let load = loads.first {
        let low = parts[0].lowerBound
        let next = starts.firstIndex { $0 > low }.map { starts[$0] - 1 }
        parts[0] = low...(next ?? UInt128.ones(8 * load.width))
      }
      ranges.append(KeyRange(parts: parts, element: element))
    }
    ranges.sort { $0.parts.map(\.lowerBound).lexicographicallyPrecedes($1.parts.map(\.lowerBound)) }
    ranges += elements.filter(\.isCatchAll).map { KeyRange(parts: [], element: $0) }
    return ranges
  }

  /// Each load's number in `key`, where each begins on a word.
  private func parts(_ key: [UInt8], _ loads: [Load]) -> [IntervalSet.Interval]? {
    var parts: [IntervalSet.Interval] = []
    var offset = 0
    for load in loads {
      guard offset + load.width <= key.count,
        let number = number(Array(key[offset..<(offset + load.width)]), load)
      else { return nil }
      parts.append(number...number)
      offset += (load.width + 3) & ~3
    }
    return parts
  }

  private func number(_ key: [UInt8], _ load: Load) -> UInt128? {
    key.withUnsafeBytes { buffer in
      guard let bytes = Bytes(buffer).slice(0, load.width) else { return nil }
      return load.isHostOrder ? bytes.hostEndian : bytes.bigEndian
    }
  }
}
