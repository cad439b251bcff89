import Documents
public import Objectives

/// An option of the run's table or of the objective's.
public enum AnyTrainingOption: Equatable, Sendable {
  case run(TrainingOption)
  case objective(Option)

  /// What can be set for a trainer: the run's options, then the objective's.
  public static func all(for trainer: Trainer) -> [AnyTrainingOption] {
    let own = TrainingOption.all(for: trainer)
    let names = Set(own.map { $0.name })
    return own.map(AnyTrainingOption.run)
      + trainer.objectiveOptions.filter { !names.contains($0.name) }.map(AnyTrainingOption.objective)
  }

  public var name: String {
    switch self {
    case .run(let option): option.name
    case .objective(let option): option.name
    }
  }

  public var sentence: String {
    switch self {
    case .run(let option): option.description.sentence
    case .objective(let option): option.description.sentence
    }
  }

  public var source: String {
    switch self {
    case .run(let option): option.description.source
    case .objective(let option): option.description.source
    }
  }

  /// What the option accepts, as the end of «must be …».
  public var expectation: String {
    switch self {
    case .run(let option): option.description.kind.expectation
    case .objective(let option): option.expectation
    }
  }

  public func standard(for trainer: Trainer) -> OptionValue {
    switch self {
    case .run(let option): option.standard(for: trainer)
    case .objective(let option): option.description.standard
    }
  }

  /// The trainer's option of this name, or an error that says who has it, or what was probably meant.
  public static func find(_ name: String, for trainer: Trainer) throws(OptionError) -> AnyTrainingOption {
    let options = all(for: trainer)
    if let option = options.first(where: { $0.name == name }) { return option }
    let others = Trainer.all.filter { other in all(for: other).contains { $0.name == name } }
    if !others.isEmpty, ForeignOption.advice(name, for: trainer) == nil {
      let list = others.map { $0.name }.joined(separator: ", ")
      throw OptionError(message: "train \(trainer.name) has no option \(name); it is one of train \(list)")
    }
    if let advice = ForeignOption.advice(name, for: trainer) {
      throw OptionError(message: "there is no option \(name): \(advice)")
    }
    let near = nearestNames(to: name, among: options.map { $0.name })
    let hint =
      near.isEmpty
      ? "gradus train \(trainer) --print-config lists all of them" : "did you mean \(near.joined(separator: ", "))?"
    throw OptionError(message: "there is no option \(name); \(hint)")
  }
}
