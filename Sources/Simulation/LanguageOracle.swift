import Autodiff
import Objectives
import Recording

extension ResponseReward {
  /// What a learned reward model gives, with a value for each token.
  init(values: [Double], settings: Settings) {
    score = .sum(values)
    adjusted = { score, _, hasEOS in
      adjustedScore(Tape().leaf(score), hasEOS: hasEOS, settings: settings).value
    }
    addsUp = Self.addsUp(settings)
  }

  /// Whether a score with the rules of some settings is a sum over tokens.
  static func addsUp(_ settings: Settings) -> Bool {
    let isReplaced = settings.optionalValue(.missingEOSPenalty) != nil && settings.choice(.missingEOS) == "replace"
    return !isReplaced && settings.optionalValue(.rewardClip) == nil
  }
}

extension LanguageEnvironment {
  /// All responses to the prompts, each asked equally often.
  static func responses(
    _ world: World, reference: [[Double]], rewards: [Double], settings: Settings
  ) -> ExactResponses {
    let reward = ResponseReward(values: rewards, settings: settings)
    let share = 1 / Double(world.prompts.count)
    return .required(
      ExactResponses(
        world, asked: world.prompts.indices.map { (prompt: $0, share: share) }, reference: reference,
        temperature: settings.number(.temperature), length: settings.integer(.responseLength), reward: { _ in reward }))
  }
}

extension Trace {
  /// Records the exact values of a policy that writes, and returns the exact gradient of its objective.
  func recordExactValues(of policy: [[Double]], in responses: ExactResponses, klCoefficient: Scalar) -> [[Double]] {
    let exact = responses.gradient(of: policy, beta: klCoefficient.value)
    recordExact(exact.values, of: responses, beta: klCoefficient.value) { $0 / klCoefficient }
    return exact.gradient
  }

  /// Records exact values and, where there is one, the best policy's.
  ///
  /// - Parameter dividedByBeta: Turns a difference of objectives into a KL, with β as the recording has it.
  func recordExact(
    _ exact: ExactResponses.Values, of responses: ExactResponses, beta: Double, dividedByBeta: (Scalar) -> Scalar
  ) {
    begin(.oracle)
    beat()
    _ = term(.exactReward, tape.leaf(exact.reward))
    _ = term(.exactKL, tape.leaf(exact.kl))
    let objective = term(.exactObjective, tape.leaf(exact.objective))
    if responses.isSampled { _ = term(.exactObjectiveError, tape.leaf(exact.error)) }
    guard beta > 0 else { return }
    let optimum = responses.optimum(beta: beta)
    beat()
    _ = term(.optimumReward, tape.leaf(optimum.reward))
    let best = term(.optimumObjective, tape.leaf(optimum.objective))
    if responses.isSampled { _ = term(.optimumObjectiveError, tape.leaf(optimum.error)) }
    _ = term(.optimumKL, dividedByBeta(best - objective))
  }
}
