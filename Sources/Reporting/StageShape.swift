import Autodiff
import Objectives
public import Plots
public import Recording
import Simulation

/// What the diagrams of a stage have in common, whatever their numbers: the boxes, and the arrows between them.
///
/// A page cannot lay out diagrams. It has a drawing of every shape that its recording needs, and writes names and numbers
/// into the boxes, whatever the sequence, before a what-if and after it.
public struct StageShape {
  /// `clip:9f3a…`: equal shapes have equal names.
  public let id: String
  /// The shape in Graphviz's language, with room for every name and number. The boxes' ids are `n0`, `n1`, …, those of the
  /// columns' headings `c0`, `c1`, …, those of the arrows `n0-n1`.
  public let dot: String

  /// The shape of the stage of a beat.
  public init(of trace: Trace, at beat: Int) {
    let stage = trace.stage(ofBeat: beat).name
    dot = StageDiagram(stage, of: trace, at: beat, isBlank: true)?.dot ?? ""
    id = stage + ":" + Fingerprint.fnv1a64(dot)
  }

  /// The shapes that a recording needs, each once, in the order of their first use.
  ///
  /// Of a stage with thousands of beats, one for each response of a batch, some are looked at: each costs a look at the
  /// whole stage, and nearly all have the same shapes.
  public static func all(of trace: Trace) -> [StageShape] {
    var shapes: [StageShape] = []
    var seen: Set<String> = []
    for run in trace.stages {
      let stride = max(1, run.beats.count / mostBeats)
      for beat in run.beats where (beat - run.beats.lowerBound) % stride == 0 {
        let shape = StageShape(of: trace, at: beat)
        if seen.insert(shape.id).inserted { shapes.append(shape) }
      }
    }
    return shapes
  }

  /// How many beats of a stage are looked at.
  private static let mostBeats = 500

  static func nodeID(_ number: Int) -> String { "n\(number)" }
  static func columnID(_ number: Int) -> String { "c\(number)" }
  static func edgeID(_ link: StagePlan.Link) -> String { nodeID(link.from) + "-" + nodeID(link.to) }

  /// As wide as nearly every number and its mark.
  private static let blankNumber = "-0.01235 ▲"
  /// As wide as most words.
  static let blankWord = "wwwwww"

  /// A name with room for indices of two digits and short words.
  static func blankName(_ cell: StagePlan.Cell, in trace: Trace) -> String {
    guard case .term(let term) = cell.content else { return "policy.logit[wwww,*]" }
    let key = trace.terms[term].key
    let entry = trace.glossary.entries[key.name]
    let indices = key.indices.indices.map { entry.labels[$0] == nil ? "00" : "wwww" }
    let name = indices.isEmpty ? entry.name : entry.name + "[" + indices.joined(separator: ",") + "]"
    return DOTEscape.shortened(name, limit: 30)
  }

  static func blankValue(_ cell: StagePlan.Cell, in trace: Trace) -> String {
    guard case .term(let term) = cell.content else { return "000 numbers" }
    return trace.glossary.valueLabels[trace.terms[term].key.name] == nil ? blankNumber : blankWord
  }
}

/// What the page writes into a shape.
public struct StageDrawing {
  public struct Node {
    public let id: String
    public let name: String
    public let value: String
    public let mark: Mark?
    public let weight: String
    /// Nil for a heading, and for a box that stands for several terms.
    public let term: Int?
  }

  public struct Edge {
    public let id: String
    /// `plain`, `cut` by a clip or a minimum, `held` constant, `hint`.
    public let style: String
  }

  /// A headline, and lines below it.
  public let title: [String]
  public let nodes: [Node]
  public let edges: [Edge]

  /// Of the stage of a beat, as of that beat.
  public init?(of trace: Trace, at beat: Int) {
    guard let diagram = StageDiagram(trace.stage(ofBeat: beat).name, of: trace, at: beat) else { return nil }
    title = diagram.titleLines
    nodes = diagram.plan.cells.indices.map { diagram.drawnNode($0) } + diagram.drawnHeadings
    edges = diagram.plan.links.map { Edge(id: StageShape.edgeID($0), style: diagram.styleName(of: $0)) }
  }
}

extension StageDiagram {
  fileprivate func drawnNode(_ number: Int) -> StageDrawing.Node {
    let cell = plan.cells[number]
    switch cell.content {
    case .term(let term):
      let node = TermNode(trace: trace, term: term, weight: weight(of: term, in: cell))
      return StageDrawing.Node(
        id: StageShape.nodeID(number), name: node.shortName, value: node.value, mark: node.mark,
        weight: node.weight.rawValue, term: term)
    case .bundle(let text, let terms):
      return StageDrawing.Node(
        id: StageShape.nodeID(number), name: DOTEscape.shortened(text, limit: 30),
        value: countText(of: terms.count, in: cell), mark: nil, weight: "ghost", term: nil)
    }
  }

  fileprivate var drawnHeadings: [StageDrawing.Node] {
    plan.columns.enumerated().map { number, column in
      let label = label(ofColumn: column)
      return StageDrawing.Node(
        id: StageShape.columnID(number), name: label.kind, value: DOTEscape.token(label.word), mark: nil,
        weight: "heading", term: nil)
    }
  }

  fileprivate func styleName(of link: StagePlan.Link) -> String {
    if link.isHint { return "hint" }
    guard let cut = link.cut else { return "plain" }
    return cut.operation == .stopGradient || cut.isBorder ? "held" : "cut"
  }
}
