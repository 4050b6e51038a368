extension Table {
  /// Gives each stateful match the place that tells it from its likes: its chain, and how many rules
  /// with the same match stand before it there. So a rule that is put in elsewhere changes none of them.
  mutating func placeStatefulMatches() {
    for index in chains.indices {
      let name = "\(family.rawValue) \(name) \(chains[index].name)"
      var seen: [UnknownMatch: Int] = [:]
      for rule in chains[index].rules.indices {
        let matches = Set(chains[index].rules[rule].statefulMatches)
        if matches.isEmpty { continue }
        for match in matches { seen[match, default: 0] += 1 }
        chains[index].rules[rule].place { "\(name) \(seen[$0] ?? 1)" }
      }
    }
  }
}

extension Rule {
  /// Those that answer differently at each place, as if they had none yet.
  fileprivate var statefulMatches: [UnknownMatch] {
    var found: [UnknownMatch] = []
    for case .test(let test) in steps {
      for arm in test.arms {
        for constraint in arm.box.constraints {
          if case .unknown(let match) = constraint.field, match.isStateful {
            found.append(match.unplaced)
          }
        }
      }
    }
    return found
  }

  fileprivate mutating func place(_ place: (UnknownMatch) -> String) {
    for step in steps.indices {
      guard case .test(var test) = steps[step] else { continue }
      for arm in test.arms.indices {
        for number in test.arms[arm].box.constraints.indices {
          let field = test.arms[arm].box.constraints[number].field
          guard case .unknown(var match) = field, match.isStateful else { continue }
          match.place = place(match.unplaced)
          test.arms[arm].box.constraints[number].field = .unknown(match)
        }
      }
      steps[step] = .test(test)
    }
  }
}

extension UnknownMatch {
  fileprivate var unplaced: UnknownMatch {
    UnknownMatch(name: name, detail: detail, isStateful: true)
  }
}
