import Manifests

/// Which workload of one side is which of the other.
///
/// Overlays hold several of one name; those are told apart by their file's path below the side, and
/// what is left of a name is taken in its order, for files move.
struct WorkloadPairs {
  typealias Side = (path: String, workloads: [Workload])
  private typealias Entry = (workload: Workload, file: String)

  private(set) var pairs: [(name: String, old: Workload, new: Workload)] = []
  private(set) var gone: [String] = []
  private(set) var added: [String] = []

  init(_ old: Side, _ new: Side) {
    let before = Self.byName(old)
    let after = Self.byName(new)
    for name in Self.names(old.workloads + new.workloads) {
      pair(name, before[name] ?? [], after[name] ?? [])
    }
  }

  private mutating func pair(_ name: String, _ before: [Entry], _ after: [Entry]) {
    let isOne = before.count <= 1 && after.count <= 1
    let label = { (entry: Entry) in isOne ? name : "\(name) (\(entry.file))" }
    var rest = before
    var unpaired: [Entry] = []
    var found: [(old: Entry, new: Entry)] = []
    for entry in after {
      if let index = rest.firstIndex(where: { $0.file == entry.file }) {
        found.append((rest.remove(at: index), entry))
      } else {
        unpaired.append(entry)
      }
    }
    let moved = min(rest.count, unpaired.count)
    found += zip(rest, unpaired).map { ($0, $1) }
    pairs += found.map { (label($0.new), $0.old.workload, $0.new.workload) }
    gone += rest.dropFirst(moved).map(label)
    added += unpaired.dropFirst(moved).map(label)
  }

  private static func byName(_ side: Side) -> [String: [Entry]] {
    let entries = side.workloads.map { workload -> Entry in
      let file = workload.location.file
      let below = file.hasPrefix(side.path) ? file.dropFirst(side.path.count) : file[...]
      return (workload, String(below.drop { $0 == "/" }))
    }
    return Dictionary(grouping: entries) { name($0.workload) }
  }

  /// In their order, each once.
  private static func names(_ workloads: [Workload]) -> [String] {
    var seen: Set<String> = []
    return workloads.map(name).filter { seen.insert($0).inserted }
  }

  private static func name(_ workload: Workload) -> String {
    "\(workload.object)" + (workload.object.namespace.map { " in \($0)" } ?? "")
  }
}
