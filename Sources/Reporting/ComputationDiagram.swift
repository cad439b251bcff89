import Autodiff
import Documents
import Objectives
import Plots
import Recording
import Simulation

/// The computation of one term, from its inputs on the left to the term itself on the right.
///
/// Every node is a named term with its value and its gradient, every edge has the local derivative. Deep terms, most of many
/// similar ones, and everything beyond a number of nodes are left out, and the diagram says so. A leaf that several terms use
/// is drawn beside each, because long edges to one place are hard to follow.
struct ComputationDiagram {
  private let trace: Trace
  private let depthLimit: Int
  private let nodeLimit: Int
  private let beat: Int
  private let hasFormulas: Bool
  private let differentiation: Trace.Differentiation?

  private var nodes: [Node] = []
  private var arrows: [Arrow] = []
  private var bundles: [Bundle] = []
  private var nodeOfTerm: [Int: Int] = [:]
  private var copies: [Int: Int] = [:]

  private struct Node {
    let term: Int
    /// The longest way to the root.
    var depth: Int
    let suffix: String
    var isVisited = false
    var isExpanded = false
  }

  private struct Arrow {
    let from: Int
    let to: Int
    let edge: TermEdge
  }

  /// Inputs that are too many and too much alike to be drawn one by one.
  private struct Bundle {
    let parent: Int
    let name: Int
    let edges: [TermEdge]
  }

  init(of root: Int, in trace: Trace, at beat: Int, hasFormulas: Bool, depthLimit: Int = 3, nodeLimit: Int = 40) {
    self.trace = trace
    self.hasFormulas = hasFormulas
    self.depthLimit = depthLimit
    self.nodeLimit = nodeLimit
    self.beat = beat
    differentiation = trace.differentiation(for: root, at: beat).flatMap { candidate in
      trace.leads(from: candidate.term, to: root) ? candidate : nil
    }
    nodes.append(Node(term: root, depth: 0, suffix: ""))
    nodeOfTerm[root] = 0
    while let next = latestUnvisited { expand(next) }
  }

  // MARK: Choosing what to draw

  /// From the last computed term to the first: all that a term is used for is then known before the term itself.
  private var latestUnvisited: Int? {
    var latest: Int?
    for number in nodes.indices where !nodes[number].isVisited {
      if latest.map({ nodes[number].term > nodes[$0].term }) ?? true { latest = number }
    }
    return latest
  }

  private mutating func expand(_ number: Int) {
    nodes[number].isVisited = true
    guard nodes[number].depth < depthLimit, number == 0 || !isParameter(nodes[number].term) else { return }
    let groups = groups(trace.edges(of: nodes[number].term))
    let needed = groups.reduce(0) { $0 + $1.shown.count + ($1.hidden.isEmpty ? 0 : 1) }
    guard nodes.count + bundles.count + needed <= nodeLimit else { return }
    nodes[number].isExpanded = true
    for group in groups {
      for edge in group.shown {
        arrows.append(Arrow(from: node(for: edge.to, depth: nodes[number].depth + 1), to: number, edge: edge))
      }
      if !group.hidden.isEmpty { bundles.append(Bundle(parent: number, name: group.name, edges: group.hidden)) }
    }
  }

  /// Where a computation begins; how earlier updates made a parameter is another computation.
  private func isParameter(_ term: Int) -> Bool {
    switch trace.quantity(of: term) {
    case .policyLogit, .criticValue, .referenceLogit, .rewardWeight: true
    default: false
    }
  }

  /// The inputs by their names; of more than four alike the three that matter most are shown.
  private func groups(_ edges: [TermEdge]) -> [(name: Int, shown: [TermEdge], hidden: [TermEdge])] {
    var names: [Int] = []
    var members: [Int: [TermEdge]] = [:]
    for edge in edges {
      let name = trace.terms[edge.to].key.name
      if members[name] == nil { names.append(name) }
      members[name, default: []].append(edge)
    }
    return names.map { name in
      let all = members[name] ?? []
      guard all.count > 4 else { return (name, all, []) }
      let chosen = largest(all, count: 3)
      return (name, chosen.map { all[$0] }, all.indices.filter { !chosen.contains($0) }.map { all[$0] })
    }
  }

  /// The places of the largest derivatives, in the order of the formula; of equal ones the first.
  private func largest(_ edges: [TermEdge], count: Int) -> [Int] {
    var chosen: [Int] = []
    while chosen.count < count {
      var best: Int?
      for place in edges.indices where !chosen.contains(place) {
        if best.map({ edges[place].derivative.magnitude > edges[$0].derivative.magnitude }) ?? true { best = place }
      }
      guard let best else { break }
      chosen.append(best)
    }
    return chosen.sorted()
  }

  private mutating func node(for term: Int, depth: Int) -> Int {
    let isLeaf = trace.formula(of: term) == nil
    if let known = nodeOfTerm[term], !isLeaf {
      nodes[known].depth = max(nodes[known].depth, depth)
      return known
    }
    copies[term, default: 0] += 1
    let copy = copies[term] ?? 1
    nodeOfTerm[term] = nodes.count
    // Two terms of different times may have one name, so the number of the copy is looked up by text.
    let twins = nodes.count { trace.terms[$0.term].key == trace.terms[term].key }
    nodes.append(Node(term: term, depth: depth, suffix: twins == 0 && copy == 1 ? "" : "~\(twins + 1)"))
    return nodes.count - 1
  }

  // MARK: Drawing

  var dot: String {
    let root = nodes[0].term
    var graph = DOTGraph(trace.text(root), [("rankdir", "LR"), ("ranksep", "0.55"), ("nodesep", "0.14"), title])
    for number in nodes.indices { add(number, to: &graph) }
    for arrow in arrows {
      graph.edge(id(arrow.from), id(arrow.to), attributes(arrow.edge))
    }
    for bundle in bundles { add(bundle, to: &graph) }
    return graph.text
  }

  private func id(_ number: Int) -> String { trace.text(nodes[number].term) + nodes[number].suffix }

  private func add(_ number: Int, to graph: inout DOTGraph) {
    let node = nodes[number]
    var remarks: [String] = []
    if let differentiation {
      remarks.append("grad " + NumberText.short(differentiation.gradient[trace.scalar(node.term)]))
    }
    if node.isExpanded {
      if let caption = trace.formulaCaption(of: node.term) {
        remarks += NumberText.lines(ofParts: "= " + caption, width: 34)
      }
    } else if let inputs = inputNames(node.term) {
      remarks += NumberText.lines(ofParts: "⋯ from " + inputs, width: 34)
    }
    TermNode(
      trace: trace, term: node.term, weight: number == 0 ? .root : .normal, suffix: node.suffix, remarks: remarks
    ).add(to: &graph)
  }

  private func inputNames(_ term: Int) -> String? {
    var names: [String] = []
    for edge in trace.edges(of: term) {
      let name = trace.glossary.entries[trace.terms[edge.to].key.name].name
      if !names.contains(name) { names.append(name) }
    }
    return names.isEmpty ? nil : names.joined(separator: ", ")
  }

  private func attributes(_ edge: TermEdge) -> DOTGraph.Attributes {
    guard let cut = edge.cut else { return [("label", "∂ \(NumberText.short(edge.derivative))")] }
    if cut.operation == .stopGradient { return [("label", "⊘"), ("style", "dashed")] }
    if cut.isBorder { return [("label", "not reached"), ("style", "dashed")] }
    let color = Mark.clipped.color
    let name = cut.operation == .clip ? "clip" : cut.operation == .min ? "not the min" : "not the max"
    return [
      ("label", "\(Mark.clipped.symbol) \(name)"), ("style", "dashed"), ("color", "\(color)"),
      ("fontcolor", "\(color)"),
    ]
  }

  private func add(_ bundle: Bundle, to graph: inout DOTGraph) {
    let name = trace.glossary.entries[bundle.name].name
    let id = "more \(name) of \(id(bundle.parent))"
    graph.node(
      id,
      [
        ("id", "\(id)"), ("label", .lines(DOTLine("… \(bundle.edges.count) more \(name)", size: 11, color: Ink.muted))),
        ("style", "rounded,dashed"), ("color", "\(Ink.faint)"),
        ("tooltip", "\(bundle.edges.prefix(12).map { trace.text($0.to) }.joined(separator: " "))"),
      ])
    graph.edge(id, self.id(bundle.parent), [("style", "dotted")])
  }

  private var title: (name: String, value: DOTValue) {
    let root = nodes[0].term
    var second = [Caption.position(of: trace.terms[root].beat, in: trace)]
    if let differentiation { second.append("grad: the derivative of \(trace.text(differentiation.term))") }
    if arrows.contains(where: { $0.edge.cut != nil }) {
      second.append("dashed: no gradient passes, \(Mark.clipped.symbol) because of a choice, ⊘ because held constant")
    }
    var lines = ["How \(trace.text(root)) is computed", second.filter { !$0.isEmpty }.joined(separator: " · ")]
    let unexpanded = nodes.count { !$0.isExpanded && !trace.edges(of: $0.term).isEmpty }
    switch unexpanded {
    case 0: break
    case 1: lines.append("Left out: what the term with ⋯ is made of; ask for it to go on")
    default: lines.append("Left out: what the \(unexpanded) terms with ⋯ are made of; ask for one of them to go on")
    }
    return Caption.title(lines, formulas: hasFormulas ? Caption.formula(of: root, at: beat, in: trace) : [])
  }
}
