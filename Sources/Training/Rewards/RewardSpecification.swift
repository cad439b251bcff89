/// A reward function as `reward_funcs` names it: `length:target=20,unit=words`.
///
/// `reward_funcs` is a list separated by commas. A part that reads `option=value` belongs to the function before it. In a
/// value, `\,` is a comma and `\\` a backslash; before any other sign a backslash stays, so that `\d` needs no second one.
/// A list of strings in YAML holds one function per string; a comma then separates only what reads `option=value`, so
/// that `regex:pattern=^[0-9]{1,3}$` needs no escape.
public enum RewardSpecification: Equatable, Sendable {
  case exactMatch(column: String)
  case arithmetic(column: String?)
  case regularExpression(pattern: String)
  case length(target: Int, unit: Length.Unit)
  case command(run: String, timeout: Double)
  /// A checkpoint of a reward model, which the trainer loads.
  case model(path: String)

  /// Reads `--set reward_funcs=…`.
  public static func list(_ text: String) throws(TrainingError) -> [RewardSpecification] {
    var functions: [[String]] = []
    for part in RewardText.parts(text) {
      if RewardText.isOption(part), !functions.isEmpty {
        functions[functions.count - 1].append(part)
      } else {
        functions.append([part])
      }
    }
    return try functions.map { (parts) throws(TrainingError) in try Self(parts: parts) }
  }

  /// Reads YAML’s list, one function per string; a string that is an option belongs to the function before it.
  public static func list(_ texts: [String]) throws(TrainingError) -> [RewardSpecification] {
    var functions: [[String]] = []
    for text in texts {
      var parts = RewardText.isOption(text) ? functions.popLast() ?? [] : []
      for part in RewardText.parts(text) {
        if parts.isEmpty || RewardText.isOption(part) {
          parts.append(part)
        } else {
          parts[parts.count - 1] += "," + part
        }
      }
      functions.append(parts)
    }
    return try functions.map { (parts) throws(TrainingError) in try Self(parts: parts) }
  }

  /// The function itself; a model is loaded by whoever knows how.
  public func function(
    model: (_ path: String) throws(TrainingError) -> any RewardFunction
  ) throws(TrainingError) -> any RewardFunction {
    switch self {
    case .exactMatch(let column): ExactMatch(column: column)
    case .arithmetic(let column): Arithmetic(column: column)
    case .regularExpression(let pattern): try RegularExpression(pattern: pattern)
    case .length(let target, let unit): Length(target: target, unit: unit)
    case .command(let run, let timeout): CommandReward(run: run, timeout: timeout)
    case .model(let path): try model(path)
    }
  }

  /// One function: its name and first option, then further options.
  private init(parts: [String]) throws(TrainingError) {
    var options = try RewardOptions(parts: parts)
    switch options.function {
    case "exact_match": self = .exactMatch(column: options.take("column") ?? "answer")
    case "arithmetic": self = .arithmetic(column: options.take("column"))
    case "regex":
      let pattern = try options.required("pattern")
      _ = try RegularExpression(pattern: pattern)
      self = .regularExpression(pattern: pattern)
    case "length": self = .length(target: try options.target(), unit: try options.unit())
    case "command": self = .command(run: try options.required("run"), timeout: try options.timeout())
    case "model": self = .model(path: try options.required("path"))
    default: throw options.unknownFunction()
    }
  }
}
