import Objectives
import Recording
import Simulation

/// The whole algorithm: data, models, who is frozen, and the loops of one iteration with the options that rule them.
///
/// Drawn is what the recording has, so that a batch, whose samples come from elsewhere, has fewer parts. The stage of the
/// position has a thick border.
struct PipelineDiagram {
  let trace: Trace
  let source: Source
  private let beat: Int

  init(_ trace: Trace, _ source: Source, at beat: Int) {
    self.trace = trace
    self.source = source
    self.beat = beat
  }

  var settings: Settings { source.settings }

  var dot: String {
    var graph = DOTGraph(
      "pipeline",
      [("rankdir", "TB"), ("ranksep", "0.3"), ("nodesep", "0.25"), ("newrank", "true"), title])
    if case .batch = source {
      let unit = trace.rejectedTokens.isEmpty ? "recorded response" : "recorded pair"
      addData("batch", Caption.count(trace.givenTokens.count, unit), to: &graph)
    }
    if isLearningFromExamples { addExamplesPipeline(to: &graph) } else { addSamplingPipeline(to: &graph) }
    let edges = isLearningFromExamples ? edgesFromExamples : edgesOfSampling
    for edge in edges where has(edge.from) && has(edge.to) { graph.edge(edge.from, edge.to, edge.attributes) }
    return graph.text
  }

  // MARK: What the recording is

  var isScenario: Bool { if case .scenario = source { true } else { false } }

  var hasLanguage: Bool {
    if case .scenario(let scenario) = source { scenario.decisions == nil } else { false }
  }

  /// Whether the run samples nothing: DPO, supervised fine-tuning, the reward model.
  var isLearningFromExamples: Bool { !has(Stage.rollout.name) }

  /// Whether a data set, a model or a stage is part of this recording.
  func has(_ name: String) -> Bool {
    switch name {
    case "batch": return !isScenario
    case "minibatch": return isScenario || !isLearningFromExamples
    case "prompts": return isScenario && has(Stage.rollout.name)
    case "demonstrations": return hasLanguage && source.algorithm != .rewardModel
    case "preferences": return hasLanguage && has("reward model") || source.algorithm == .dpo
    case "judgements": return isScenario && source.algorithm.material == .judgements
    case "critic model": return isScenario && trace.stages.contains { $0.name == Stage.values.name }
    case "reference model": return isScenario && has(Stage.supervised.name)
    case "reward model": return isScenario && (has(Stage.rewardModel.name) || source.algorithm == .rewardModel)
    case "policy model": return isScenario && source.algorithm != .rewardModel
    case Stage.sync.name where isLearningFromExamples: return false
    case Stage.sync.name: return trace.stages.contains { $0.name == Stage.update.name }
    default: return trace.stages.contains { $0.name == name }
    }
  }

  // MARK: Nodes

  func addStage(_ stage: Stage, _ remark: String, to graph: inout DOTGraph) {
    guard has(stage.name) else { return }
    let isHere = trace.stage(ofBeat: beat).name == stage.name
    graph.node(
      stage.name,
      [
        ("id", "\(stage.name)"), ("tooltip", "\(source.algorithm.use(of: stage)?.purpose(settings) ?? "")"),
        ("color", "\(isHere ? Ink.text : Ink.line)"),
        ("penwidth", isHere ? "3.5" : "1"),
        ("label", .lines(DOTLine(stage.name, size: 14, bold: true), DOTLine(remark, size: 10, color: Ink.muted))),
      ])
  }

  func addModel(_ name: String, _ mark: Mark, to graph: inout DOTGraph) {
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", "ellipse"), ("fillcolor", "\(mark.fill)"), ("color", "\(mark.color)"),
        ("style", mark == .frozen ? "filled,dashed" : "filled"), ("penwidth", "2"), ("margin", "0.02"),
        ("tooltip", "\(name): \(mark.meaning)"),
        (
          "label",
          .lines(
            DOTLine(name, size: 13, color: mark.color, bold: true),
            DOTLine("\(mark.symbol) \(mark.meaning)", size: 11, color: mark.color))
        ),
      ])
  }

  func addData(_ name: String, _ remark: String, to graph: inout DOTGraph) {
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", "note"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"),
        ("label", .lines(DOTLine(name, size: 13), DOTLine(remark, size: 10, color: Ink.muted))),
      ])
  }

  func frame(_ label: String) -> DOTGraph.Attributes {
    [
      ("label", .lines(DOTLine(label, size: 12, color: Ink.muted))), ("labeljust", "l"), ("style", "rounded,dashed"),
      ("color", "\(Ink.faint)"), ("margin", "8"),
    ]
  }

  func option(_ option: Option) -> String { option.name + " " + settings[option].text }

  // MARK: Edges

  struct Edge {
    let from: String
    let to: String
    var attributes: DOTGraph.Attributes = []
  }

  /// An edge from each part to the next.
  func flow(_ names: String...) -> [Edge] { zip(names, names.dropFirst()).map { Edge(from: $0, to: $1) } }

  /// The edge that closes a loop.
  func back(_ from: String, _ to: String, _ label: String) -> Edge {
    Edge(
      from: from, to: to,
      attributes: [
        ("constraint", "false"), ("style", "dashed"), ("color", "\(Mark.trained.color)"),
        ("fontcolor", "\(Mark.trained.color)"), ("label", "\(label)"),
      ])
  }

  private var title: (name: String, value: DOTValue) {
    var remarks = [
      "\(Mark.trained.symbol) trained · \(Mark.frozen.symbol) frozen", "thick border: where the position is",
    ]
    if case .batch = source { remarks.removeFirst() }
    return Caption.title([
      DOTEscape.shortened(source.title, limit: 90), remarks.joined(separator: " · "),
    ])
  }
}
