import Documents
import Objectives
import Plots
import Recording
import Simulation

/// The whole algorithm: data, models, who is frozen, and the loops of one iteration with the options that rule them.
///
/// Parts and arrows are those of the recording (``StageFlow``), so that a batch, whose samples come from elsewhere, has fewer.
/// Below a stage's name stands what it computes for others. The stage of the position has a thick border.
struct PipelineDiagram {
  private let trace: Trace
  private let source: Source
  private let flow: StageFlow
  /// The stage of the position, if it is one of the parts.
  private let here: Int?
  private let data: [Datum]

  /// What is given from outside, and the parts that take it.
  private struct Datum {
    let name: String
    let remark: String
    let depth: Int
    let users: [String]
  }

  init(_ trace: Trace, _ source: Source, at beat: Int) {
    self.trace = trace
    self.source = source
    let isBatch = if case .batch = source { true } else { false }
    flow = StageFlow(of: trace, given: Self.given(trace, source), givenDepth: isBatch ? 1 : 0)
    here = flow.part(ofBeat: beat)
    data = Self.data(trace, source)
  }

  var dot: String {
    var graph = DOTGraph(
      "pipeline",
      [("rankdir", "TB"), ("ranksep", "0.3"), ("nodesep", "0.25"), ("newrank", "true"), title])
    addFrame("once", "once, before", depth: 0, to: &graph)
    addFrame("iteration", loopText(1), depth: 1, to: &graph)
    addFrame("minibatch", loopText(2), depth: 2, to: &graph)
    for part in flow.parts.indices where isLearned(part) { add(part, to: &graph) }
    for datum in data {
      for user in datum.users where flow.index(user) != nil { graph.edge(datum.name, user) }
    }
    for edge in flow.edges { add(edge, to: &graph) }
    return graph.text
  }

  // MARK: Data

  private static var demonstrations: String { "demonstrations" }

  /// What a run that samples nothing learns from.
  private static func given(_ trace: Trace, _ source: Source) -> String? {
    if case .batch = source { return "batch" }
    if trace.stages.contains(where: { $0.name == Stage.rollout.name }) { return nil }
    switch source.algorithm.material {
    case .judgements: return "judgements"
    case .pairs: return "preferences"
    case .demonstrations, .samples, .sampledPairs: return demonstrations
    }
  }

  private static func data(_ trace: Trace, _ source: Source) -> [Datum] {
    guard case .scenario(let scenario) = source else { return [] }
    if let process = scenario.decisions {
      let remark = Caption.count(process.names.count, "state") + ", " + Caption.count(process.actions.count, "action")
      return [Datum(name: "world", remark: remark, depth: 1, users: [Stage.rollout.name])]
    }
    let world = scenario.world
    var data: [Datum] = []
    if trace.stages.contains(where: { $0.name == Stage.supervised.name }) {
      let remark = Caption.count(world.demonstrations.count, "response")
      data.append(Datum(name: demonstrations, remark: remark, depth: 0, users: [Stage.supervised.name]))
    }
    if trace.stages.contains(where: { $0.name == Stage.rewardModel.name }) {
      let remark = Caption.count(world.preferences.count, "pair")
      data.append(Datum(name: "preferences", remark: remark, depth: 0, users: [Stage.rewardModel.name]))
    }
    if !world.users.isEmpty {
      let remark = world.users.map { $0.name }.joined(separator: ", ")
      data.append(Datum(name: "users", remark: remark, depth: 0, users: [Stage.likes.name]))
    }
    guard trace.stages.contains(where: { $0.name == Stage.rollout.name }) else { return data }
    let prompts = Caption.count(world.prompts.count, "prompt")
    data.append(Datum(name: "prompts", remark: prompts, depth: 1, users: writing(trace)))
    if !world.answers.isEmpty, world.users.isEmpty {
      data.append(
        Datum(name: "answers", remark: "one is right for each prompt", depth: 1, users: [Stage.rewards.name]))
    }
    return data
  }

  /// The stages in which a policy writes.
  private static func writing(_ trace: Trace) -> [String] {
    let first = trace.stages.filter { run in
      run.beats.contains { beat in
        trace.beats[beat].terms.contains { term in
          trace.glossary.valueLabels[trace.terms[term].key.name] != nil
            && !(Quantity(rawValue: trace.terms[term].key.name)?.namesUsers ?? false)
        }
      }
    }
    var names: [String] = []
    for run in first where !names.contains(run.name) { names.append(run.name) }
    return names
  }

  // MARK: Nodes

  /// The parts of a loop that are not models that learn, with a frame around them.
  private func addFrame(_ id: String, _ label: String, depth: Int, to graph: inout DOTGraph) {
    let members = flow.parts.indices.filter { flow.parts[$0].depth == depth && !isLearned($0) }
    let own = data.filter { datum in datum.depth == depth && datum.users.contains { flow.index($0) != nil } }
    guard !members.isEmpty || !own.isEmpty else { return }
    let frame: DOTGraph.Attributes = [
      ("label", .lines(DOTLine(label, size: 12, color: Ink.muted))), ("labeljust", "l"), ("style", "rounded,dashed"),
      ("color", "\(Ink.faint)"), ("margin", "8"),
    ]
    graph.cluster(id, frame) { graph in
      for datum in own { addData(datum.name, [datum.remark], to: &graph) }
      for part in members { add(part, to: &graph) }
    }
  }

  private func isLearned(_ part: Int) -> Bool { flow.parts[part].kind == .model(.trained) }

  private func add(_ part: Int, to graph: inout DOTGraph) {
    let name = flow.parts[part].name
    switch flow.parts[part].kind {
    case .stage: addStage(part, to: &graph)
    case .model(let mark): addModel(name, mark, to: &graph)
    case .minibatch: addData(name, NumberText.lines(ofParts: handedOver, width: 30), to: &graph)
    case .data:
      let count = trace.givenTokens.count
      let unit = trace.rejectedTokens.isEmpty ? "response" : "pair"
      addData(name, [count > 0 ? Caption.count(count, unit) : ""], to: &graph)
    }
  }

  private func addStage(_ part: Int, to graph: inout DOTGraph) {
    let name = flow.parts[part].name
    let stage = Stage.allCases.first { $0.name == StageFlow.stage(name) }
    let purpose = stage.flatMap { source.algorithm.use(of: $0)?.purpose(source.settings) } ?? name
    let isHere = part == here
    var lines = [DOTLine(name, size: 14, bold: true)]
    let results = flow.results(of: part)
    if results != [name] {
      lines += NumberText.lines(ofParts: results.joined(separator: ", "), width: 30).map {
        DOTLine($0, size: 10, color: Ink.muted)
      }
    }
    if let options = stage.map({ options(of: $0) }), !options.isEmpty {
      lines.append(DOTLine(options, size: 10, color: Ink.muted))
    }
    graph.node(
      name,
      [
        ("id", "\(name)"), ("tooltip", "\(purpose)"), ("color", "\(isHere ? Ink.text : Ink.line)"),
        ("penwidth", isHere ? "3.5" : "1"), ("label", .lines(lines)),
      ])
  }

  private func addModel(_ name: String, _ mark: Mark, to graph: inout DOTGraph) {
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

  private func addData(_ name: String, _ remarks: [String], to graph: inout DOTGraph) {
    let lines = remarks.filter { !$0.isEmpty }.map { DOTLine($0, size: 10, color: Ink.muted) }
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", "note"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"),
        ("label", .lines([DOTLine(name, size: 13)] + lines)),
      ])
  }

  /// What a minibatch hands to the stages in it, apart from the tokens.
  private var handedOver: String { flow.handedOver.joined(separator: ", ") }

  /// The options that act in a stage, of those that the source has.
  private func options(of stage: Stage) -> String {
    let candidates: [Option?] =
      switch stage {
      case .klPenalty: source.settings.flag(.useKLLoss) ? [] : [option(.klWeight)]
      case .gae: [.gamma, .lam]
      case .returns: [.gamma]
      case .advantage: [option(.baseline)]
      case .clip: [option(.clipLow)]
      case .objective, .pairLoss: [option(.lossType)]
      case .valueLoss: [.cliprangeValue]
      case .entropy: [.entropyCoef]
      case .klLoss, .margin: [option(.klWeight)]
      case .gradient: [.maxGradNorm]
      case .update: [.optimizer, .learningRate]
      default: []
      }
    let own = source.options
    return candidates.compactMap { $0 }.filter { own.contains($0) }.map { "\($0.name) \(source.settings[$0].text)" }
      .joined(separator: ", ")
  }

  private func option(_ role: Algorithm.Role) -> Option? { source.algorithm.option(role) }

  // MARK: Edges

  private func add(_ edge: StageFlow.Edge, to graph: inout DOTGraph) {
    let (from, to) = (flow.parts[edge.from], flow.parts[edge.to])
    // Written from top to bottom, an arrow that points up finds a way around the boxes.
    if edge.isNext {
      return graph.edge(to.name, from.name, [("dir", "back"), ("style", "dashed"), ("color", "\(Mark.trained.color)")])
    }
    // The frames stand side by side: what leads from one into another must not push it down.
    if case .minibatch = to.kind, from.depth > 0 {
      return graph.edge(to.name, from.name, [("dir", "back")])
    }
    let isGiven = to.kind == .minibatch
    let isAcross = from.depth < to.depth && !isLearned(edge.from) && !isGiven || isLearned(edge.to)
    graph.edge(from.name, to.name, isAcross ? [("constraint", "false")] : [])
  }

  // MARK: Title

  /// How often a loop is run.
  private func loopText(_ depth: Int) -> String {
    let learning = trace.stages.filter { $0.loops.minibatch != nil }.map { $0.loops }
    func count(_ number: (Trace.LoopPosition) -> Int?) -> Int { (learning.compactMap(number).max() ?? 0) + 1 }
    if depth == 1 {
      let iterations = count { $0.iteration }
      return iterations == 1 ? "before learning" : "each of \(iterations) iterations"
    }
    let (epochs, minibatches) = (count { $0.epoch }, count { $0.minibatch })
    if epochs * minibatches == 1 { return "one minibatch" }
    let parts = [Caption.count(epochs, "epoch"), Caption.count(minibatches, "minibatch", plural: "minibatches")]
    return "each of " + parts.joined(separator: " × ")
  }

  private var title: (name: String, value: DOTValue) {
    let kinds = flow.parts.map { $0.kind }
    var remarks = [Mark.trained, .frozen].filter { kinds.contains(.model($0)) }.map { "\($0.symbol) \($0.meaning)" }
    if flow.edges.contains(where: { $0.isNext }) { remarks.append("dashed: for the next round") }
    if here != nil { remarks.append("thick border: where the position is") }
    let onlookers = flow.onlookers.joined(separator: ", ")
    return Caption.title([
      source.title, remarks.joined(separator: " · "),
      onlookers.isEmpty ? "" : "not drawn, since nothing drawn here uses them: \(onlookers)",
    ])
  }
}
