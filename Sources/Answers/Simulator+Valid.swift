import FlowSets
import PacketPath
import Ruleset

extension Simulator {
  /// A simulator, or the error the exact sets have for such a ruleset too.
  static func valid(_ ruleset: Ruleset, in network: PodNetwork) throws(FlowError) -> Simulator {
    do {
      return try Simulator(ruleset, in: network)
    } catch {
      throw .jump(error)
    }
  }
}
