import Documents

/// The options of one function of `reward_funcs`, taken one by one.
struct RewardOptions {
  let function: String
  private var values: [String: String] = [:]

  /// The options of each function; the first one is required, except where all have a standard value.
  private static let known: KeyValuePairs<String, [String]> = [
    "exact_match": ["column"], "arithmetic": ["column"], "regex": ["pattern"], "length": ["target", "unit"],
    "command": ["run", "timeout"], "model": ["path"],
  ]

  /// The options of a function; none where there is no such function.
  static func names(of function: String) -> [String] { known.first { $0.key == function }?.value ?? [] }

  init(parts: [String]) throws(TrainingError) {
    let (name, first) = RewardText.divided(parts.first ?? "", at: ":")
    function = RewardText.trimmed(name)
    guard let allowed = Self.known.first(where: { $0.key == function })?.value else { throw unknownFunction() }
    for part in (first.map { [$0] } ?? []) + parts.dropFirst() {
      let (rawKey, value) = RewardText.divided(part, at: "=")
      let key = RewardText.trimmed(rawKey)
      guard allowed.contains(key) else { throw unknown(key, allowed: allowed) }
      guard let value, !value.isEmpty else { throw error("\(key) needs a value: \(function):\(key)=…") }
      guard values.updateValue(value, forKey: key) == nil else {
        throw error("\(key) is given twice")
      }
    }
  }

  mutating func take(_ key: String) -> String? { values.removeValue(forKey: key) }

  mutating func required(_ key: String) throws(TrainingError) -> String {
    guard let value = take(key) else { throw error("needs an option: \(function):\(key)=…") }
    return value
  }

  mutating func target() throws(TrainingError) -> Int {
    let text = try required("target")
    guard let target = Int(RewardText.trimmed(text)), target > 0 else {
      throw error("target must be a whole number above 0, found '\(text)'")
    }
    return target
  }

  mutating func unit() throws(TrainingError) -> Length.Unit {
    guard let text = take("unit") else { return .characters }
    guard let unit = Length.Unit(rawValue: RewardText.trimmed(text)) else {
      throw error("unit must be characters or words, found '\(text)'")
    }
    return unit
  }

  /// Seconds for a batch, a day at most.
  mutating func timeout() throws(TrainingError) -> Double {
    guard let text = take("timeout") else { return 30 }
    guard let seconds = NumberText.parse(RewardText.trimmed(text)), seconds > 0, seconds <= 86_400 else {
      throw error("timeout must be a number of seconds above 0 and at most 86400, found '\(text)'")
    }
    return seconds
  }

  func unknownFunction() -> TrainingError {
    if function.isEmpty {
      return TrainingError(.usage, "reward_funcs: a function's name is missing; the functions are: \(Self.names)")
    }
    let near = nearestNames(to: function, among: Self.known.map(\.key), limit: 1).first
    let hint = near.map { "did you mean '\($0)'?" } ?? "the functions are: \(Self.names)"
    return TrainingError(.usage, "reward_funcs: unknown function '\(function)'; \(hint)")
  }

  private static var names: String { known.map(\.key).joined(separator: ", ") }

  private func unknown(_ key: String, allowed: [String]) -> TrainingError {
    let hint =
      nearestNames(to: key, among: allowed, limit: 1).first.map { "did you mean '\($0)'?" }
      ?? "it has: \(allowed.joined(separator: ", ")) (a comma inside a value is written \\,)"
    return error("unknown option '\(key)'; \(hint)")
  }

  private func error(_ message: String) -> TrainingError {
    TrainingError(.usage, "reward_funcs: \(function): \(message)")
  }
}
