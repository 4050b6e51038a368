public import Ruleset

extension Ruleset {
  /// The same for the same rules in the same order, whatever their counters, handles and offsets: 64
  /// bits by FNV-1a, as hexadecimal digits.
  public var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ text: String) {
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      hash = (hash ^ 0x0A) &* 0x100_0000_01B3
    }
    for table in tables {
      add("table \(table.family.rawValue) \(table.name) \(table.backend.rawValue)")
      for chain in table.chains {
        add("chain \(chain.name)")
        if let base = chain.base {
          add("\(base.kind.rawValue) \(base.hook) \(base.priority) \(base.policy.rawValue)")
        }
        for rule in chain.rules { add(rule.text) }
      }
      for set in table.sets {
        add("\(set.kind.rawValue) \(set.name)")
        for line in set.body { add(line) }
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
