import Autodiff
public import Objectives
import Recording

/// Several algorithms in one world, from one reference: what each has made of it after every round, exactly.
///
/// Every number is a sum over all responses, or over the given demonstrations; only a distance to `π*` may be estimated, where
/// rules for scores are no sum over tokens and responses are too many.
public struct WorldComparison: Sendable {
  /// A policy's exact worth; means are over the world's prompts.
  public struct Round: Sendable {
    /// What its responses are truly worth; nil where the world does not say.
    public let trueReward: Double?
    /// What the reward model gives them; nil where there are no preferences to learn one from.
    public let learnedReward: Double?
    /// `KL(π ‖ π_ref)` of whole responses.
    public let kl: Double
    /// `KL(π ‖ π*)`, where `π* ∝ π_ref e^{R/β}` for this algorithm's β and for the reward that it samples for; for the learned
    /// one where it does not sample. Nil where β is 0 or no reward is known.
    public let distance: Double?
    /// The mean over the demonstrations of `log π(y|x)`.
    public let demonstrationLogp: Double
    /// What responses are truly worth to each kind of users.
    public let groupRewards: [Double]
    /// How many responses a policy had written so far, and how many optimizer steps it had taken.
    public let responses: Int
    public let steps: Int
  }

  /// One algorithm's run.
  public struct Learner: Sendable {
    public let label: String
    public let algorithm: Algorithm
    /// The weight of the KL, or of the log-ratio, from the reference.
    public let beta: Double
    /// The models that must be in memory, the reward model included where a world's reward is learned.
    public let models: [Algorithm.Model]
    /// How many judgements people had to make for it: pairs, or judged responses.
    public let labels: Int
    /// The start, then after each round.
    public let rounds: [Round]
    /// Whether its distances to `π*` are estimated from sampled responses.
    public let isDistanceSampled: Bool

    /// Whether a round is an epoch over given examples, rather than an iteration of sampling.
    public var learnsFromExamples: Bool { !algorithm.samples }
    public var last: Round { rounds[rounds.count - 1] }
  }

  public let home: String
  public let world: World
  /// Whether the preferences are made of what users like.
  public let pairsAreDerived: Bool
  public let learners: [Learner]
  /// What all start from.
  public var start: Round { learners[0].rounds[0] }

  let measures: WorldMeasures

  /// Runs all members and measures their policies.
  public init(_ shared: SharedWorld) throws(SharedWorldError) {
    home = shared.home
    world = shared.world
    pairsAreDerived = shared.pairsAreDerived
    var runs: [(member: SharedWorld.Member, trace: Trace, policies: LearnedPolicies)] = []
    for member in shared.members {
      let trace = member.scenario.record()
      runs.append((member, trace, LearnedPolicies(trace, member.scenario)))
    }
    guard let first = runs.first, let reference = first.policies.steps.first?.policy else {
      throw SharedWorldError("there is nothing to compare")
    }
    for run in runs where run.policies.steps.first?.policy != reference {
      throw SharedWorldError(
        "\(first.member.label) and \(run.member.label) do not start from the same policy, as where temperature is not the "
          + "same for both; leave it at 1, or set it for algorithms that all have it")
    }
    guard let measures = WorldMeasures(first.member.scenario, world: shared.world, reference: reference) else {
      throw SharedWorldError("taste names too many words in a row for exact values: shorten them")
    }
    self.measures = measures
    learners = runs.map { Self.learner($0.member, $0.trace, $0.policies, measures) }
  }

  private static func learner(
    _ member: SharedWorld.Member, _ trace: Trace, _ policies: LearnedPolicies, _ measures: WorldMeasures
  ) -> Learner {
    let (scenario, world, algorithm) = (member.scenario, member.scenario.world, member.scenario.algorithm)
    let beta = algorithm.option(.klWeight).map { scenario.settings.number($0) } ?? 0
    let scores = trace.isRecorded(.rewardWeight) && !world.preferences.isEmpty
    var models = algorithm.models.filter { model in
      switch model {
      case .reference: algorithm.usesReference(scenario.settings)
      case .rewardModel: scores
      default: true
      }
    }
    if scores, !models.contains(.rewardModel) { models.append(.rewardModel) }
    let labels =
      switch algorithm.material {
      case .judgements: world.judged.count
      case .pairs: world.preferences.count
      default: scores ? world.preferences.count : 0
      }
    let aim = algorithm.samples ? ExactResponses(scenario) : measures.learned
    // Without a reference, or with one that moves, there is no one best policy.
    let isAnchored =
      algorithm.usesReference(scenario.settings) && !trace.stages.contains { $0.name == Stage.referenceSync.name }
    let best = beta > 0 && isAnchored ? aim.map { $0.optimum(beta: beta).objective } : nil
    let rounds = policies.steps.map { step -> Round in
      let truth = measures.truth.map { $0.values(of: step.policy, beta: 0).reward }
      let learned = measures.learned?.values(of: step.policy, beta: 0)
      let distance = best.flatMap { best in
        aim.map { max(0, (best - $0.values(of: step.policy, beta: beta).objective) / beta) }
      }
      return Round(
        trueReward: truth, learnedReward: learned?.reward, kl: measures.kl(of: step.policy), distance: distance,
        demonstrationLogp: measures.demonstrationLogp(step.policy),
        groupRewards: measures.groups.map { $0.values(of: step.policy, beta: 0).reward }, responses: step.responses,
        steps: step.steps)
    }
    return Learner(
      label: member.label, algorithm: algorithm, beta: beta, models: models, labels: labels, rounds: rounds,
      isDistanceSampled: best != nil && aim?.isSampled == true)
  }
}

extension WorldComparison.Round {
  /// The least that a kind of users gets, and how far the kinds are apart; nil without users.
  public var worstGroup: Double? { groupRewards.min() }
  public var groupSpread: Double? { groupRewards.max().flatMap { most in groupRewards.min().map { most - $0 } } }
}

extension WorldComparison {
  /// How much of what SFT taught is lost: by how many nats the mean log-probability of a demonstration has fallen.
  public func forgotten(_ round: Round) -> Double { start.demonstrationLogp - round.demonstrationLogp }

  /// Where learned and true reward part: the round of the largest true reward, if the learned one still rises after it and the
  /// true one falls.
  public func parting(_ learner: Learner) -> Int? {
    let truths = learner.rounds.compactMap { $0.trueReward }
    guard truths.count == learner.rounds.count, let most = truths.max(), let round = truths.firstIndex(of: most),
      let before = learner.rounds[round].learnedReward, let after = learner.last.learnedReward
    else { return nil }
    return after > before && truths[truths.count - 1] < most ? round : nil
  }

  /// The KL of `π*`, which is after one reward, and what it earns by one, for every β from the reference up to a KL.
  ///
  /// - Parameters:
  ///   - aim: What `π*` is after.
  ///   - shown: What its responses are measured by.
  ///   - furthest: The KL at which it ends.
  public func frontier(after aim: Measure, by shown: Measure, to furthest: Double) -> [(kl: Double, reward: Double)] {
    let responses: ExactResponses? =
      switch (aim, shown) {
      case (.trueReward, .trueReward): measures.truth
      case (.learnedReward, .trueReward): measures.hacked
      case (.learnedReward, .learnedReward): measures.learned
      case (.trueReward, .learnedReward): nil
      }
    return responses?.frontier(to: furthest) ?? []
  }

  /// What a response is worth: to its reader, or by the reward model.
  public enum Measure: Sendable { case trueReward, learnedReward }
}
