import Documents

/// `rewards.py`: which of `reward_functions.py` a run has, as calls in Python.
struct TRLRewards {
  static let name = "rewards.py"

  enum Function {
    case rule(RewardSpecification)
    /// A folder beside the script which holds a reward model; with which tokens the policy ends texts, and whether the reward
    /// model has the policy's tokenizer.
    case model(folder: String, ends: [Int], isOwn: Bool)
    case overlong(limit: Int, cache: Double)
    /// The judges of built-in tasks: of film reviews, and of answers to users of three kinds.
    case gold, taste
  }

  let functions: [Function]
  /// The weight of each; empty where TRL reads `reward_weights` from config.yaml.
  let weights: [Double]

  var python: String {
    let calls = functions.map(\.call)
    let weighed =
      weights.isEmpty
      ? "# In the order of reward_weights.\n" : "WEIGHTS = [\(weights.map(NumberText.full).joined(separator: ", "))]\n"
    return """
      ""\"What completions are rewarded for, as in the run's reward_funcs: a number for each completion.""\"

      from reward_functions import \(Set(calls.map(\.name)).sorted().joined(separator: ", "))

      \(weighed)REWARDS = [
      \(calls.map { "    \($0.python),\n" }.joined())]

      """
  }
}

extension TRLRewards.Function {
  fileprivate var call: PythonCall {
    switch self {
    case .rule(.exactMatch(let column)): PythonCall("exact_match", [("column", .string(column))])
    case .rule(.arithmetic(let column)):
      PythonCall("arithmetic", [("column", column.map(PythonValue.string) ?? .nothing)])
    case .rule(.regularExpression(let pattern)): PythonCall("regex", [("pattern", .string(pattern))])
    case .rule(.length(let target, let unit)):
      PythonCall("length", [("target", .number(Double(target))), ("unit", .string(unit.rawValue))])
    case .rule(.command(let run, let timeout)):
      PythonCall("command", [("run", .string(run)), ("timeout", .number(timeout))])
    case .rule(.model(let path)): PythonCall("model", [("path", .string(path))])
    case .model(let folder, let ends, let isOwn):
      PythonCall("model", [("path", .string(folder)), ("ends", .integers(ends)), ("is_own", .flag(isOwn))])
    case .overlong(let limit, let cache):
      PythonCall("overlong", [("limit", .number(Double(limit))), ("cache", .number(cache))])
    case .gold: Self.goldCall
    case .taste: Self.tasteCall
    }
  }

  /// As `FilmGrammar.gold`, with its words.
  private static var goldCall: PythonCall {
    PythonCall(
      "gold",
      [
        ("subjects", .strings(FilmGrammar.subjects)), ("verbs", .strings(FilmGrammar.verbs)),
        ("modifiers", .strings(FilmGrammar.modifiers)), ("links", .strings(FilmGrammar.links)),
        ("values", .dictionary(FilmGrammar.values.map { ($0.key, .number($0.value)) })),
      ])
  }

  /// As `UserGroup.likes`, with its sentences.
  private static var tasteCall: PythonCall {
    PythonCall(
      "taste",
      [
        ("objects", .strings(UserGroup.objects)),
        ("sentences", .dictionary(UserGroup.Style.allCases.map { ("\($0)", .strings($0.sentences)) })),
        (
          "likes",
          .dictionary(
            UserGroup.allCases.map { group in
              (group.rawValue, .dictionary(UserGroup.Style.allCases.map { ("\($0)", .number(group.likes($0))) }))
            })
        ),
      ])
  }
}
