import Addresses
public import Documents
import PacketPath
public import Ruleset

/// Reads probes from JSON Lines, one object a line, as fast as they come.
public struct ProbeLines {
  enum Key: String, CaseIterable {
    case name, expect
    case transport = "protocol"
    case destination, destinationPort, source, sourcePort, uid, gid
    case icmpType, icmpCode, outInterface, inInterface, state, mark, nat
  }

  private var lines: JSONLines<Key>
  private let network: PodNetwork

  public init(_ bytes: [UInt8], in network: PodNetwork) {
    lines = JSONLines(bytes)
    self.network = network
  }

  /// The line at hand: its bytes and its number, from 1.
  public var text: ArraySlice<UInt8> { lines.text }
  public var line: Int { lines.line }

  /// The next probe; nil at the end. After an error the next call goes on with the next line.
  public mutating func next() throws(DocumentError) -> Probe? {
    guard try lines.next() else { return nil }
    var draft = ProbeDraft()
    var name: String?
    var expected: Expectation?
    for field in lines.fields {
      guard let key = lines.key(of: field) else {
        let near = field.name.nearest(among: Key.allCases.map(\.rawValue))
        throw DocumentError(.unknownKey(field.name, nearest: near), at: field.keyMark)
      }
      switch key {
      case .name: name = try field.string()
      case .expect:
        guard let word = Expectation(try field.string()) else {
          throw field.mismatch(Expectation.words.joined(separator: ", "))
        }
        expected = word
      case .transport: draft.transport = try transport(field)
      case .destination: draft.destination = try address(field)
      case .source: draft.source = try address(field)
      case .destinationPort: draft.destinationPort = try field.integer(in: 0...UInt16.max)
      case .sourcePort: draft.sourcePort = try field.integer(in: 0...UInt16.max)
      case .uid: draft.uid = .some(field.isNull ? nil : try field.integer(in: 0...UInt32.max))
      case .gid: draft.gid = .some(field.isNull ? nil : try field.integer(in: 0...UInt32.max))
      case .icmpType: draft.icmpType = try field.integer(in: 0...UInt8.max)
      case .icmpCode: draft.icmpCode = try field.integer(in: 0...UInt8.max)
      case .outInterface: draft.outputInterface = try interface(field)
      case .inInterface: draft.inputInterface = try interface(field)
      case .state:
        guard let state = ConnectionState(word: try field.string()) else {
          throw field.mismatch(ConnectionState.words.joined(separator: ", "))
        }
        draft.state = state
      case .mark: draft.mark = try field.integer(in: 0...UInt32.max)
      case .nat:
        guard let mapping = SocketAddress(try field.string()) else {
          throw field.mismatch("ADDRESS:PORT")
        }
        draft.mapping = mapping
      }
    }
    do throws(ProbeDraft.Problem) {
      return Probe(
        name: name, try draft.packet(in: network), mapping: draft.mapping, expected: expected)
    } catch {
      throw DocumentError(.syntax("\(error)"), at: Mark(line: lines.line, column: 1, offset: 0))
    }
  }

  private func transport(_ field: JSONField) throws(DocumentError) -> TransportProtocol {
    if field.isString("tcp") { return .tcp }
    if field.isString("udp") { return .udp }
    guard let transport = TransportProtocol(word: try field.string()) else {
      throw field.mismatch("tcp, udp, another protocol's name or its number as a string")
    }
    return transport
  }

  private func address(_ field: JSONField) throws(DocumentError) -> IPAddress {
    guard let address = IPAddress(try field.string()) else { throw field.mismatch("an IP address") }
    return address
  }

  private func interface(_ field: JSONField) throws(DocumentError) -> InterfaceName {
    guard let name = InterfaceName(try field.string()) else {
      throw field.mismatch("an interface's name")
    }
    return name
  }
}
