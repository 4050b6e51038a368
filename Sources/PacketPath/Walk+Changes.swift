import Ruleset

extension Walk {
  /// All that the rules of a chain, short of a verdict, can change.
  struct Changes: Hashable {
    fileprivate var mark: UInt32
    fileprivate var connectionMark: UInt32
    fileprivate var isUntracked: Bool
    fileprivate var zone: UInt16?
    fileprivate var tproxy: Diversion?
    fileprivate var exemption: Exemption?
  }

  var changes: Changes {
    get {
      Changes(
        mark: packet.mark, connectionMark: packet.connectionMark, isUntracked: isUntracked,
        zone: zone, tproxy: tproxy, exemption: exemption)
    }
    set {
      packet.mark = newValue.mark
      packet.connectionMark = newValue.connectionMark
      isUntracked = newValue.isUntracked
      zone = newValue.zone
      tproxy = newValue.tproxy
      exemption = newValue.exemption
    }
  }
}
