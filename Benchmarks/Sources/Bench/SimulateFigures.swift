/// Many probes through the whole program: reading JSON, the rules, writing JSON.
enum SimulateFigures {
  private static let probes = 100_000

  static func measure(_ setting: Setting) throws -> [Figure] {
    var random = SmallRandom(seed: 1)
    let file = try setting.file(
      "probes.jsonl", (0..<probes).map { _ in line(&random) }.joined())
    let process = Process(setting.program, "simulate", "--probes", file, "-o", "jsonl")
    let cost = try setting.race(rounds: 5, [process])[0]
    let each = cost.seconds / Double(probes)
    return [
      Figure(
        "simulate --probes, a probe, Istio's defaults", each, gate: .atMost(1 / 100_000),
        note: "\((1 / each).rounded().short) probes/s")
    ]
  }

  private static func line(_ random: inout SmallRandom) -> String {
    let ports = [3306, 80, 443, 6379, 15001, Int.random(in: 1...65535, using: &random)]
    let bytes = (0..<3).map { _ in "\(UInt8.random(in: 0...255, using: &random))" }
    let owner = [0, 1000, 1337].randomElement(using: &random) ?? 0
    return
      #"{"protocol":"\#(Bool.random(using: &random) ? "tcp" : "udp")","#
      + #""destination":"10.\#(bytes.joined(separator: "."))","#
      + #""destinationPort":\#(ports.randomElement(using: &random) ?? 80),"#
      + #""source":"10.244.1.5","sourcePort":\#(Int.random(in: 32768...60999, using: &random)),"#
      + #""uid":\#(owner),"gid":\#(owner),"outInterface":"eth0"}"# + "\n"
  }
}

/// SplitMix64: the same numbers on every machine.
struct SmallRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
