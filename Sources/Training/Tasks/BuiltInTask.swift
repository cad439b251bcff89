internal import Autodiff
import Documents
internal import Recording

/// Something to train on without any file: texts, held-out texts, and who judges.
///
/// Everything is a function of the seed alone. A prompt and its completion join to the text; words are separated by one
/// space, with which a completion of words begins.
public struct BuiltInTask: Sendable {
  /// What the tokens of the texts are.
  public enum Vocabulary: Equatable, Sendable {
    /// Words, separated by spaces.
    case words([String])
    /// Characters.
    case characters([String])
  }

  /// What there is to learn from, or to be examined on; a part that the task has no use for is empty.
  public struct Material: Sendable {
    public let demonstrations: Dataset
    public let pairs: Dataset
    public let prompts: Dataset
  }

  public let name: String
  /// What it shows.
  public let sentence: String
  public let vocabulary: Vocabulary
  public let training: Material
  /// Held out: prompts share none with the training where the task is about generalising (`addition`), pairs have no
  /// wrong labels.
  public let heldOut: Material
  /// The truth, which a learned reward only estimates; where the reward is a rule, that rule.
  public let judge: any RewardFunction

  /// The names of all built-in tasks.
  public static let names = ["film-reviews", "addition", "user-groups", "preferences"]

  /// A task by its name.
  public static func named(_ name: String, seed: UInt64) throws(TrainingError) -> BuiltInTask {
    switch name {
    case "film-reviews": return filmReviews(seed: seed)
    case "addition": return addition(seed: seed)
    case "user-groups": return userGroups(seed: seed)
    case "preferences": return preferences(seed: seed)
    default:
      let near = nearestNames(to: name, among: names, limit: 1).first
      let hint = near.map { "did you mean '\($0)'?" } ?? "the tasks are: \(names.joined(separator: ", "))"
      throw TrainingError(.usage, "there is no built-in task '\(name)'; \(hint)")
    }
  }

  /// The task that shows a trainer’s point: `sft`, `reward`, `ppo` and `rlhf`, `grpo`, `dpo`.
  ///
  /// - Parameters:
  ///   - trainer: The trainer’s name.
  ///   - comparesUsers: Whether GRPO’s groups are of users (`advantage_baseline` is set).
  ///   - seed: What the task’s texts are drawn with.
  public static func standard(forTrainer trainer: String, comparesUsers: Bool = false, seed: UInt64)
    throws(TrainingError) -> BuiltInTask
  {
    switch trainer {
    case "sft", "reward", "ppo", "rlhf": return filmReviews(seed: seed)
    case "grpo": return comparesUsers ? userGroups(seed: seed) : addition(seed: seed)
    case "dpo": return preferences(seed: seed)
    default:
      throw TrainingError(
        .usage, "the trainer '\(trainer)' has no built-in task; the trainers are: sft, reward, ppo, grpo, dpo")
    }
  }
}

/// A judge who knows the truth of a built-in task.
struct Judge: RewardFunction {
  let name: String
  let score: @Sendable (ScoredCompletion) -> Double

  func scores(_ completions: [ScoredCompletion]) -> [Double] { completions.map(score) }
}

extension Dataset {
  /// Examples of a built-in task, numbered from 1.
  static func builtIn(_ name: String, _ kind: Kind, _ examples: [Example] = []) -> Dataset {
    let numbered = examples.enumerated().map { i, example in
      var example = example
      (example.source, example.line) = (name, i + 1)
      return example
    }
    return Dataset(name: name, kind: kind, examples: numbered)
  }
}

extension RandomStream {
  /// One of the elements, each equally likely.
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// True with that probability.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
