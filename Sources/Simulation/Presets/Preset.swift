import Documents
public import Objectives

/// The conventions of one implementation, where they differ from Gradus' standard settings.
public enum Preset: String, CaseIterable, Sendable {
  case trl, openrlhf, verl, openai, paper

  /// The preset of that name.
  public init(named name: String) throws(OptionError) {
    guard let preset = Preset(rawValue: name) else {
      let names = Preset.allCases.map { $0.rawValue }
      throw OptionError(message: "there is no preset \(name.visible); they are \(names.joined(separator: ", "))")
    }
    self = preset
  }

  /// One setting of a preset, and where the implementation has it.
  public struct Change: Sendable {
    public let option: Option
    public let value: OptionValue
    public let source: String
  }

  /// The code and version that the preset follows for an algorithm; nil where it says nothing of it.
  public func title(for algorithm: Algorithm) -> String? { conventions(for: algorithm)?.title }

  /// What it changes for an algorithm; nothing where it says nothing of it.
  public func changes(for algorithm: Algorithm) -> [Change] { conventions(for: algorithm)?.changes ?? [] }

  /// An implementation of one algorithm, or of one family.
  struct Conventions {
    let title: String
    let changes: [Change]
  }

  private func conventions(for algorithm: Algorithm) -> Conventions? {
    if algorithm.credit == .critic { return Conventions(title: proximalTitle, changes: proximalChanges) }
    if algorithm.credit == .group { return groupConventions }
    guard algorithm.options.simulated.contains(.preferenceLoss) else { return nil }
    return algorithm.samples ? onlinePairConventions : pairConventions
  }

  /// What the preset changes in these settings of an algorithm.
  ///
  /// It says how an implementation computes a loss, and not which one is computed: of GRPO's it exchanges those that differ in
  /// their average alone.
  public func differences(from settings: Settings, for algorithm: Algorithm) -> [Change] {
    let keepsLoss = !GroupLoss.chosen(by: settings).isPlain
    return changes(for: algorithm).filter { change in
      settings[change.option] != change.value && !(keepsLoss && change.option == .groupLoss)
    }
  }

  func change(_ option: Option, _ value: Double?, _ source: String) -> Change {
    guard let value else { return Change(option: option, value: .none, source: source) }
    if case .integer = option.description.kind {
      return Change(option: option, value: .integer(Int(value)), source: source)
    }
    return Change(option: option, value: .number(value), source: source)
  }

  func change(_ option: Option, _ value: String, _ source: String) -> Change {
    Change(option: option, value: .choice(value), source: source)
  }

  func change(_ option: Option, _ value: Bool, _ source: String) -> Change {
    Change(option: option, value: .flag(value), source: source)
  }
}
