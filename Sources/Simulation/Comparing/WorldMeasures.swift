import Autodiff
import Objectives
public import Recording

/// A shared world's responses, each with what it is worth by every measure.
public struct WorldMeasures: Sendable {
  /// By true worth; nil where the world does not say.
  public let truth: ExactResponses?
  /// By the learned reward; nil without preferences.
  let learned: ExactResponses?
  /// By true worth, where `π*` is after the learned reward; nil if either is not known.
  public let hacked: ExactResponses?
  /// By true worth, of the prompts of each kind of users.
  let groups: [ExactResponses]
  private let any: ExactResponses
  private let world: World

  /// Nil where there are too many responses.
  ///
  /// - Parameter scenario: Any of those that share the world: they make the reward model alike.
  init?(_ scenario: Scenario, world: World, reference: [[Double]]) {
    self.world = world
    let length = scenario.algorithm.option(.responseLength).map { scenario.settings.integer($0) } ?? 1
    func exact(_ prompts: [Int]? = nil, _ reward: (Int) -> ResponseReward) -> ExactResponses? {
      ExactResponses(world, prompts: prompts, reference: reference, length: length, reward: reward)
    }
    let weights = Self.rewardWeights(scenario, world)
    let truth = { (prompt: Int) in world.trueScore(to: prompt) }
    guard let any = exact(nil, { _ in ResponseReward(score: .phrases([])) }) else { return nil }
    self.any = any
    self.truth = world.knowsTrueReward ? exact { ResponseReward(score: truth($0)) } : nil
    learned = weights.flatMap { weights in exact { _ in ResponseReward(score: .sum(weights)) } }
    hacked =
      world.knowsTrueReward
      ? weights.flatMap { weights in exact { ResponseReward(score: truth($0), paid: .sum(weights)) } } : nil
    groups = world.users.compactMap { exact($0.prompts) { ResponseReward(score: truth($0)) } }
  }

  /// Those of a scenario's own world, whose reference is prepared once more; nil where it has none.
  ///
  /// - Parameters:
  ///   - scenario: The scenario whose world is measured.
  ///   - overrides: The what-ifs of the recording.
  public init?(of scenario: Scenario, overrides: [Override] = []) {
    guard scenario.algorithm.has(.reference), case .language(let world) = scenario.surroundings else { return nil }
    let scratch = Trace(
      glossary: Glossary(vocabulary: world.vocabulary, algorithm: scenario.algorithm), overrides: overrides)
    let logits = scratch.fineTuneReference(world, settings: scenario.settings)
    self.init(scenario, world: world, reference: TabularPolicy(logits: logits, on: scratch.tape).table)
  }

  private static func rewardWeights(_ scenario: Scenario, _ world: World) -> [Double]? {
    guard !world.preferences.isEmpty else { return nil }
    let scratch = Trace(glossary: Glossary(vocabulary: world.vocabulary, algorithm: scenario.algorithm), overrides: [])
    return scratch.trainRewardModel(world, settings: scenario.settings).map { $0.value }
  }

  func kl(of policy: [[Double]]) -> Double { max(0, any.values(of: policy, beta: 0).kl) }

  /// The mean over the demonstrations of the log-probability of the whole response.
  func demonstrationLogp(_ policy: [[Double]]) -> Double {
    let states = StateSpace(world)
    let sum = world.demonstrations.reduce(0.0) { sum, demonstration in
      zip(states.path(demonstration.response, after: demonstration.prompt), demonstration.response)
        .reduce(sum) { $0 + policy[$1.0][$1.1] }
    }
    return sum / Double(max(1, world.demonstrations.count))
  }
}
