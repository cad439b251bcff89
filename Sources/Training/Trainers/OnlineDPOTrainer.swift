import Autodiff
import Objectives
import Simulation
import Transformers

// What this trainer does differently from algorithm 1 of Guo et al. 2024, OAIF, on paper and in its standards:
//
// 1. A reward model or rules judge, in the place of a language model that is asked which response is better; of two that
//    score the same, the first counts as chosen, as in TRL.
// 2. The loss is any of DPO's; with ipo, ipo_agg_mode mean, the standard, divides by the lengths, while TRL's online
//    trainer compares whole responses (sum).
// 3. Log-probabilities are those at temperature 1 whatever the responses were sampled at, as in TRL.
// 4. The reference stays the model that the run began with.
// 5. There is one step for each batch, so that the policy that learns is the one that sampled.

/// DPO on pairs that the policy samples itself, each judged at once by what its responses earn.
///
/// Source: Guo et al. 2024, Direct Language Model Alignment from Online AI Feedback; TRL `OnlineDPOTrainer`.
final class OnlineDPOTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["objective/scores", "rewards/accuracies", "eval_objective/scores"]
  private var settings: TrainingSettings
  private var sampling: ScoredSampling
  private var objective: PreferenceObjective
  private let observer = TrainerObserver()

  init(_ sampling: ScoredSampling, settings: TrainingSettings) {
    (self.sampling, self.settings) = (sampling, settings)
    result = sampling.model
    objective = PreferenceObjective(
      model: sampling.model, reference: .frozen(sampling.reference), settings: settings, examples: [])
    trained = TrainedModels([("model", result.model)], settings)
    totalSteps = sampling.totalSteps
  }

  func change(_ settings: TrainingSettings) {
    self.settings = settings
    sampling.settings = settings
    objective.settings = settings
  }

  /// Samples two responses to each prompt, scores them, and takes one step on the pairs.
  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let rollouts = sampling.sample(round: stepsDone, answers: 2)
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    let pairs = pairs(of: rollouts, try sampling.scores(rollouts))
    let ended = Double(rollouts.count { $0.isComplete }) / Double(rollouts.count)
    return [
      try step(
        on: objective.items(pairs), by: objective, settings, isRecorded: recording(stepsDone + 1), observer: observer,
        beside: [MetricValue("val/contain_eos_token", ended)])
    ]
  }

  /// Of the two responses to each prompt, the one that scores higher is the chosen one.
  private func pairs(of rollouts: [Rollout], _ scores: [Double]) -> [PairTokens] {
    defer { observer.tape.truncate(to: 0) }
    let judged = sampledPreferences(
      scores.map { observer.tape.leaf($0) }, hasEOS: rollouts.map { $0.isComplete }, settings: settings.objective,
      observer: observer)
    return judged.preferences.map { pair in
      PairTokens(
        chosen: rollouts[pair.chosen].text, rejected: rollouts[pair.rejected].text,
        scores: (judged.scores[pair.chosen].value, judged.scores[pair.rejected].value))
    }
  }

  // MARK: - Evaluation and checkpoints

  func evaluate() throws(TrainingError) -> [MetricValue] { try sampling.evaluate() }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] { try sampling.samples(count, step: stepsDone) }

  // The samples of a step depend on its number alone.
  func save(_ state: inout RunState) {}
  func restore(_ state: RunState, from file: String) {}
}
