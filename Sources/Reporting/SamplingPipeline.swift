import Objectives
import Recording
import Simulation

// The pipeline of a run that learns from what it samples: PPO, GRPO, REINFORCE.
extension PipelineDiagram {
  func addSamplingPipeline(to graph: inout DOTGraph) {
    if case .scenario(let scenario) = source { addModels(scenario, to: &graph) }
    addExperience(to: &graph)
    addLearning(to: &graph)
  }

  private func addModels(_ scenario: Scenario, to graph: inout DOTGraph) {
    if hasLanguage { addPreparation(scenario.world, to: &graph) }
    addModel("policy model", .trained, to: &graph)
    if has("critic model") { addModel("critic model", .trained, to: &graph) }
  }

  private func addPreparation(_ world: World, to graph: inout DOTGraph) {
    graph.cluster("once", frame("once, before")) { graph in
      addData("demonstrations", Caption.count(world.demonstrations.count, "response"), to: &graph)
      if has("preferences") {
        addData("preferences", Caption.count(world.preferences.count, "pair"), to: &graph)
      }
      addStage(.supervised, "maximum likelihood", to: &graph)
      addStage(.rewardModel, "Bradley-Terry", to: &graph)
      addModel("reference model", .frozen, to: &graph)
      if has("reward model") { addModel("reward model", .frozen, to: &graph) }
    }
  }

  private func addExperience(to graph: inout DOTGraph) {
    let batches = settings.integer(.batches)
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
    addStage(.sync, "old := new policy", to: &graph)
  }

  var edgesOfSampling: [Edge] {
    // Edges from one frame into another must not push it down: the frames stand side by side.
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
}
