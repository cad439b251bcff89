import Objectives
import Recording

/// How an algorithm runs in a tiny world.
struct Simulator: Sendable {
  /// What its policy can act in.
  enum Place: Sendable { case language, decisions, either }

  let algorithm: Algorithm
  var place = Place.language
  /// The combination in a scenario that is refused, if any.
  let problem: @Sendable (Scenario) -> String?
  /// Runs the scenario and records all of it.
  let run: @Sendable (Scenario, Trace) -> Void

  static let all: [Simulator] = [.ppo, .grpo, .dpo, .kto, .classicPPO, .reinforce, .sft, .rewardModel]
}

extension Simulator {
  private static let ppo = Simulator(
    algorithm: .ppo,
    problem: { $0.world.preferences.isEmpty ? $0.missingPreferences : $0.samplingProblem },
    run: { scenario, trace in
      let environment = LanguageEnvironment(
        scenario.world, hasCritic: true, settings: scenario.settings, seed: scenario.seed, trace: trace)
      var simulation = PPOSimulation(environment, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let classicPPO = Simulator(
    algorithm: .classicPPO, place: .decisions, problem: { $0.samplingProblem ?? $0.endlessness },
    run: { scenario, trace in
      guard let process = scenario.decisions else { return }
      let environment = DecisionEnvironment(
        process, hasCritic: true, settings: scenario.settings, seed: scenario.seed, trace: trace)
      var simulation = PPOSimulation(environment, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let reinforce = Simulator(
    algorithm: .reinforce, place: .either, problem: { $0.samplingProblem },
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
    algorithm: .grpo, problem: { $0.groupProblem },
    run: { scenario, trace in
      var simulation = GRPOSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let dpo = Simulator(
    algorithm: .dpo,
    problem: { Batch.preferenceProblem($0.settings) ?? $0.lengthProblem($0.pairLengths) },
    run: { scenario, trace in
      var simulation = DPOSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let sft = Simulator(
    algorithm: .sft, problem: { $0.lengthProblem($0.world.demonstrations.map { $0.response.count }) },
    run: { scenario, trace in
      var simulation = SupervisedSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })

  private static let rewardModel = Simulator(
    algorithm: .rewardModel, problem: { $0.lengthProblem($0.pairLengths) },
    run: { scenario, trace in
      var simulation = RewardModelSimulation(
        world: scenario.world, settings: scenario.settings, seed: scenario.seed, trace: trace)
      simulation.run()
    })
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
