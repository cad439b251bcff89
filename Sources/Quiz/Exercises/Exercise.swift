import Objectives

/// A part of a loss that somebody writes on their own, in Python, and that is compared term by term.
///
/// The right numbers are read off the engine's recording of a batch. To add one, write a value like those in `Kinds` and name
/// it in `all`.
public struct Exercise: Sendable {
  /// What it is called, and the function that is asked for: `ppo_clip`.
  public let name: String
  /// What is to be computed, as the end of «write a function that computes …».
  public let title: String
  /// What one must know besides: conventions that papers leave open.
  let conventions: [String]
  let arguments: [Argument]
  /// The options that the function gets, by their names.
  let options: [Option]
  /// What is compared, in the order of the computation.
  public internal(set) var terms: [Term]
  /// How many of them, the last ones, are asked for; of a batch, which says what it can, none is.
  public internal(set) var asked = 1
  /// What makes it this exercise, of all that its algorithm may compute.
  var settings: [(option: Option, value: OptionValue)] = []
  /// What else holds in its own batches, so that nothing comes between what is given and what is asked for.
  var conditions: [(option: Option, value: OptionValue)] = []
  let makeCases: @Sendable (inout CaseMaker) -> [ExerciseCase]
  /// What people get wrong, the likeliest first.
  let misconceptions: [Misconception]

  /// A number, or how many there are of it.
  public enum Shape: Sendable {
    case number, group, response, pair, token
  }

  /// A term that may be returned under its name.
  public struct Term: Sendable {
    let quantity: Quantity
    public let name: String
    public let shape: Shape
    /// Whose tokens it is of.
    let side: Side

    init(_ quantity: Quantity, _ shape: Shape, name: String? = nil, of side: Side = .response) {
      self.quantity = quantity
      self.shape = shape
      self.name = name ?? quantity.name
      self.side = side
    }
  }

  /// Which of a pair's responses, or the only one.
  enum Side: Sendable { case response, chosen, rejected }

  /// An array that the function gets.
  struct Argument: Sendable {
    enum Content: Sendable {
      case term(Quantity)
      case mask
      case groups
    }

    let name: String
    let content: Content
    let shape: Shape
    var side = Side.response
    /// One clause for the starter file.
    let meaning: String

    init(
      _ name: String, _ content: Content, _ shape: Shape, of side: Side = .response, _ meaning: String
    ) {
      self.name = name
      self.content = content
      self.shape = shape
      self.side = side
      self.meaning = meaning
    }

    static let mask = Argument("mask", .mask, .token, "1 for the tokens that count, 0 for the others and for padding")
  }

  public static let all: [Exercise] =
    [gae, whiten, kl, ppoClip, valueLoss, aggregation, rewardModel] + groupExercises + preferenceExercises

  public static func named(_ name: String) -> Exercise? { all.first { $0.name == name } }

  /// The batches of one student.
  ///
  /// - Parameters:
  ///   - seed: The teacher's number.
  ///   - student: Anything that tells one student from another; empty for everybody.
  func cases(seed: UInt64, student: String) -> [ExerciseCase] {
    var maker = CaseMaker(exercise: self, seed: seed, student: student)
    return makeCases(&maker)
  }
}
