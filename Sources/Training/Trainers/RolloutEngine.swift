import Autodiff
import Objectives
import Transformers

/// The engine that samples, where that is not the policy as it is: at its own temperature, cut to the likeliest tokens, with
/// fewer bits, or with weights of some rounds ago; with `rollout_temperature`, `rollout_top_p`, `rollout_dtype` and
/// `rollout_staleness`.
///
/// Real engines differ by accident; this one differs as much as one says, so that the mismatch can be looked at.
struct RolloutEngine {
  /// The policy as it was at the beginning of the last rounds, the oldest first; empty where the engine has today's.
  private(set) var past: [Transformer] = []
  /// The policy, or the past one, with fewer bits; nil where the engine has all of them.
  private var rounded: Transformer?

  /// Told at the beginning of each round, before anything is sampled.
  mutating func begin(_ policy: Transformer, _ settings: TrainingSettings) {
    let age = settings.objective.integer(.rolloutStaleness)
    past = age > 0 ? Array((past + [policy.copy()]).suffix(age + 1)) : []
    let precision = settings.rolloutPrecision
    rounded = precision == .float32 ? nil : (past.first ?? policy).engine(precision, reusing: rounded)
  }

  /// The model that samples.
  func model(_ policy: LanguageModel) -> LanguageModel {
    (rounded ?? past.first).map { LanguageModel($0, policy.tokenizer) } ?? policy
  }

  // MARK: - Checkpoints

  var followers: [(name: String, model: Transformer)] {
    past.enumerated().map { n, model in ("policy-before-\(past.count - n)", model) }
  }

  func save(_ state: inout RunState) {
    if !past.isEmpty { state.integers["past_policies"] = UInt64(past.count) }
  }

  /// Makes room for the policies that a checkpoint has.
  mutating func restore(_ state: RunState, like policy: Transformer) {
    past = (0..<Int(state.integers["past_policies"] ?? 0)).map { _ in policy.copy() }
  }
}

extension TrainingSettings {
  /// Whether another engine samples than the policy as it is.
  var hasRolloutEngine: Bool {
    objective.optionalNumber(.rolloutTemperature).map { $0 != number(.temperature) } ?? false
      || objective.number(.rolloutTopP) < 1 || rolloutPrecision != .float32 || objective.integer(.rolloutStaleness) > 0
  }

  fileprivate var rolloutPrecision: ReducedPrecision {
    ReducedPrecision(rawValue: objective.choice(.rolloutDtype)) ?? .float32
  }
}

extension Sampling {
  /// What the engine does otherwise; its log-probabilities are those of what it draws from.
  mutating func take(_ settings: TrainingSettings) {
    if let own = settings.objective.optionalNumber(.rolloutTemperature) { temperature = Float(own) }
    topP = min(topP, Float(settings.objective.number(.rolloutTopP)))
    scoresCut = true
  }
}
