// Without ArgumentParser, which has an `Option` of its own.
import Objectives

/// The part of an option that completion shows.
struct OptionChoice {
  let name: String
  let sentence: String
  /// What can be chosen; nothing where it is a number.
  let values: [String]
  let standard: String

  /// The options' names, or the values of one as soon as there is only one: a shell ends an unambiguous word with a space.
  static func candidates(_ choices: [OptionChoice], for word: String) -> [Candidate] {
    let named = choices.filter { "\($0.name)=".hasPrefix(word) || word.hasPrefix("\($0.name)=") }
    guard named.count == 1, let choice = named.first else {
      return named.map { Candidate("\($0.name)=", $0.sentence) }
    }
    let values = choice.values.isEmpty ? [choice.standard] : choice.values
    return values.map { Candidate("\(choice.name)=\($0)", choice.sentence) }
  }
}

extension Option.Kind {
  /// What can be chosen from; nothing where numbers are meant.
  var values: [String] {
    switch self {
    case .choice(let values), .choices(let values): values
    case .flag: ["true", "false"]
    default: []
    }
  }
}

extension Option {
  /// The options of all algorithms; of those with one name the first.
  static var uniquelyNamed: [Option] {
    var seen: Set<String> = []
    return allCases.filter { seen.insert($0.name).inserted }
  }
}
