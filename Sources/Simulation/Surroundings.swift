import Autodiff
import Objectives
public import Recording

/// What a scenario's policy acts in.
public enum Surroundings: Equatable, Sendable {
  case language(World)
  case decisions(DecisionProcess)
}

extension Scenario {
  /// The language; one without words where the scenario has states and actions instead.
  public var world: World {
    get {
      guard case .language(let world) = surroundings else {
        return World(vocabulary: [], prompts: [], demonstrations: [], preferences: [])
      }
      return world
    }
    set { surroundings = .language(newValue) }
  }

  /// The states and actions, where the scenario has them.
  public var decisions: DecisionProcess? {
    if case .decisions(let process) = surroundings { process } else { nil }
  }
}

extension Glossary {
  /// The names of the field where a policy acts: rows are states, columns actions.
  init(_ process: DecisionProcess, algorithm: Algorithm, settings: Settings) {
    let words = Glossary(
      vocabulary: process.actions, algorithm: algorithm, settings: settings, states: process.names, isActing: true)
    let entries = zip(words.entries, Quantity.allCases).map { entry, quantity in
      quantity.meaningForDecisions.map {
        Entry(
          name: $0.name ?? entry.name, latex: $0.latex ?? entry.latex, labels: entry.labels, meaning: $0.meaning,
          axes: entry.axes)
      } ?? entry
    }
    self.init(
      entries: entries,
      valueLabels: [Quantity.token.rawValue: process.actions, Quantity.state.rawValue: process.names],
      algorithm: words.algorithm, stages: words.stages, axes: words.axes, symbols: words.symbols,
      deciding: words.deciding, learned: words.learned)
  }
}

extension Glossary {
  /// Whether the policy's rows are states of a world, and its columns actions.
  public var hasActions: Bool { valueLabels[Quantity.state.rawValue] != nil }
}
