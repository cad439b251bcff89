import Autodiff
import Documents

/// Material to train on without any file: texts, held-out texts and a judge.
///
/// Everything is a function of the seed alone. A text is prompt + completion; words are separated by one space, with which
/// a completion of words begins.
public struct BuiltInTask: Sendable {
  /// What the tokens of the texts are.
  public enum Vocabulary: Equatable, Sendable {
    /// Words, separated by spaces.
    case words([String])
    /// Characters.
    case characters([String])
  }

  /// What to learn from, or to evaluate on; a part that the task does not need is empty.
  public struct Material: Sendable {
    public let demonstrations: Dataset
    public let pairs: Dataset
    public let prompts: Dataset
    /// The pairs as single responses.
    public var judgements: Dataset {
      .builtIn(pairs.name, .judgements, pairs.examples.flatMap { $0.judged })
    }

    public subscript(kind: Dataset.Kind) -> Dataset {
      switch kind {
      case .completions: demonstrations
      case .pairs: pairs
      case .prompts: prompts
      case .judgements: judgements
      }
    }
  }

  public let name: String
  /// What it shows.
  public let sentence: String
  public let vocabulary: Vocabulary
  public let training: Material
  /// What is held out: no prompt of the training where the task is about generalising (`addition`), no pair with a wrong
  /// label.
  public let heldOut: Material
  /// The true reward, which a learned one only estimates; where the reward is a rule, that rule.
  public let judge: any RewardFunction

  /// The names of all built-in tasks.
  public static let names = ["film-reviews", "addition", "user-groups", "preferences"]

  /// A task by its name; with `:teacher` behind it, what a teacher learns of the same task.
  public static func named(_ name: String, seed: UInt64) throws(TrainingError) -> BuiltInTask {
    if name.hasSuffix(teachers), let task = try named(String(name.dropLast(teachers.count)), seed: seed).lessons {
      return task
    }
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
}

extension BuiltInTask {
  private static let teachers = ":teacher"

  /// Its name without what a teacher's has behind it.
  var kind: String { name.hasSuffix(Self.teachers) ? String(name.dropLast(Self.teachers.count)) : name }

  /// The same task with demonstrations that are good, for a teacher to learn: right answers, or preferred responses; nil
  /// where it has neither.
  var lessons: BuiltInTask? {
    let good: [Example] =
      training.pairs.examples.isEmpty
      ? training.demonstrations.examples.compactMap { example in
        guard case .string(let answer)? = example.column("answer")?.value else { return nil }
        return Example(prompt: example.prompt, completion: answer, columns: example.columns)
      } : training.pairs.examples.map { Example(prompt: $0.prompt, completion: $0.chosen) }
    if good.isEmpty { return nil }
    let name = self.name + Self.teachers
    let lessons = Material(
      demonstrations: .builtIn(name, .completions, good), pairs: .builtIn(name, .pairs),
      prompts: .builtIn(name, .prompts))
    return BuiltInTask(
      name: name, sentence: "a teacher learns good responses alone", vocabulary: vocabulary, training: lessons,
      heldOut: heldOut, judge: judge)
  }
}

/// A judge who knows the true reward of a built-in task.
final class Judge: RewardFunction {
  let name: String
  private let score: @Sendable (ScoredCompletion) -> Double

  init(name: String, score: @escaping @Sendable (ScoredCompletion) -> Double) {
    self.name = name
    self.score = score
  }

  func scores(_ completions: [ScoredCompletion]) -> [Double?] { completions.map(score) }
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
