import Documents
public import Objectives
import Simulation
public import Transformers

/// All settings of a training run: the run's own and, under `objective`, those of the algorithm's loss.
///
/// A name that both tables have belongs to the run's; where the loss needs its value, as `max_completion_length` in
/// `dr_grpo`, `objective` has it too.
public struct TrainingSettings: Equatable, Sendable {
  public let trainer: Trainer
  /// What the losses read.
  public private(set) var objective = Settings()
  private var values: [OptionValue]

  /// The standard values for a trainer.
  public init(_ trainer: Trainer) {
    self.trainer = trainer
    values = TrainingOption.allCases.map { $0.standard(for: trainer) }
    for option in TrainingOption.allCases { mirror(option) }
  }

  public subscript(option: TrainingOption) -> OptionValue { values[option.rawValue] }

  public func integer(_ option: TrainingOption) -> Int {
    if case .integer(let value) = self[option] { value } else { 0 }
  }

  /// A number; for one that may be off, ask `optionalNumber`.
  public func number(_ option: TrainingOption) -> Double { optionalNumber(option) ?? 0 }

  public func optionalNumber(_ option: TrainingOption) -> Double? {
    switch self[option] {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  public func flag(_ option: TrainingOption) -> Bool { self[option] == .flag(true) }

  public func choice(_ option: TrainingOption) -> String {
    if case .choice(let value) = self[option] { value } else { "" }
  }

  /// A list of names such as `reward_funcs`; empty if nothing was given.
  public func names(_ option: TrainingOption) -> [String] { NameList.split(choice(option)) }

  /// A list of numbers such as `reward_weights`; empty if nothing was given.
  public func numbers(_ option: TrainingOption) -> [Double] { names(option).compactMap(NumberText.parse) }

  /// The adapters that are trained instead of the model's weights, if `use_peft` asks for them.
  public var lowRank: LowRank? {
    guard flag(.usePEFT) else { return nil }
    var shape = LowRank(rank: integer(.loraRank), alpha: number(.loraAlpha), targets: names(.loraTargetModules))
    shape.dropout = number(.loraDropout)
    return shape
  }

  /// Numbers with names such as `lr_scheduler_kwargs`; nil if nothing was given.
  func parameters(_ option: TrainingOption) -> ParameterList? {
    if case .choice(let text) = self[option] { ParameterList(text) } else { nil }
  }

  /// Sets an option of the run, if the value is of its kind and within its range.
  public mutating func set(_ option: TrainingOption, to value: OptionValue) throws(OptionError) {
    guard let fitted = option.description.kind.fitted(value) else {
      throw OptionError(message: "\(option.name) must be \(option.description.kind.expectation), not \(value.text)")
    }
    values[option.rawValue] = fitted
    mirror(option)
  }

  /// Sets an option of the objective.
  public mutating func set(_ option: Option, to value: OptionValue) throws(OptionError) {
    if let own = TrainingOption.named(option.name), own.trainers.contains(trainer) {
      try set(own, to: value)
    } else {
      try objective.set(option, to: value)
    }
  }

  /// Sets an option of either table from what a user typed, such as `learning_rate` and `1e-3`.
  public mutating func set(name: String, to text: String) throws(OptionError) {
    try set(name: name, to: OptionValue(parsing: text))
  }

  /// Sets an option of either table.
  public mutating func set(name: String, to value: OptionValue) throws(OptionError) {
    switch try AnyTrainingOption.find(name, for: trainer) {
    case .run(let option): try set(option, to: value)
    case .objective(let option): try objective.set(option, to: value)
    }
  }

  public subscript(option: AnyTrainingOption) -> OptionValue {
    switch option {
    case .run(let option): self[option]
    case .objective(let option): objective[option]
    }
  }

  /// The options whose value is not the standard one, in the tables' order.
  public var changed: [AnyTrainingOption] {
    AnyTrainingOption.all(for: trainer).filter { self[$0] != $0.standard(for: trainer) }
  }

  private mutating func mirror(_ option: TrainingOption) {
    guard let own = trainer.objectiveOptions.first(where: { $0.name == option.name }) else { return }
    // Refused only where the loss allows less than the run; the loss then keeps its standard.
    try? objective.set(own, to: self[option])
  }
}
