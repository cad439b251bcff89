public import Objectives

/// A way to train, as `gradus train` names it: everything that options, plans, runs and exports want to know of it beside
/// its algorithm.
///
/// They ask the value; they do not compare names. To add one, write a file beside `Methods/GRPO.swift` and name it in `all`.
public struct Trainer: Sendable {
  /// What `gradus train` and `config.yaml` call it.
  public let name: String
  /// Whose loss, options and models it uses.
  public let algorithm: Algorithm
  /// What its data has.
  public let data: Dataset.Kind
  /// Whether it begins with a small new model where it is given none; the others need one that was trained before.
  let makesModel: Bool
  /// The options of a run that not every trainer has.
  let options: [TrainingOption]
  /// What suits its built-in task on a model of a million parameters, where that is not every trainer's standard.
  let standards: [TrainingOption: OptionValue]
  /// What suits pretrained weights, where that is not what suits a small new model.
  let pretrained: [TrainingOption: OptionValue]
  /// How many answers it samples to each prompt, to be compared; nil where each prompt has one.
  var answers: TrainingOption?
  /// How many optimizer steps learn from what was taken at once: the product of these options.
  var repeats: [TrainingOption] = []
  /// What suits a built-in task more than its own standards, by the task's name.
  var suited: [(task: String, options: [(name: String, value: String)])] = []
  /// The built-in task that shows its point, where the user gives no data.
  let task: @Sendable (TrainingSettings) -> String
  /// The first combination of options that is refused, if any.
  var problem: @Sendable (TrainingSettings) -> String? = { _ in nil }
  /// What trains a run.
  let method: @Sendable (RunInputs) throws(TrainingError) -> any TrainingMethod
  /// How TRL goes on with it.
  let trl: TRLTrainer

  public static let all: [Trainer] = [sft, reward, ppo, grpo, remax, distillation, dpo, onlineDPO, kto]

  public static func named(_ name: String) -> Trainer? { all.first { $0.name == name } }

  /// What `gradus train rlhf` trains one after the other, each from what came before.
  public static let rlhf: [Trainer] = [sft, reward, ppo]
}

extension Trainer {
  /// Whether it learns from responses that it samples itself.
  public var samples: Bool { algorithm.samples }

  /// Whether it samples several answers to each prompt.
  public var samplesGroups: Bool { answers != nil }

  /// Whether what it learns from is two texts each.
  public var learnsPairs: Bool { algorithm.comparesPairs }

  /// Whether what comes out scores texts instead of writing them.
  var scores: Bool { algorithm.models.first == .rewardModel }

  /// Whether it learns to expect rewards, beside the policy.
  public var hasCritic: Bool { algorithm.has(.critic) }

  /// Whether it can be given a reward model, which is frozen.
  public var takesRewardModel: Bool { algorithm.has(.rewardModel) && !scores }

  /// Whether it can be given a teacher, which is frozen.
  public var takesTeacher: Bool { algorithm.has(.teacher) }

  /// Whether there can be a frozen reference.
  public var hasReference: Bool { algorithm.has(.reference) }
  /// Whether its standard options use one.
  var usesReference: Bool { algorithm.usesReference(TrainingSettings(self).objective) }

  /// The options of its loss and of the rewards that it makes, in the table's order.
  public var objectiveOptions: [Option] { algorithm.options.trained }
}

extension Trainer: Equatable, CustomStringConvertible {
  public static func == (a: Trainer, b: Trainer) -> Bool { a.name == b.name }

  public var description: String { name }
}
