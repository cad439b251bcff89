public import Objectives
public import Recording

/// A tiny world, an algorithm's options and a seed: everything that a run is made from.
public struct Scenario: Equatable, Sendable {
  public var name: String
  /// One sentence on what there is to see.
  public var title: String
  public var algorithm: Algorithm
  public var world: World
  public var settings: Settings
  public var seed: UInt64

  public init(
    name: String, title: String, algorithm: Algorithm, world: World, settings: Settings = Settings(), seed: UInt64
  ) {
    self.name = name
    self.title = title
    self.algorithm = algorithm
    self.world = world
    self.settings = settings
    self.seed = seed
  }

  /// The scenarios that come with Gradus, by name.
  public static let builtIn: [Scenario] = [
    Scenario(
      name: "ppo", title: "PPO as RLHF uses it: a reviewer of films learns what its readers prefer.",
      algorithm: .ppo, world: .filmReviews, seed: 7),
    .grpo, .grpoUserGroups,
  ]

  /// Runs the scenario and records all of it.
  ///
  /// - Parameter overrides: What-ifs: numbers to put in place of those that the run computes.
  public func record(overrides: [Override] = []) -> Trace {
    let glossary = Glossary(
      vocabulary: world.vocabulary, algorithm: algorithm, states: StateSpace(world).names,
      groups: world.users.isEmpty ? nil : world.users.map { $0.name })
    let trace = Trace(glossary: glossary, overrides: overrides)
    switch algorithm {
    case .ppo:
      var simulation = PPOSimulation(world: world, settings: settings, seed: seed, trace: trace)
      simulation.run()
    case .grpo:
      var simulation = GRPOSimulation(world: world, settings: settings, seed: seed, trace: trace)
      simulation.run()
    case .dpo: break
    }
    return trace
  }
}
