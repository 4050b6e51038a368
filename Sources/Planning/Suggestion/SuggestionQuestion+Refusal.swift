import Addresses

extension SuggestionQuestion {
  /// Why nothing can be suggested, by the smallest certificate at hand, and what could be given up;
  /// nil where nothing stands against it.
  func refusal(
    _ wants: Wants, _ obstruction: Obstruction
  ) throws(WantError) -> Suggestion.Refusal? {
    let conflicts = obstruction.conflicts
    var waysOut: [[Suggestion.Alternative.Concession]] = []
    let certificate: Impossibility
    if let lost = wants.lost.first {
      certificate = lost
      waysOut = [lost.entry, .want(lost.subject)].compactMap(\.self).map { [$0] }
    } else if let (conflict, obstacles) = plainest(conflicts, obstruction) {
      certificate = .conflict(conflict)
      waysOut.append([.want(conflict.endpoint)])
      waysOut += [obstacles.port, obstacles.range].compactMap {
        concessions($0, port: conflict.port)
      }
    } else {
      return nil
    }
    let impossible = Set(wants.lost.map(\.subject) + conflicts.map(\.endpoint)).sorted()
    if impossible.count > 1 { waysOut.append(impossible.map { .want($0) }) }
    var alternatives: [Suggestion.Alternative] = []
    for way in waysOut where !alternatives.contains(where: { $0.concessions == way }) {
      let rest = try without(way).least()
      alternatives.append(Suggestion.Alternative(concessions: way, exclusion: rest))
    }
    // Who gives up more than is enough gives up too much.
    let enough = alternatives.filter { $0.exclusion != nil }.map { Set($0.concessions) }
    alternatives.removeAll { way in
      enough.contains { $0.isStrictSubset(of: way.concessions) }
    }
    return Suggestion.Refusal(
      certificate: certificate, impossible: impossible, alternatives: alternatives)
  }

  private typealias Blocked = (conflict: Impossibility.Conflict, by: Obstruction.Obstacles)

  /// The conflict that names the fewest endpoints and has the fewest obstacles, of the first few.
  private func plainest(_ conflicts: [Wants.Need], _ obstruction: Obstruction) -> Blocked? {
    // All parts of an endpoint are looked at: a single other may block one of them on both sides.
    let first = conflicts.prefix(64)
    let rest = conflicts.dropFirst(64).prefix { $0.endpoint == first.last?.endpoint }
    let blocked = (first + rest).compactMap { need -> Blocked? in
      let obstacles = obstruction.obstacles(to: need)
      return obstruction.certificate(for: need, obstacles).map { ($0, obstacles) }
    }
    func size(_ blocked: Blocked) -> (Int, Int) {
      (blocked.conflict.endpoints.count, blocked.by.port.count + blocked.by.range.count)
    }
    return blocked.min { size($0) < size($1) }
  }

  /// What takes all obstacles of a side away; nil where something there is not up to the user.
  private func concessions(
    _ side: [Impossibility.Obstacle], port: UInt16
  ) -> [Suggestion.Alternative.Concession]? {
    var concessions: [Suggestion.Alternative.Concession] = []
    for obstacle in side {
      let concession: Suggestion.Alternative.Concession
      switch obstacle {
      case .captured(let endpoint): concession = .want(endpoint)
      case .neverPort: concession = .neverPort(port)
      case .tcpOnly, .anyAddress, .rangesNotWritten, .dnsCapture: return nil
      }
      if !concessions.contains(concession) { concessions.append(concession) }
    }
    return concessions
  }

  private func without(_ concessions: [Suggestion.Alternative.Concession]) -> SuggestionQuestion {
    var question = self
    for concession in concessions {
      switch concession {
      case .want(let endpoint): question.endpoints[endpoint].want = .either
      case .neverPort(let port): question.preferences.neverPorts.remove(port)
      case .keptPort(let port): question.kept.ports.removeAll { $0 == port }
      case .keptRange(let range): question.kept.ranges.removeAll { $0 == range }
      }
    }
    return question
  }
}

extension Impossibility {
  /// The endpoint that does not get what it wants.
  public var subject: Int {
    switch self {
    case .neverCaptured(let endpoint, _), .keptPort(_, let endpoint), .keptRange(_, let endpoint):
      endpoint
    case .conflict(let conflict): conflict.endpoint
    }
  }

  /// The kept entry that stands against it.
  fileprivate var entry: Suggestion.Alternative.Concession? {
    switch self {
    case .keptPort(let port, _): .keptPort(port)
    case .keptRange(let range, _): .keptRange(range)
    case .neverCaptured, .conflict: nil
    }
  }
}
