public import Objectives
public import Recording

/// A tiny world, an algorithm's options and a seed: everything that a run is made from.
public struct Scenario: Equatable, Sendable {
  public var name: String
  /// One sentence on what there is to see.
  public var title: String
  public var algorithm: Algorithm
  /// What is acted in: a language to write, or states to move between.
  public var surroundings: Surroundings
  public var settings: Settings
  public var seed: UInt64

  public init(
    name: String, title: String, algorithm: Algorithm, world: World, settings: Settings = Settings(), seed: UInt64
  ) {
    self.init(
      name: name, title: title, algorithm: algorithm, surroundings: .language(world), settings: settings, seed: seed)
  }

  public init(
    name: String, title: String, algorithm: Algorithm, surroundings: Surroundings, settings: Settings, seed: UInt64
  ) {
    self.name = name
    self.title = title
    self.algorithm = algorithm
    self.surroundings = surroundings
    self.settings = settings
    self.seed = seed
  }

  /// The scenarios that come with Gradus, by name.
  public static let builtIn: [Scenario] = [
    Scenario(
      name: "ppo", title: "PPO as RLHF uses it: a reviewer of films learns what its readers prefer.",
      algorithm: .ppo, world: .filmReviews, seed: 7),
    Scenario(
      name: "dpo", title: "DPO: the same reviewer learns from pairs alone, without samples and without a reward model.",
      algorithm: .dpo, world: .filmReviews, settings: Settings([(.learningRate, .number(0.3))]), seed: 7),
    Scenario(
      name: "sft", title: "Supervised fine-tuning: a reviewer learns from demonstrations, token by token.",
      algorithm: .sft, world: .filmReviews, settings: .preparation(steps: .sftSteps, rate: .sftLearningRate),
      seed: 7),
    Scenario(
      name: "reward-model", title: "A reward model learns from pairs which words readers like.",
      algorithm: .rewardModel, world: .filmReviews,
      settings: .preparation(steps: .rewardSteps, rate: .rewardLearningRate), seed: 7),
    .kto, .grpo, .grpoUserGroups, .classicPPO, .reinforce,
  ]

  /// Runs the scenario and records all of it.
  ///
  /// - Parameter overrides: What-ifs: numbers to put in place of those that the run computes.
  public func record(overrides: [Override] = []) -> Trace {
    let trace = Trace(glossary: glossary, overrides: overrides)
    simulator.run(self, trace)
    return trace
  }

  private var glossary: Glossary {
    switch surroundings {
    case .language(let world):
      Glossary(
        vocabulary: world.vocabulary, algorithm: algorithm, settings: settings, states: StateSpace(world).names,
        groups: world.users.isEmpty ? nil : world.users.map { $0.name })
    case .decisions(let process): Glossary(process, algorithm: algorithm, settings: settings)
    }
  }
}

extension Settings {
  /// The standard settings with some changed.
  init(_ changes: [(option: Option, value: OptionValue)]) {
    self.init()
    do throws(OptionError) {
      for change in changes { try set(change.option, to: change.value) }
    } catch {
      preconditionFailure(error.message)
    }
  }

  /// What `ppo` does to prepare a model: plain gradient descent on all examples at once.
  fileprivate static func preparation(steps: Option, rate: Option) -> Settings {
    let standard = Settings()
    return Settings([
      (.trainEpochs, standard[steps]), (.trainBatchSize, .integer(16)), (.optimizer, .choice("sgd")),
      (.learningRate, standard[rate]), (.maxGradNorm, .none),
    ])
  }
}
