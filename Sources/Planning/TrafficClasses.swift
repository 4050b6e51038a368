import Addresses
import Ruleset

/// The traffic to some addresses on one port, divided by each field on which its fate can hang into
/// classes that no rule tells apart: one packet of each combination stands for all of it.
struct TrafficClasses {
  /// One class of each field but the destination's.
  struct Sender {
    var interfaces: IntervalSet
    var ports: IntervalSet
    var uids: IntervalSet
    var gids: IntervalSet
  }

  var family: Family
  var transport: TransportProtocol
  var port: UInt16
  var interfaces: [IntervalSet]
  var sourcePorts: [IntervalSet]
  var uids: [IntervalSet]
  var gids: [IntervalSet]
  var destinations: [IntervalSet]

  /// Combinations of one class of each field; more than can be counted are `Int.max`.
  var count: Int {
    [interfaces, sourcePorts, uids, gids, destinations].reduce(1) { product, classes in
      let (next, isTooMuch) = product.multipliedReportingOverflow(by: classes.count)
      return isTooMuch ? .max : next
    }
  }

  /// All combinations but for the destination, each made when it is asked for.
  var senders: some Sequence<Sender> {
    interfaces.lazy.flatMap { interfaces in
      sourcePorts.lazy.flatMap { ports in
        uids.lazy.flatMap { uids in
          gids.lazy.map { Sender(interfaces: interfaces, ports: ports, uids: uids, gids: $0) }
        }
      }
    }
  }
}
