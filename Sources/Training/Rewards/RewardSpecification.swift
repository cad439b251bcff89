import Documents

/// A reward function as `reward_funcs` names it: `length:target=20,unit=words`.
///
/// `reward_funcs` is a list of them, in which a name that reads `option=value` belongs to the function before it: at the
/// command line commas separate both, and `\,` is a comma and `\\` a backslash (`NameList`). A list of strings in YAML
/// holds one function per string, as it stands; there a comma separates only what one of the function's options follows,
/// so that `regex:pattern=^[0-9]{1,3}$` needs no escape.
public enum RewardSpecification: Equatable, Sendable {
  case exactMatch(column: String)
  case arithmetic(column: String?)
  case regularExpression(pattern: String)
  case length(target: Int, unit: Length.Unit)
  case command(run: String, timeout: Double)
  /// A checkpoint of a reward model, which the trainer loads.
  case model(path: String)

  /// Reads the names of `reward_funcs`.
  public static func list(_ texts: [String]) throws(TrainingError) -> [RewardSpecification] {
    var functions: [[String]] = []
    for text in texts {
      let function = RewardText.trimmed(RewardText.divided(text, at: ":").0)
      if RewardText.isOption(text), !functions.isEmpty {
        functions[functions.count - 1].append(text)
      } else {
        functions.append(RewardText.parts(text, options: RewardOptions.names(of: function)))
      }
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
