import Objectives
import Recording
import Simulation

// The pipeline of a run that learns from given examples: DPO, supervised fine-tuning, the reward model.
extension PipelineDiagram {
  func addExamplesPipeline(to graph: inout DOTGraph) {
    if case .scenario(let scenario) = source { addDataAndModels(scenario, to: &graph) }
    addStage(.reference, "reference log-probs", to: &graph)
    addLearningFromExamples(to: &graph)
  }

  /// The data, the model that learns from them, and for DPO the reference that it starts from.
  private func addDataAndModels(_ scenario: Scenario, to graph: inout DOTGraph) {
    if has("demonstrations") {
      addData("demonstrations", Caption.count(scenario.world.demonstrations.count, "review"), to: &graph)
    }
    if has("preferences") {
      addData("preferences", Caption.count(scenario.world.preferences.count, "pair"), to: &graph)
    }
    if has("judgements") {
      addData("judgements", Caption.count(trace.givenTokens.count, "response"), to: &graph)
    }
    addStage(.supervised, "maximum likelihood", to: &graph)
    if has("reference model") { addModel("reference model", .frozen, to: &graph) }
    addModel(source.algorithm == .rewardModel ? "reward model" : "policy model", .trained, to: &graph)
  }

  private func addLearningFromExamples(to graph: inout DOTGraph) {
    let epochs = Caption.count(settings.integer(.trainEpochs), "epoch")
    let size = settings.integer(.trainBatchSize)
    graph.cluster("minibatch", frame(isScenario ? "each minibatch of \(epochs)" : "one minibatch")) { graph in
      if isScenario {
        addData("minibatch", "at most \(size) \(source.algorithm.words().example)s", to: &graph)
      }
      addStage(.policy, "log-probs now", to: &graph)
      addStage(.score, "of both responses", to: &graph)
      addStage(.mismatch, "prompts and others' responses", to: &graph)
      addStage(.referencePoint, "mean log-ratio", to: &graph)
      addStage(.logRatio, "policy : reference", to: &graph)
      addStage(.margin, source.algorithm == .dpo ? option(.preferenceBeta) : "chosen − rejected", to: &graph)
      addStage(
        .pairLoss, source.algorithm == .dpo ? option(.preferenceLoss) : "Bradley-Terry", to: &graph)
      addStage(.humanValue, option(.preferenceBeta), to: &graph)
      addStage(
        .loss, source.algorithm == .sft ? "maximum likelihood" : "mean over \(source.algorithm.words().example)s",
        to: &graph)
      addStage(.gradient, option(.maxGradNorm), to: &graph)
      addStage(.update, settings.choice(.optimizer) + ", " + option(.learningRate), to: &graph)
    }
  }

  var edgesFromExamples: [Edge] {
    let model = source.algorithm == .rewardModel ? "reward model" : "policy model"
    let first = source.algorithm == .rewardModel ? "score" : "policy"
    var edges = flow("demonstrations", "sft", "reference model", "policy model")
    edges += flow("reference model", "reference", "log-ratio") + flow("batch", first) + flow("batch", "reference")
    edges += flow(source.algorithm == .sft ? "demonstrations" : "preferences", "minibatch", first) + flow(model, first)
    switch source.algorithm {
    case .dpo: edges += flow("policy", "log-ratio", "margin", "pair-loss", "loss")
    case .kto:
      edges += flow("judgements", "minibatch") + flow("policy", "log-ratio", "human-value", "loss")
      edges += flow("policy", "mismatch", "reference-point", "human-value")
    case .rewardModel: edges += flow("score", "margin", "pair-loss", "loss")
    default: edges += flow("policy", "loss")
    }
    return edges + flow("loss", "gradient", "update") + [back("update", model, "next")]
  }
}
