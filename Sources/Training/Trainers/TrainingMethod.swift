import Objectives
import Transformers

/// The record of one optimizer step.
struct StepRecord {
  let step: Int
  let metrics: [MetricValue]
  /// The batch that the step learned from, as `gradus.batch/1`, one for each forward pass; if it is to be recorded.
  let batches: [String]

  /// Whether the loss or the gradient is NaN or infinite.
  var isBroken: Bool {
    metrics.contains {
      ($0.name == "loss" || $0.name.hasPrefix("loss/") || $0.name == "grad_norm") && !$0.value.isFinite
    }
  }
}

/// A way to train, as the loop sees it: SFT, DPO, GRPO, PPO or another.
protocol TrainingMethod: AnyObject {
  /// The optimizer steps of the whole run.
  var totalSteps: Int { get }
  /// The models that are trained, `result` among them.
  var trained: TrainedModels { get }
  /// Models that the next steps depend on and no optimizer moves: a reference that follows, policies of before.
  var followers: [(name: String, model: Transformer)] { get }
  /// The metrics that matter most, for the progress bar; those of held-out data are the latest evaluation's.
  var headline: [String] { get }
  /// How many tokens were learned from or sampled so far, for the speed.
  var tokensDone: Int { get set }
  /// Takes the next optimizer step, or all that learn from one sampled batch.
  func advance(recording: (_ step: Int) -> Bool) throws(TrainingError) -> [StepRecord]
  /// Goes on with other values of the trainer's ``Trainer/adjustable`` options.
  func change(_ settings: TrainingSettings)
  /// Metrics of held-out data.
  func evaluate() throws(TrainingError) -> [MetricValue]
  /// A few texts, for people to look at.
  func samples(_ count: Int) throws(TrainingError) -> [Sample]
  /// Adds the numbers that the next steps depend on, beside the trained models and `tokensDone`.
  func save(_ state: inout RunState)
  /// Restores them; an error names the file that lacks one.
  func restore(_ state: RunState, from file: String) throws(TrainingError)
  /// The model that was trained.
  var result: LanguageModel { get }
}

extension TrainingMethod {
  /// The optimizer steps taken so far.
  var stepsDone: Int { trained.stepsDone }

  var followers: [(name: String, model: Transformer)] { [] }

  /// What is logged of every step beside its loss.
  func stepMetrics(norm: Double, rate: Double) -> [MetricValue] {
    [
      MetricValue("grad_norm", norm), MetricValue("learning_rate", rate),
      MetricValue("num_tokens", Double(tokensDone)),
    ]
  }
}

extension TrainingSettings {
  /// Steps from `max_steps`, or else from the epochs.
  func totalSteps(perEpoch: Int) -> Int {
    let limit = integer(.maxSteps)
    return limit >= 0 ? limit : Int((number(.numTrainEpochs) * Double(perEpoch)).rounded(.up))
  }

  /// Steps of a whole run on so many examples, pairs or prompts.
  func totalSteps(examples count: Int) -> Int {
    totalSteps(perEpoch: stepsPerRound * DataOrder(count, self).stepsPerEpoch(examplesPerRound))
  }

  /// How many examples are taken at once: for one optimizer step, or to sample from.
  var examplesPerRound: Int {
    let responses = integer(.batchSize) * integer(.gradientAccumulationSteps)
    return trainer.answers.map { responses / integer($0) } ?? responses
  }

  /// How many optimizer steps learn from them.
  public var stepsPerRound: Int { trainer.repeats.reduce(1) { $0 * integer($1) } }

  func learningRate(at step: Int, of total: Int) -> Double {
    number(.learningRate) * Schedule(self, totalSteps: total).factor(at: step)
  }

  /// How much a response counts in the mean over a step's responses.
  func weight(_ response: TextTokens) -> Double {
    Aggregation(objective).mode == .tokenMean ? Double(response.response.count) : 1
  }

  var seed: UInt64 { UInt64(integer(.seed)) }
}
