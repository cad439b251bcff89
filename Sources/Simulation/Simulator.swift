import Objectives
import Recording

/// How an algorithm runs in a tiny world, and what there is to see of it.
struct Simulator: Sendable {
  /// What its policy can act in.
  enum Place: Sendable { case language, decisions, either }

  let algorithm: Algorithm
  /// Those that come with Gradus.
  let scenarios: [Scenario]
  var place = Place.language
  /// Whether its policy can see the prompt, rather than the previous token alone.
  var seesPrompt = false
  /// How a trainer's batches are written, if they can be replayed.
  var form: BatchForm?
  /// Why a scenario's combination of options is refused; nil where it is not.
  let problem: @Sendable (Scenario) -> String?
  /// Runs the scenario and records all of it.
  let run: @Sendable (Scenario, Trace) -> Void

  static let all: [Simulator] = [
    .ppo, .dpo, .onlineDPO, .sft, .rewardModel, .kto, .grpo, .classicPPO, .reinforce, .remax, .distillation,
  ]
}

extension Simulator {
  private static let ppo = Simulator(
    algorithm: .ppo,
    scenarios: [
      Scenario(
        name: "ppo", title: "PPO as RLHF uses it: a reviewer of films learns what its readers prefer.",
        algorithm: .ppo, world: .filmReviews, seed: 7)
    ],
    form: .responses, problem: { $0.world.preferences.isEmpty ? $0.missingPreferences : $0.samplingProblem },
    run: { scenario, trace in
      let environment = LanguageEnvironment(
        scenario.world, hasCritic: true, settings: scenario.settings, seed: scenario.seed, trace: trace)
      var simulation = PPOSimulation(environment, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let classicPPO = Simulator(
    algorithm: .classicPPO, scenarios: [.classicPPO], place: .decisions,
    problem: { $0.samplingProblem ?? $0.endlessness },
    run: { scenario, trace in
      guard let process = scenario.decisions else { return }
      let environment = DecisionEnvironment(
        process, hasCritic: true, settings: scenario.settings, seed: scenario.seed, trace: trace)
      var simulation = PPOSimulation(environment, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let reinforce = Simulator(
    algorithm: .reinforce, scenarios: [.reinforce], place: .either,
    problem: { $0.samplingProblem ?? $0.engineProblem },
    run: { scenario, trace in
      let (settings, seed) = (scenario.settings, scenario.seed)
      switch scenario.surroundings {
      case .language(let world):
        let environment = LanguageEnvironment(world, hasCritic: false, settings: settings, seed: seed, trace: trace)
        var simulation = ReinforceSimulation(environment, settings: settings, seed: seed, trace: trace)
        simulation.run()
      case .decisions(let process):
        let environment = DecisionEnvironment(process, hasCritic: false, settings: settings, seed: seed, trace: trace)
        var simulation = ReinforceSimulation(environment, settings: settings, seed: seed, trace: trace)
        simulation.run()
      }
    })

  private static let grpo = Simulator(
    algorithm: .grpo, scenarios: [.grpo, .grpoUserGroups], seesPrompt: true, form: .groups,
    problem: { $0.groupProblem },
    run: { scenario, trace in
      var simulation = GRPOSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let dpo = Simulator(
    algorithm: .dpo,
    scenarios: [
      Scenario(
        name: "dpo",
        title: "DPO: the same reviewer learns from pairs alone, without samples and without a reward model.",
        algorithm: .dpo, world: .filmReviews, settings: Settings([(.learningRate, .number(0.3))]), seed: 7)
    ],
    form: .pairs, problem: { Batch.preferenceProblem($0.settings) ?? $0.lengthProblem($0.pairLengths) },
    run: { scenario, trace in
      var simulation = DPOSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let sft = Simulator(
    algorithm: .sft,
    scenarios: [
      Scenario(
        name: "sft", title: "Supervised fine-tuning: a reviewer learns from demonstrations, token by token.",
        algorithm: .sft, world: .filmReviews, settings: preparation(steps: .sftSteps, rate: .sftLearningRate), seed: 7)
    ],
    form: .demonstrations, problem: { $0.lengthProblem($0.world.demonstrations.map { $0.response.count }) },
    run: { scenario, trace in
      var simulation = SupervisedSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let rewardModel = Simulator(
    algorithm: .rewardModel,
    scenarios: [
      Scenario(
        name: "reward-model", title: "A reward model learns from pairs which words readers like.",
        algorithm: .rewardModel, world: .filmReviews,
        settings: preparation(steps: .rewardSteps, rate: .rewardLearningRate), seed: 7)
    ],
    form: .scoredPairs, problem: { $0.lengthProblem($0.pairLengths) },
    run: { scenario, trace in
      var simulation = RewardModelSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  /// What `ppo` does to prepare a model: plain gradient descent on all examples at once.
  private static func preparation(steps: Option, rate: Option) -> Settings {
    let standard = Settings()
    return Settings([
      (.trainEpochs, standard[steps]), (.trainBatchSize, .integer(16)), (.optimizer, .choice("sgd")),
      (.learningRate, standard[rate]), (.maxGradNorm, .none),
    ])
  }
}

extension Scenario {
  /// How its algorithm runs; every algorithm does.
  var simulator: Simulator {
    guard let simulator = Simulator.all.first(where: { $0.algorithm == algorithm }) else {
      preconditionFailure("an algorithm has no simulator")
    }
    return simulator
  }
}
