import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Scenario {
  /// What makes a scenario's numbers new: the seed, and options within sensible values.
  ///
  /// The first level leaves discounting out, the third has it on.
  func variation(level: Int, random: inout RandomStream) -> [QuizQuestion.Change] {
    var changes = [QuizQuestion.Change("seed", "\(1 + random.below(999))")]
    let own = Option.all(for: algorithm)
    let values = Self.sensibleValues(level: level) + [(.learningRate, algorithm.samples ? [] : slowerRates)]
    for (option, values) in values where own.contains(option) && !values.isEmpty && !isOff(option) {
      let place = values.count == 1 ? 0 : random.below(values.count)
      changes.append(QuizQuestion.Change(option.name, values[place]))
    }
    return changes
  }

  private static func sensibleValues(level: Int) -> [(option: Option, values: [String])] {
    [
      (.cliprange, ["0.1", "0.15", "0.2", "0.25", "0.3"]),
      (.gamma, level == 1 ? ["1"] : level == 2 ? ["1", "0.99"] : ["0.9", "0.95", "0.99"]),
      (.lam, level == 1 ? ["1"] : level == 2 ? ["0.9", "0.95"] : ["0.5", "0.8", "0.9"]),
      (.klCoef, ["0.02", "0.05", "0.1", "0.2"]), (.epsilon, ["0.1", "0.15", "0.2", "0.25"]),
      (.groupBeta, ["0.02", "0.04", "0.1"]), (.preferenceBeta, ["0.05", "0.1", "0.2", "0.5"]),
      (.centerRewards, ["0", "0.01", "0.1"]),
    ]
  }

  /// What learns from examples always moves along one way, at another rate to other numbers.
  private var slowerRates: [String] {
    [0.25, 0.5, 1].map { NumberText.full($0 * settings.number(.learningRate)) }
  }

  /// Whether a weight is 0: what a scenario leaves out stays out, since the question does not speak of it.
  private func isOff(_ option: Option) -> Bool { settings.optionalNumber(option) == 0 }

  /// The scenario with changes, and those of them that do change something; a later one replaces an earlier one.
  func changed(_ changes: [QuizQuestion.Change]) -> (source: Source, changes: [QuizQuestion.Change]) {
    var source = Source.scenario(self)
    var made: [QuizQuestion.Change] = []
    for (number, change) in changes.enumerated() {
      guard !changes[(number + 1)...].contains(where: { $0.option == change.option }) else { continue }
      let before = source
      guard (try? source.set(change.option, to: change.value)) != nil, !before.isSame(as: source) else { continue }
      made.append(change)
    }
    return (source, made)
  }
}

// What kinds of questions ask of a scenario.
extension Scenario {
  func hasOption(_ option: Option) -> Bool { Option.all(for: algorithm).contains(option) }

  var learnsPolicyFromPairs: Bool { algorithm.comparesPairs && algorithm.has(.policy) }

  /// Whether answers are written for kinds of users instead of to prompts.
  var hasUsers: Bool {
    if case .language(let world) = surroundings { !world.users.isEmpty } else { false }
  }

  /// A weight for the KL from the reference, where the scenario leaves it out.
  var weighingKL: [QuizQuestion.Change] {
    guard let weight = algorithm.option(.klWeight), isOff(weight) else { return [] }
    return [QuizQuestion.Change(weight.name, "0.1")]
  }
}

extension Source {
  fileprivate func isSame(as other: Source) -> Bool {
    guard case .scenario(let mine) = self, case .scenario(let others) = other else { return false }
    return mine.settings == others.settings && mine.seed == others.seed
  }
}
