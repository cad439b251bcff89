import Autodiff
import Objectives
import Recording

/// A shared world's responses, each with what it is worth by every measure.
struct WorldMeasures: Sendable {
  /// By true worth; nil where the world does not say.
  let truth: ResponseTree?
  /// By the learned reward; nil without preferences.
  let learned: ResponseTree?
  /// By true worth, where `π*` is after the learned reward; nil if either is not known.
  let hacked: ResponseTree?
  /// By true worth, of the prompts of each kind of users.
  let groups: [ResponseTree]
  private let any: ResponseTree
  private let world: World

  /// Nil where there are too many responses.
  ///
  /// - Parameter scenario: Any of those that share the world: they make the reward model alike.
  init?(_ scenario: Scenario, world: World, reference: [[Double]]) {
    self.world = world
    let length = scenario.algorithm.option(.responseLength).map { scenario.settings.integer($0) } ?? 1
    func tree(
      _ prompts: [Int]? = nil, _ score: @escaping ([Int], Int) -> Double, pays: (([Int], Int) -> Double)? = nil
    ) -> ResponseTree? {
      ResponseTree(
        world, prompts: prompts ?? Array(world.prompts.indices), reference: reference, responseLength: length,
        score: score, pays: pays ?? score)
    }
    let weights = Self.rewardWeights(scenario, world)
    let truth = { (response: [Int], prompt: Int) in world.trueReward(of: response, to: prompt) }
    let learned = { (response: [Int], _: Int) in response.reduce(0) { $0 + (weights?[$1] ?? 0) } }
    guard let any = tree(nil, { _, _ in 0 }) else { return nil }
    self.any = any
    self.truth = world.knowsTrueReward ? tree(nil, truth) : nil
    self.learned = weights == nil ? nil : tree(nil, learned)
    hacked = weights == nil || !world.knowsTrueReward ? nil : tree(nil, truth, pays: learned)
    groups = world.users.compactMap { tree($0.prompts, truth) }
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
