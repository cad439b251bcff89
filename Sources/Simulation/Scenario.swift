public import Objectives
public import Recording

/// A tiny world, an algorithm's options and a seed: everything that a run is made from.
public struct Scenario: Equatable, Sendable {
  public var name: String
  /// One sentence on what there is to see.
  public var title: String
  public var algorithm: Algorithm
  /// What is acted in: a language to write, or states to move between.
  public var surroundings: Surroundings
  public var settings: Settings
  public var seed: UInt64

  public init(
    name: String, title: String, algorithm: Algorithm, world: World, settings: Settings = Settings(), seed: UInt64
  ) {
    self.init(
      name: name, title: title, algorithm: algorithm, surroundings: .language(world), settings: settings, seed: seed)
  }

  public init(
    name: String, title: String, algorithm: Algorithm, surroundings: Surroundings, settings: Settings, seed: UInt64
  ) {
    self.name = name
    self.title = title
    self.algorithm = algorithm
    self.surroundings = surroundings
    self.settings = settings
    self.seed = seed
  }

  /// The scenarios that come with Gradus, by name.
  public static let builtIn: [Scenario] = Simulator.all.flatMap { $0.scenarios }

  /// Runs the scenario and records all of it.
  ///
  /// - Parameter overrides: What-ifs: numbers to put in place of those that the run computes.
  public func record(overrides: [Override] = []) -> Trace {
    let trace = Trace(glossary: glossary, overrides: overrides)
    simulator.run(self, trace)
    return trace
  }

  private var glossary: Glossary {
    switch surroundings {
    case .language(let world):
      Glossary(
        vocabulary: world.vocabulary, algorithm: algorithm, settings: settings, states: StateSpace(world).names,
        groups: world.users.isEmpty ? nil : world.users.map { $0.name })
    case .decisions(let process): Glossary(process, algorithm: algorithm, settings: settings)
    }
  }
}

extension Settings {
  /// The standard settings with some changed.
  init(_ changes: [(option: Option, value: OptionValue)]) {
    self.init()
    do throws(OptionError) {
      for change in changes { try set(change.option, to: change.value) }
    } catch {
      preconditionFailure(error.message)
    }
  }
}
