import Addresses
import CNftnl
import Ruleset

/// `match` and `target`: x_tables extensions that nf_tables runs (nft_compat).
extension RuleDecoder {
  mutating func xtMatch(_ data: Bytes) -> Bool {
    guard let name = data.attribute(NFTA_MATCH_NAME)?.text,
      let revision = data.number(NFTA_MATCH_REV), let info = data.attribute(NFTA_MATCH_INFO)
    else { return false }
    let match = XTMatch(
      name: name, revision: revision, info: info, family: knownFamily ?? .ipv4)
    add(match)
    return true
  }

  mutating func add(_ match: XTMatch) {
    if let note = match.comment { comment = note }
    let meaning = match.meaning
    steps.test(meaning.test)
    text.match(meaning.words)
  }

  mutating func xtTarget(_ data: Bytes) -> Bool {
    guard let name = data.attribute(NFTA_TARGET_NAME)?.text,
      let revision = data.number(NFTA_TARGET_REV), let info = data.attribute(NFTA_TARGET_INFO)
    else { return false }
    add(XTTarget(name: name, revision: revision, info: info, family: knownFamily ?? .ipv4))
    return true
  }

  mutating func add(_ target: XTTarget) {
    let meaning = target.meaning
    for effect in meaning.effects { steps.effect(effect) }
    if let verdict = meaning.verdict { steps.verdict(verdict) }
    text.target(meaning.words)
  }
}
