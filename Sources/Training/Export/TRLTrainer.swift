import Objectives

/// How TRL goes on with a trainer's run: its classes, and where they do things in another way.
struct TRLTrainer: Sendable {
  /// How the names of its classes begin.
  let name: String
  var version = "1.16"
  /// What pip installs.
  var requirement = "'trl==1.16.0'"
  /// What TRL has options for and Gradus does in one way.
  var fixed: [TRLTranslation.Line] = []
  /// How the data keep the run's order.
  var order: [TRLTranslation.Line] = [
    .init(name: "train_sampling_strategy", value: "sequential", comment: Self.orderComment)
  ]
  /// Its name for `max_completion_length`.
  var responseLength = "max_completion_length"
  /// Whether it can be asked how it does on held-out data.
  var evaluates = true
  /// Nil where transformers' `Trainer` runs the loop.
  var ownLoop: OwnLoop?
  /// The models that the optimizer moves, and how TRL's names of their parameters begin.
  var parts = [("model", "")]
  /// What `state.json` calls the number of batches that were sampled.
  var roundsDone = "sampling_rounds"
  /// Whether it reads what rewards weigh in its configuration; otherwise `rewards.py` has it.
  var readsRewardWeights = false
  /// Whether it can sample among the likeliest tokens alone.
  var hasTopKAndTopP = false
  /// Whether the passes of a step weigh as much as they have tokens, and not all alike.
  var weighsPassesByTokens = false
  /// Why a run cannot go on there at all, if so.
  var obstacle: @Sendable (TrainingSettings) -> String? = { _ in nil }
  /// What differs beside options.
  var remarks: @Sendable (RunInputs) -> [String] = { _ in [] }
  /// What becomes of an option of the objective.
  var objective: @Sendable (TRLTranslator, Option) -> TRLTranslation = { $0.translation(of: $1) }

  /// A loop of TRL's own, which goes by batches of responses instead of steps.
  struct OwnLoop: Sendable {
    /// What stands for no limit of the gradient.
    let noLimit: String
  }

  /// For a trainer that TRL does not have.
  static func missing(_ name: String) -> TRLTrainer {
    TRLTrainer(name: name, obstacle: { _ in "TRL has no trainer for \(name), so the run cannot go on there" })
  }

  static let orderComment = "TRL's own shuffling is off"

  /// The order of prompts that are written in the run's own order, those that are left alone.
  static let promptsLeft = TRLTranslation.Line(
    name: "ignore_data_skip", value: "true", comment: "the data begin where the run stands")
}
