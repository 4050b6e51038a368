public import Planning
public import Ruleset

/// The chains of a ruleset as a drawing: who jumps where, and what the endpoints' traffic takes.
public struct ChainGraph {
  private struct Edge: Hashable {
    var from: String
    var to: String
    var label: String
    var isTaken: Bool
  }

  private var nodes: [String] = []
  private var edges: [Edge] = []

  /// Chains that hold rules, in order of evaluation; edges are jumps and the ends that traffic meets.
  public init(_ ruleset: Ruleset, _ plan: Plan) {
    let taken = Set(plan.answers.flatMap(\.parts).compactMap(\.rule))
    for index in ruleset.chainsInOrderOfEvaluation where !ruleset[index].rules.isEmpty {
      let table = ruleset.tables[index.table]
      func name(_ chain: String) -> String { "\(table.family.rawValue) \(table.name) \(chain)" }
      nodes.append(name(ruleset[index].name))
      for number in ruleset[index].rules.indices.map({ $0 + 1 }) {
        let reference = ruleset.reference(to: number, in: index)
        let isTaken = taken.contains(reference)
        let rule = ruleset[index].rules[number - 1]
        for target in rule.targets {
          edges.append(
            Edge(
              from: name(ruleset[index].name), to: name(target), label: "\(number)",
              isTaken: isTaken))
        }
        if rule.targets.isEmpty, isTaken {
          edges.append(
            Edge(
              from: name(ruleset[index].name), to: Self.end(of: rule),
              label: "\(number): \(rule.text)", isTaken: true))
        }
      }
    }
  }

  private static func end(of rule: Rule) -> String {
    for case .verdict(let verdict) in rule.steps {
      switch verdict {
      case .return, .accept: return "leaves the pod"
      case .nat: return "proxy"
      case .drop: return "dropped"
      case .reject: return "rejected"
      default: continue
      }
    }
    return "next rule"
  }

  private var ends: [String] {
    var ends: [String] = []
    for edge in edges where !nodes.contains(edge.to) && !ends.contains(edge.to) {
      ends.append(edge.to)
    }
    return ends
  }

  private func number(_ node: String) -> Int { (nodes + ends).firstIndex(of: node) ?? 0 }

  /// For Mermaid, as GitHub and GitLab draw it; what is taken is thick.
  public var mermaid: String {
    var lines = ["flowchart LR"]
    for node in nodes { lines.append("  n\(number(node))[\"\(node.escaped)\"]") }
    for end in ends { lines.append("  n\(number(end))([\"\(end.escaped)\"])") }
    for edge in edges {
      let arrow = edge.isTaken ? "==>" : "-->"
      lines.append(
        "  n\(number(edge.from)) \(arrow)|\"\(edge.label.escaped)\"| n\(number(edge.to))")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// For Graphviz; what is taken is bold.
  public var dot: String {
    var lines = ["digraph chains {", "  rankdir=LR;", "  node [shape=box];"]
    for node in nodes { lines.append("  n\(number(node)) [label=\"\(node.quoted)\"];") }
    for end in ends {
      lines.append("  n\(number(end)) [label=\"\(end.quoted)\", shape=oval];")
    }
    for edge in edges {
      let style = edge.isTaken ? ", style=bold" : ""
      lines.append(
        "  n\(number(edge.from)) -> n\(number(edge.to)) [label=\"\(edge.label.quoted)\"\(style)];")
    }
    return (lines + ["}"]).map { $0 + "\n" }.joined()
  }
}

extension String {
  fileprivate var escaped: String {
    map { $0 == "\"" ? "#quot;" : $0 == "#" ? "#35;" : String($0) }.joined()
  }

  fileprivate var quoted: String {
    map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  }
}
