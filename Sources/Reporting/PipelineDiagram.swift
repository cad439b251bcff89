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
  private let form: Form
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

  /// How it is drawn.
  struct Form {
    /// Whether it has a title of its own.
    var hasTitle = true
    /// Whether the frames of the loops stand below each other, and not side by side.
    var isStacked = false
    var layout: DOTGraph.Attributes = [("ranksep", "0.3"), ("nodesep", "0.25")]
    var nodes: DOTGraph.Attributes = []
    var frameMargin: DOTValue = "8"
    var model: (shape: DOTValue, style: String, margin: DOTValue) = ("ellipse", "filled", "0.02")
    /// Of what stands below a name, in points.
    var remarkSize = (stage: 10, model: 11)
    /// After how many characters a list of terms breaks, and after how many any other remark.
    var remarkWidth = (terms: 30, others: Int.max)

    static let wide = Form()
    /// For a slide, which has a title: at its own size no text has less than 13 points.
    static let slide = Form(
      hasTitle: false, layout: [("ranksep", "0.2"), ("nodesep", "0.12"), ("pad", "0.02")],
      nodes: [("margin", "0.06,0.04")], frameMargin: "5", model: ("ellipse", "filled", "0"), remarkSize: (13, 13),
      remarkWidth: (24, 24))
    /// For a window as narrow as a phone's: at its own size no text has less than 12 points, and few lines are wider than 350.
    static let narrow = Form(
      hasTitle: false, isStacked: true, layout: [("ranksep", "0.22"), ("nodesep", "0.12"), ("pad", "0.05")],
      nodes: [("margin", "0.06,0.04")], frameMargin: "5",
      model: ("box", "rounded,filled", "0.06,0.04"), remarkSize: (12, 12), remarkWidth: (20, 20))
  }

  init(_ trace: Trace, _ source: Source, at beat: Int, form: Form = .wide) {
    self.trace = trace
    self.source = source
    self.form = form
    let isBatch = if case .batch = source { true } else { false }
    flow = StageFlow(of: trace, source.settings, given: Self.given(trace, source), givenDepth: isBatch ? 1 : 0)
    here = flow.part(ofBeat: beat)
    data = Self.data(trace, source)
  }

  var dot: String {
    var graph = DOTGraph(
      "pipeline",
      [("rankdir", "TB")] + form.layout + [("newrank", "true")] + (form.hasTitle ? [title] : []),
      nodes: form.nodes)
    addFrame("once", "once, before", depth: 0, to: &graph)
    addFrame("iteration", loopText(1), depth: 1, to: &graph)
    addFrame("minibatch", loopText(2), depth: 2, to: &graph)
    for part in flow.parts.indices where isLearned(part) { add(part, to: &graph) }
    for arrow in dataArrows { graph.edge(arrow.from, arrow.to) }
    for edge in flow.edges { add(edge, to: &graph) }
    if form.isStacked { stackFrames(in: &graph) }
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
    let (own, members) = (framedData(depth), framedParts(depth))
    guard !members.isEmpty || !own.isEmpty else { return }
    let frame: DOTGraph.Attributes = [
      ("label", .lines(DOTLine(label, size: 12, color: Ink.muted))), ("labeljust", "l"), ("style", "rounded,dashed"),
      ("color", "\(Ink.faint)"), ("margin", form.frameMargin),
    ]
    graph.cluster(id, frame) { graph in
      for datum in own { addData(datum.name, datum.remark, width: form.remarkWidth.others, to: &graph) }
      for part in members { add(part, to: &graph) }
    }
  }

  /// What is used of the data that a frame holds.
  private func framedData(_ depth: Int) -> [Datum] {
    data.filter { $0.depth == depth && $0.users.contains { flow.index($0) != nil } }
  }

  /// The parts that a frame holds: models that learn stand outside.
  private func framedParts(_ depth: Int) -> [Int] {
    flow.parts.indices.filter { flow.parts[$0].depth == depth && !isLearned($0) }
  }

  private func isLearned(_ part: Int) -> Bool { flow.parts[part].kind == .model(.trained) }

  private func add(_ part: Int, to graph: inout DOTGraph) {
    let name = flow.parts[part].name
    switch flow.parts[part].kind {
    case .stage: addStage(part, to: &graph)
    case .model(let mark): addModel(name, mark, to: &graph)
    case .minibatch: addData(name, handedOver, width: form.remarkWidth.terms, to: &graph)
    case .data:
      let count = trace.givenTokens.count
      let unit = trace.rejectedTokens.isEmpty ? "response" : "pair"
      addData(name, count > 0 ? Caption.count(count, unit) : "", width: form.remarkWidth.others, to: &graph)
    }
  }

  private func remarks(_ text: String, width: Int) -> [DOTLine] {
    NumberText.lines(ofParts: text, width: width).map { DOTLine($0, size: form.remarkSize.stage, color: Ink.muted) }
  }

  private func addStage(_ part: Int, to graph: inout DOTGraph) {
    let name = flow.parts[part].name
    let stage = Stage.allCases.first { $0.name == StageFlow.stage(name) }
    let purpose = stage.flatMap { source.algorithm.use(of: $0)?.purpose(source.settings) } ?? name
    let isHere = part == here
    var lines = [DOTLine(name, size: 14, bold: true)]
    let results = flow.results(of: part)
    if results != [name] {
      lines += remarks(results.joined(separator: ", "), width: form.remarkWidth.terms)
    }
    lines += remarks(stage.map { options(of: $0) } ?? "", width: form.remarkWidth.others)
    graph.node(
      name,
      [
        ("id", "\(name)"), ("tooltip", "\(purpose)"), ("color", "\(isHere ? Ink.text : Ink.line)"),
        ("penwidth", isHere ? "3.5" : "1"), ("label", .lines(lines)),
      ])
  }

  private func addModel(_ name: String, _ mark: Mark?, to graph: inout DOTGraph) {
    let (fill, color) = (mark?.fill ?? Ink.paper, mark?.color ?? Ink.text)
    let meaning = mark?.meaning ?? "follows the policy"
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", form.model.shape), ("fillcolor", "\(fill)"), ("color", "\(color)"),
        ("style", "\(form.model.style)\(mark == .frozen ? ",dashed" : "")"), ("penwidth", "2"),
        ("margin", form.model.margin),
        ("tooltip", "\(name): \(meaning)"),
        (
          "label",
          .lines(
            DOTLine(name, size: 13, color: color, bold: true),
            DOTLine((mark.map { $0.symbol + " " } ?? "") + meaning, size: form.remarkSize.model, color: color))
        ),
      ])
  }

  private func addData(_ name: String, _ remark: String, width: Int, to graph: inout DOTGraph) {
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", "note"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"),
        ("label", .lines([DOTLine(name, size: 13)] + remarks(remark, width: width))),
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
    if form.isStacked { return graph.edge(from.name, to.name) }
    // The frames stand side by side: what leads from one into another must not push it down.
    if case .minibatch = to.kind, from.depth > 0 {
      return graph.edge(to.name, from.name, [("dir", "back")])
    }
    let isGiven = to.kind == .minibatch
    let isAcross = from.depth < to.depth && !isLearned(edge.from) && !isGiven || isLearned(edge.to)
    graph.edge(from.name, to.name, isAcross ? [("constraint", "false")] : [])
  }

  /// Puts each frame below the one before it, whether or not an arrow leads there.
  private func stackFrames(in graph: inout DOTGraph) {
    var above: [String] = []
    for depth in 0...2 {
      let members = framedData(depth).map { $0.name } + framedParts(depth).map { flow.parts[$0].name }
      guard !members.isEmpty else { continue }
      let inner = links.filter { members.contains($0.from) && members.contains($0.to) }
      let tops = members.filter { name in !inner.contains { $0.to == name } }
      for upper in above { for lower in tops { graph.edge(upper, lower, [("style", "invis")]) } }
      above = members.filter { name in !inner.contains { $0.from == name } }
    }
  }

  private var dataArrows: [(from: String, to: String)] {
    data.flatMap { datum in datum.users.filter { flow.index($0) != nil }.map { (datum.name, $0) } }
  }

  /// The arrows that point down.
  private var links: [(from: String, to: String)] {
    dataArrows + flow.edges.filter { !$0.isNext }.map { (flow.parts[$0.from].name, flow.parts[$0.to].name) }
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
      onlookers.isEmpty ? "" : "not drawn, since no number drawn here is computed from theirs: \(onlookers)",
    ])
  }
}
