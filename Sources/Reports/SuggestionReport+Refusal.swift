import Addresses
import Planning

// Why there is no exclusion, and what could give.
extension SuggestionReport {
  func text(of refusal: Suggestion.Refusal) -> [[String]] {
    var blocks = [["NO EXCLUSION does all of this; the reason, small enough to check by hand:"]]
    blocks[0] += statements(of: refusal.certificate).flatMap { hanging($0, indent: "  ") }
    blocks.append(
      ["WHAT COULD GIVE"]
        + refusal.alternatives.flatMap { hanging(words($0, of: refusal), indent: "  ") })
    let others = refusal.impossible.filter { $0 != refusal.certificate.subject }
    if !others.isEmpty {
      let names = others.map { name(suggestion.endpoints[$0]) }
      blocks.append(
        ["IMPOSSIBLE AS WELL, for reasons of the same kind"]
          + hanging(Self.listed(names, limit: isWhole ? .max : 8), indent: "  "))
    }
    return blocks
  }

  /// What is refuted is no suggestion: nothing is there to be pasted.
  func text(refuted found: Suggestion.Found) -> [[String]] {
    [
      ["NO SUGGESTION: what was found does not stand the check."]
        + refutations(of: found).flatMap { hanging($0, indent: "  ") },
      "This is a fault of bypass-plan; please report it with the command."
        .wrapped(to: 80),
    ]
  }

  func refutations(of found: Suggestion.Found) -> [String] {
    let tried = found.exclusion.isEmpty ? "nothing" : words(found.exclusion)
    return [
      "REFUTED by the rules Istio \(found.settings.capture.version) would write, with \(tried) "
        + "excluded."
    ]
      + (check?.missing.map { "Captured still: \(Self.words($0))." } ?? [])
      + (check?.lost.map { "Not captured: \(Self.words($0))." } ?? [])
  }

  private func hanging(_ text: String, indent: String) -> [String] {
    text.wrapped(to: 76).enumerated().map { ($0 == 0 ? indent : indent + "  ") + $1 }
  }

  /// The certificate, a sentence each: the endpoint, its port, its address.
  func statements(of certificate: Impossibility) -> [String] {
    switch certificate {
    case .neverCaptured(let endpoint, let reason):
      ["\(name(suggestion.endpoints[endpoint])) is wanted captured, but \(reason)."]
    case .keptPort(let port, let endpoint):
      [
        "\(name(suggestion.endpoints[endpoint])) is wanted captured, but port \(port) is excluded "
          + "already and is kept."
      ]
    case .keptRange(let range, let endpoint):
      [
        "\(name(suggestion.endpoints[endpoint])) is wanted captured, but \(range) is excluded "
          + "already and is kept."
      ]
    case .conflict(let conflict):
      [
        "\(name(suggestion.endpoints[conflict.endpoint])) must bypass, by its port or its address.",
        "Its port \(conflict.port) may not be excluded: \(words(conflict.againstPort)).",
        "Its address\(conflict.prefix.map { " \($0.short)" } ?? "") may not be excluded: "
          + "\(words(conflict.againstRange)).",
      ]
    }
  }

  private func words(_ obstacle: Impossibility.Obstacle) -> String {
    switch obstacle {
    case .captured(let endpoint):
      "\(name(suggestion.endpoints[endpoint])) must stay captured"
    case .neverPort: "--never-ports says so"
    case .tcpOnly: "before Istio 1.25 an excluded port excludes TCP only"
    case .anyAddress: "it may be any address, and no range holds them all"
    case .rangesNotWritten: "Istio writes no IPv6 range without IPv6 (--ipv6)"
    case .dnsCapture: "DNS capture comes before excluded ranges"
    }
  }

  private func words(_ alternative: Suggestion.Alternative, of refusal: Suggestion.Refusal)
    -> String
  {
    let concessions = alternative.concessions.map { concession in
      switch concession {
      case .want(let endpoint):
        "\(suggestion.endpoints[endpoint].name) "
          + (suggestion.endpoints[endpoint].want == .bypass
            ? "need not bypass" : "need not stay captured")
      case .neverPort(let port): "port \(port) may be excluded"
      case .keptPort(let port): "port \(port) is not kept"
      case .keptRange(let range): "\(range) is not kept"
      }
    }
    let rest =
      switch alternative.exclusion {
      case nil: "then the rest is impossible still, for another reason"
      case let exclusion? where exclusion.isEmpty: "then the rest needs no entry"
      case let exclusion?:
        "then the rest needs \(Self.entries(exclusion.count)): \(words(exclusion))"
      }
    return "\(Self.listed(concessions, limit: isWhole ? .max : 4)): \(rest)."
  }
}
