import Objectives
import Recording
import Simulation

/// The whole algorithm: data, models, who is frozen, and the loops of one iteration with the options that rule them.
///
/// Drawn is what the recording has, so that a batch, whose samples come from elsewhere, has fewer parts. The stage of the
/// position has a thick border.
struct PipelineDiagram {
  private let trace: Trace
  private let source: Source
  private let beat: Int

  init(_ trace: Trace, _ source: Source, at beat: Int) {
    self.trace = trace
    self.source = source
    self.beat = beat
  }

  private var settings: Settings { source.settings }

  var dot: String {
    var graph = DOTGraph(
      "pipeline",
      [("rankdir", "TB"), ("ranksep", "0.3"), ("nodesep", "0.25"), ("newrank", "true"), title])
    addPreparation(to: &graph)
    addExperience(to: &graph)
    addLearning(to: &graph)
    for edge in edges where has(edge.from) && has(edge.to) { graph.edge(edge.from, edge.to, edge.attributes) }
    return graph.text
  }

  // MARK: Parts

  private func addPreparation(to graph: inout DOTGraph) {
    guard case .scenario(let scenario) = source else {
      let unit = trace.rejectedTokens.isEmpty ? "recorded response" : "recorded pair"
      addData("batch", Caption.count(trace.givenTokens.count, unit), to: &graph)
      return
    }
    if isLearningFromExamples {
      addExamples(scenario, to: &graph)
      return
    }
    guard let language = hasLanguage ? scenario.world : nil else {
      addModel("policy model", .trained, to: &graph)
      if has("critic model") { addModel("critic model", .trained, to: &graph) }
      return
    }
    graph.cluster("once", frame("once, before")) { graph in
      addData("demonstrations", Caption.count(language.demonstrations.count, "response"), to: &graph)
      if has("preferences") {
        addData("preferences", Caption.count(language.preferences.count, "pair"), to: &graph)
      }
      addStage(.supervised, "maximum likelihood", to: &graph)
      addStage(.rewardModel, "Bradley-Terry", to: &graph)
      addModel("reference model", .frozen, to: &graph)
      if has("reward model") { addModel("reward model", .frozen, to: &graph) }
    }
    addModel("policy model", .trained, to: &graph)
    if has("critic model") { addModel("critic model", .trained, to: &graph) }
  }

  private var hasLanguage: Bool {
    if case .scenario(let scenario) = source { scenario.decisions == nil } else { false }
  }

  /// The data, the model that learns from them, and for DPO the reference that it starts from.
  private func addExamples(_ scenario: Scenario, to graph: inout DOTGraph) {
    if has("demonstrations") {
      addData("demonstrations", Caption.count(scenario.world.demonstrations.count, "review"), to: &graph)
    }
    if has("preferences") {
      addData("preferences", Caption.count(scenario.world.preferences.count, "pair"), to: &graph)
    }
    addStage(.supervised, "maximum likelihood", to: &graph)
    if has("reference model") { addModel("reference model", .frozen, to: &graph) }
    addModel(source.algorithm == .rewardModel ? "reward model" : "policy model", .trained, to: &graph)
  }

  private func addExperience(to graph: inout DOTGraph) {
    let batches = settings.integer(.batches)
    if isLearningFromExamples {
      addStage(.reference, "reference log-probs", to: &graph)
      return
    }
    let isRecorded = trace.givenTokens.count > 0
    graph.cluster("iteration", frame(isRecorded ? "recorded samples" : "each of \(batches) iterations")) { graph in
      if case .scenario(let scenario) = source {
        let states = scenario.decisions.map { Caption.count($0.names.count, "state") }
        addData("prompts", states ?? Caption.count(scenario.world.prompts.count, "prompt"), to: &graph)
      }
      let unit = isRecorded || hasLanguage ? "responses" : "episodes"
      let size = settings.integer(isGRPO ? .generationBatchSize : .batchSize)
      addStage(.rollout, isRecorded ? "old log-probs" : "\(size) \(unit)", to: &graph)
      addStage(.reference, "reference log-probs", to: &graph)
      addStage(.score, "one per response", to: &graph)
      addStage(.values, "one per token", to: &graph)
      addStage(.klPenalty, settings.flag(.useKLLoss) ? "score alone" : option(.klCoef), to: &graph)
      addStage(.gae, "\(option(.gamma)), \(option(.lam))", to: &graph)
      addStage(.returns, option(.gamma), to: &graph)
      addStage(.rewards, "one per response", to: &graph)
      addStage(.groups, "mean and spread", to: &graph)
      addStage(.advantage, option(isGRPO ? .advantageBaseline : .returnBaseline), to: &graph)
      if !isWhitenedLater { addWhitening(to: &graph) }
    }
  }

  private var isGRPO: Bool { source.algorithm == .grpo }

  /// Whether each minibatch whitens its own advantages.
  private var isWhitenedLater: Bool { settings.choice(.whitenScope) == "minibatch" && has(Stage.whiten.name) }

  private func addWhitening(to graph: inout DOTGraph) {
    addStage(.whiten, settings.flag(.whitenAdvantages) ? "to mean 0, variance 1" : "off", to: &graph)
  }

  private func addLearning(to graph: inout DOTGraph) {
    if isLearningFromExamples {
      addLearningFromExamples(to: &graph)
      return
    }
    let isRecorded = trace.givenTokens.count > 0
    let epochs = settings.integer(isGRPO ? .numIterations : .epochs)
    let minibatches = Caption.count(settings.integer(.minibatches), "minibatch", plural: "minibatches")
    let loops = Caption.count(epochs, "epoch") + " × " + minibatches
    graph.cluster("minibatch", frame(isRecorded ? "one minibatch" : "each of \(loops)")) { graph in
      addData(
        "minibatch", has("critic model") || !isScenario ? "old log-probs, advantages, returns" : "samples, advantages",
        to: &graph)
      addStage(.policy, has("critic model") || !isScenario ? "log-probs and values now" : "log-probs now", to: &graph)
      addStage(.ratio, "new : old", to: &graph)
      if isWhitenedLater { addWhitening(to: &graph) }
      addStage(.clip, option(isGRPO ? .epsilon : .cliprange), to: &graph)
      addStage(.policyGradient, "log-prob × advantage", to: &graph)
      addStage(.valueLoss, option(.cliprangeValue), to: &graph)
      addStage(.entropy, option(.entropyCoef), to: &graph)
      addStage(.klLoss, option(isGRPO ? .groupBeta : .klCoef), to: &graph)
      let lossOption: Option = isGRPO ? .groupLoss : has(Stage.valueLoss.name) ? .vfCoef : .entropyCoef
      addStage(.loss, option(lossOption), to: &graph)
      addStage(.gradient, option(.maxGradNorm), to: &graph)
      addStage(.update, settings.choice(.optimizer) + ", " + option(.learningRate), to: &graph)
    }
    if hasSamplingLoop { addStage(.sync, "old := new policy", to: &graph) }
  }

  /// Whether the run samples nothing: DPO, supervised fine-tuning, the reward model.
  private var isLearningFromExamples: Bool {
    !has(Stage.rollout.name)
  }

  private func addLearningFromExamples(to graph: inout DOTGraph) {
    let epochs = Caption.count(settings.integer(.trainEpochs), "epoch")
    let size = settings.integer(.trainBatchSize)
    graph.cluster("minibatch", frame(isScenario ? "each minibatch of \(epochs)" : "one minibatch")) { graph in
      if isScenario {
        addData("minibatch", "at most \(size) " + (source.algorithm == .sft ? "reviews" : "pairs"), to: &graph)
      }
      addStage(.policy, "log-probs now", to: &graph)
      addStage(.score, "of both responses", to: &graph)
      addStage(.logRatio, "policy : reference", to: &graph)
      addStage(.margin, source.algorithm == .dpo ? option(.preferenceBeta) : "chosen − rejected", to: &graph)
      addStage(
        .pairLoss, source.algorithm == .dpo ? option(.preferenceLoss) : "Bradley-Terry", to: &graph)
      addStage(.loss, source.algorithm == .sft ? "maximum likelihood" : "mean over pairs", to: &graph)
      addStage(.gradient, option(.maxGradNorm), to: &graph)
      addStage(.update, settings.choice(.optimizer) + ", " + option(.learningRate), to: &graph)
    }
  }

  // MARK: Nodes

  private func addStage(_ stage: Stage, _ remark: String, to graph: inout DOTGraph) {
    guard has(stage.name) else { return }
    let isHere = trace.stage(ofBeat: beat).name == stage.name
    graph.node(
      stage.name,
      [
        ("id", "\(stage.name)"), ("tooltip", "\(stage.purpose)"), ("color", "\(isHere ? Ink.text : Ink.line)"),
        ("penwidth", isHere ? "3.5" : "1"),
        ("label", .lines(DOTLine(stage.name, size: 14, bold: true), DOTLine(remark, size: 10, color: Ink.muted))),
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

  private func addData(_ name: String, _ remark: String, to graph: inout DOTGraph) {
    graph.node(
      name,
      [
        ("id", "\(name)"), ("shape", "note"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"),
        ("label", .lines(DOTLine(name, size: 13), DOTLine(remark, size: 10, color: Ink.muted))),
      ])
  }

  private func frame(_ label: String) -> DOTGraph.Attributes {
    [
      ("label", .lines(DOTLine(label, size: 12, color: Ink.muted))), ("labeljust", "l"), ("style", "rounded,dashed"),
      ("color", "\(Ink.faint)"), ("margin", "8"),
    ]
  }

  private func option(_ option: Option) -> String { option.name + " " + settings[option].text }

  // MARK: Edges

  private struct Edge {
    let from: String
    let to: String
    var attributes: DOTGraph.Attributes = []
  }

  private var hasSamplingLoop: Bool { has(Stage.update.name) }

  private var isScenario: Bool { if case .scenario = source { true } else { false } }

  /// Whether a data set, a model or a stage is part of this recording.
  private func has(_ name: String) -> Bool {
    switch name {
    case "batch": return !isScenario
    case "minibatch": return isScenario || !isLearningFromExamples
    case "prompts": return isScenario && has(Stage.rollout.name)
    case "demonstrations": return hasLanguage && source.algorithm != .rewardModel
    case "preferences": return hasLanguage && has("reward model") || source.algorithm == .dpo
    case "critic model": return isScenario && trace.stages.contains { $0.name == Stage.values.name }
    case "reference model": return isScenario && has(Stage.supervised.name)
    case "reward model": return isScenario && (has(Stage.rewardModel.name) || source.algorithm == .rewardModel)
    case "policy model": return isScenario && source.algorithm != .rewardModel
    case Stage.sync.name where isLearningFromExamples: return false
    case Stage.sync.name: return trace.stages.contains { $0.name == Stage.update.name }
    default: return trace.stages.contains { $0.name == name }
    }
  }

  private var edges: [Edge] { isLearningFromExamples ? edgesFromExamples : edgesOfSampling }

  private var edgesFromExamples: [Edge] {
    func flow(_ names: String...) -> [Edge] { zip(names, names.dropFirst()).map { Edge(from: $0, to: $1) } }
    let model = source.algorithm == .rewardModel ? "reward model" : "policy model"
    let first = source.algorithm == .rewardModel ? "score" : "policy"
    var edges = flow("demonstrations", "sft", "reference model", "policy model")
    edges += flow("reference model", "reference", "log-ratio") + flow("batch", first) + flow("batch", "reference")
    edges += flow(source.algorithm == .sft ? "demonstrations" : "preferences", "minibatch", first) + flow(model, first)
    switch source.algorithm {
    case .dpo: edges += flow("policy", "log-ratio", "margin", "pair-loss", "loss")
    case .rewardModel: edges += flow("score", "margin", "pair-loss", "loss")
    default: edges += flow("policy", "loss")
    }
    let back: DOTGraph.Attributes = [
      ("constraint", "false"), ("style", "dashed"), ("color", "\(Mark.trained.color)"),
      ("fontcolor", "\(Mark.trained.color)"), ("label", "next"),
    ]
    return edges + flow("loss", "gradient", "update") + [Edge(from: "update", to: model, attributes: back)]
  }

  private var edgesOfSampling: [Edge] {
    func flow(_ names: String...) -> [Edge] { zip(names, names.dropFirst()).map { Edge(from: $0, to: $1) } }
    func back(_ from: String, _ to: String, _ label: String) -> Edge {
      Edge(
        from: from, to: to,
        attributes: [
          ("constraint", "false"), ("style", "dashed"), ("color", "\(Mark.trained.color)"),
          ("fontcolor", "\(Mark.trained.color)"), ("label", "\(label)"),
        ])
    }
    // What leads from one frame into another must not push it down: the frames stand side by side.
    func across(_ from: String, _ to: String) -> Edge {
      Edge(from: from, to: to, attributes: [("constraint", "false")])
    }
    // Written from top to bottom, an arrow that points up finds a shorter way.
    func upwards(_ from: String, _ to: String) -> Edge {
      Edge(from: to, to: from, attributes: [("dir", "back"), ("weight", "2"), ("minlen", "3")])
    }
    var edges = flow("demonstrations", "sft", "reference model") + flow("preferences", "reward-model", "reward model")
    edges += flow("prompts", "rollout", "reference", "kl-penalty", "gae")
    if !isWhitenedLater { edges += flow("gae", "whiten") }
    edges += flow("rollout", "score", "kl-penalty") + flow("rollout", "values", "gae") + flow("batch", "rollout")
    // Where there is no reference, no critic or no whitening, the arrows go on to the next stage that there is.
    if !has(Stage.reference.name) { edges += flow("rollout", has(Stage.values.name) ? "gae" : "returns") }
    edges += flow("kl-penalty", "returns", "advantage") + flow("policy", "policy-gradient", "loss")
    edges += flow("rollout", "reward", "group", "advantage")
    if has(Stage.advantage.name) { edges.append(upwards("advantage", "minibatch")) }
    if isWhitenedLater { edges += flow("policy", "whiten", "clip") }
    edges += flow("minibatch", "policy", "ratio", "clip", "loss", "gradient", "update", "sync")
    edges +=
      flow("policy", "value-loss", "loss") + flow("policy", "entropy", "loss") + flow("policy", "kl-loss", "loss")
    edges += [
      across("reference model", "reference"), across("reward model", "score"),
      upwards(isWhitenedLater || !has(Stage.whiten.name) ? "gae" : "whiten", "minibatch"),
      across("reference model", "policy model"),
    ]
    edges += flow("policy model", "rollout") + flow("critic model", "values")
    edges += [back("update", "minibatch", "next minibatch"), back("sync", "policy model", "next iteration")]
    edges.append(back("sync", "critic model", ""))
    return edges
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
