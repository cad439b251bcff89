public import Documents
public import Objectives
public import Recording

/// A source of recordings: a scenario or a batch.
public enum Source: Sendable {
  case scenario(Scenario)
  case batch(Batch, name: String)

  /// Reads a batch or a scenario, whichever it is meant to be, so that errors are about the right format.
  public init(_ document: Document, name: String) throws(DocumentError) {
    var isBatch = false
    if case .object(let members) = document.value {
      isBatch = members.contains { member in
        member.key == "format" || BatchForm.all.contains { $0.listKey == member.key }
      }
    }
    self =
      isBatch ? .batch(try Batch(document), name: name) : .scenario(try Scenario(document, name: name))
  }

  public var name: String {
    switch self {
    case .scenario(let scenario): scenario.name
    case .batch(_, let name): name
    }
  }

  public var title: String {
    switch self {
    case .scenario(let scenario): scenario.title
    case .batch(let batch, _): batch.title
    }
  }

  public var settings: Settings {
    switch self {
    case .scenario(let scenario): scenario.settings
    case .batch(let batch, _): batch.settings
    }
  }

  public var algorithm: Algorithm {
    switch self {
    case .scenario(let scenario): scenario.algorithm
    case .batch(let batch, _): batch.algorithm
    }
  }

  /// The options that can be set here.
  public var options: [Option] {
    switch self {
    case .scenario: Option.all(for: algorithm)
    case .batch(let batch, _): batch.options
    }
  }

  /// Sets an option, `seed` included, from what a user typed.
  public mutating func set(_ name: String, to text: String) throws(OptionError) { try set([(name, text)]) }

  /// Sets options one after the other; only the final combination must be valid.
  public mutating func set(_ assignments: [(name: String, text: String)]) throws(OptionError) {
    var changed = self
    for (name, text) in assignments { try changed.setUnchecked(name, to: text) }
    if let problem = changed.problem { throw OptionError(message: problem) }
    self = changed
  }

  /// Why the combination of options is refused; nil where it is not.
  private var problem: String? {
    switch self {
    case .scenario(let scenario): scenario.problem
    case .batch(let batch, _): batch.problem
    }
  }

  private mutating func setUnchecked(_ name: String, to text: String) throws(OptionError) {
    switch self {
    case .scenario(var scenario):
      if name == "seed" {
        guard let seed = UInt64(text), seed <= 1 << 53 else {
          throw OptionError(message: "seed must be a whole number from 0 to 9007199254740992, not \(text)")
        }
        scenario.seed = seed
      } else {
        try scenario.settings.set(name, to: text, for: algorithm)
      }
      self = .scenario(scenario)
    case .batch(var batch, let fileName):
      guard let option = options.first(where: { $0.name == name }) else {
        if name != "seed" { _ = try Option.find(name, for: algorithm) }
        throw OptionError(message: "\(name) means nothing for a batch: its samples and values are recorded")
      }
      try batch.settings.set(option, to: OptionValue(parsing: text))
      self = .batch(batch, name: fileName)
    }
  }

  /// Puts the conventions of an implementation in place, as far as they apply here.
  ///
  /// - Returns: What was changed.
  public mutating func apply(_ preset: Preset) throws(OptionError) -> [Preset.Change] {
    guard preset.title(for: algorithm) != nil else {
      let known = Preset.allCases.filter { $0.title(for: algorithm) != nil }.map { $0.rawValue }
      let hint = known.isEmpty ? "set its options one by one" : "there are \(known.joined(separator: ", "))"
      throw OptionError(message: "preset \(preset.rawValue) says nothing of \(algorithm.name); \(hint)")
    }
    let changes = preset.differences(from: settings, for: algorithm).filter { options.contains($0.option) }
    var changed = self
    for change in changes { try changed.setUnchecked(change.option, to: change.value) }
    if let problem = changed.problem { throw OptionError(message: "preset \(preset.rawValue): \(problem)") }
    self = changed
    return changes
  }

  private mutating func setUnchecked(_ option: Option, to value: OptionValue) throws(OptionError) {
    switch self {
    case .scenario(var scenario):
      try scenario.settings.set(option, to: value)
      self = .scenario(scenario)
    case .batch(var batch, let name):
      try batch.settings.set(option, to: value)
      self = .batch(batch, name: name)
    }
  }

  /// Runs the source and records all of it.
  public func record(overrides: [Override] = []) -> Trace {
    switch self {
    case .scenario(let scenario): scenario.record(overrides: overrides)
    case .batch(let batch, _): batch.record(overrides: overrides)
    }
  }
}
