import Foundation
import Quiz
import Testing

/// The answer to a question by simple arithmetic on the numbers in its text, as a learner would do it.
enum QuizArithmetic {
  /// Nil for kinds that are no arithmetic.
  static func number(_ question: QuizQuestion) -> Double? {
    let text = question.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return switch question.kind {
    case "clipped-ratio": clippedRatio(text)
    case "gae": advantage(question.text, text)
    case "return": discountedReturn(question.text, text)
    case "group-advantage": groupAdvantage(text)
    case "user-group-advantage": userGroupAdvantage(question.text, text)
    case "kl-estimate": klEstimate(text)
    case "penalised-reward": reward(text)
    case "implicit-reward": implicitReward(text)
    case "margin": margin(text)
    case "pair-loss": log(1 + exp(-after("has the margin ", in: text)))
    case "supervised-loss": supervised(text)
    case "human-value": humanValue(text)
    case "teacher-advantage": teacherAdvantage(text)
    default: nil
    }
  }

  /// The choice that is right, by its first word.
  static func word(_ question: QuizQuestion) -> String? {
    let text = question.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    switch question.kind {
    case "minimum-branch":
      let (plain, clipped) = products(text)
      return abs(plain - clipped) < 1e-9 ? "both" : plain < clipped ? "unclipped" : "clipped"
    case "gradient-sign": return sign(derivative(text))
    case "pair-gradient": return text.contains("of the chosen response") ? "negative" : "positive"
    default: return nil
    }
  }

  // MARK: Reading

  /// The number behind some words.
  static func after(_ words: String, in text: String) -> Double {
    guard let range = text.range(of: words) else { return .nan }
    let digits = text[range.upperBound...].prefix { "-0123456789.e".contains($0) }
    return Double(digits.hasSuffix(".") ? String(digits.dropLast()) : String(digits)) ?? .nan
  }

  /// The last `count` columns of the rows of a table.
  private static func rows(_ text: String, _ count: Int) -> [[Double]] {
    text.split(separator: "\n").filter { $0.hasPrefix("  ") }.dropFirst().map { line in
      line.split(separator: " ").suffix(count).map { Double($0) ?? .nan }
    }
  }

  private static func range(_ text: String) -> (low: Double, high: Double) {
    let low = after("clip range is ", in: text)
    guard let place = text.range(of: "clip range is ") else { return (low, .nan) }
    return (low, after(" to ", in: String(text[place.upperBound...])))
  }

  private static func sign(_ x: Double) -> String { x > 0 ? "positive" : x < 0 ? "negative" : "zero" }

  // MARK: Computing

  private static func clippedRatio(_ text: String) -> Double {
    let (low, high) = range(text)
    let ratio =
      text.contains("has ratio")
      ? after("has ratio ", in: text)
      : exp(after("has log-probability ", in: text) - after("and had ", in: text))
    return min(max(ratio, low), high)
  }

  private static func products(_ text: String) -> (plain: Double, clipped: Double) {
    let (low, high) = range(text)
    let (ratio, advantage) = (after("has ratio ", in: text), after("and advantage ", in: text))
    return (ratio * advantage, min(max(ratio, low), high) * advantage)
  }

  private static func derivative(_ text: String) -> Double {
    if text.contains("has advantage") { return -after("has advantage ", in: text) }
    if text.contains("has return") {
      return after("The baseline is ", in: text) - after("has return ", in: text)
    }
    let (plain, clipped) = products(text)
    let pull = plain <= clipped ? -plain : 0
    guard text.contains("k3") else { return pull }
    let d = after("logp = ", in: text) - after("ref_logp = ", in: text)
    return pull + after("clipped ratio × advantage) + ", in: text) * (1 - exp(-d))
  }

  private static func advantage(_ table: String, _ text: String) -> Double {
    let rows = rows(table, 2)
    let (gamma, lam) = (after("gamma is ", in: text), after("lam is ", in: text))
    let end = text.contains("cut off") ? after("after the last step is ", in: text) : 0
    var advantage = 0.0
    for t in (Int(after("at t = ", in: text))..<rows.count).reversed() {
      let next = t + 1 < rows.count ? rows[t + 1][1] : end
      advantage = rows[t][0] + gamma * next - rows[t][1] + gamma * lam * advantage
    }
    return advantage
  }

  private static func discountedReturn(_ table: String, _ text: String) -> Double {
    let rows = rows(table, 1)
    var gain = 0.0
    for t in (Int(after("at t = ", in: text))..<rows.count).reversed() {
      gain = rows[t][0] + after("gamma is ", in: text) * gain
    }
    return text.contains("baseline") ? gain - after("The baseline is ", in: text) : gain
  }

  private static func groupAdvantage(_ text: String) -> Double {
    guard let start = text.range(of: "rewards: "),
      let end = text.range(of: "[A-Z]", options: .regularExpression, range: start.upperBound..<text.endIndex)
    else { return .nan }
    let rewards = text[start.upperBound..<end.lowerBound].split(separator: ",").map {
      Double($0.trimmingCharacters(in: .whitespaces)) ?? .nan
    }
    let mine = after("which earned ", in: text)
    let mean = rewards.reduce(0, +) / Double(rewards.count)
    if text.contains("rloo") {
      return mine - (rewards.reduce(0, +) - mine) / Double(rewards.count - 1)
    }
    guard text.contains("std") else { return mine - mean }
    let squares = rewards.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    return (mine - mean) / (sqrt(squares / Double(rewards.count - 1)) + 1e-4)
  }

  private static func userGroupAdvantage(_ table: String, _ text: String) -> Double {
    let lines = table.split(separator: "\n").filter { $0.hasPrefix("  ") }.dropFirst()
    let names = lines.map { $0.split(separator: " ")[0] }
    let rows = rows(table, 3)
    guard let place = names.firstIndex(where: { text.contains("an answer for \($0) users") }) else { return .nan }
    let baseline =
      text.contains("across_groups")
      ? rows.map { $0[1] }.reduce(0, +) / Double(rows.count)
      : text.contains("pooled")
        ? rows.map { $0[0] * $0[1] }.reduce(0, +) / rows.map { $0[0] }.reduce(0, +) : rows[place][1]
    return rows[place][2] * (after("that earned ", in: text) - baseline)
  }

  private static func teacherAdvantage(_ text: String) -> Double {
    if text.contains("objective") {
      let old = after("and had ", in: text)
      return exp(after("has log-probability ", in: text) - old) * (after("the teacher's is ", in: text) - old)
    }
    let (own, teachers) = (after("robability ", in: text), after("sampled it and ", in: text))
    return text.contains("log-probability") ? teachers - own : log(teachers / own)
  }

  private static func klEstimate(_ text: String) -> Double {
    let policy = after("has log-probability ", in: text)
    let d = policy - after("under the policy and ", in: text)
    return text.contains("k1") ? d : exp(-d) - 1 + d
  }

  private static func reward(_ text: String) -> Double {
    let kl =
      text.contains("KL estimate")
      ? after("the KL estimate ", in: text)
      : after("has log-probability ", in: text) - after("under the policy and ", in: text)
    let isLast = text.contains("That one")
    return -after("kl_coef is ", in: text) * kl + (isLast ? after("and the score ", in: text) : 0)
  }

  private static func implicitReward(_ text: String) -> Double {
    let beta = after("beta is ", in: text)
    if text.contains("reference is") { return beta * after("under the reference is ", in: text) }
    guard text.contains("tokens have") else {
      return beta * (after("log-probability is ", in: text) - after("under the policy and ", in: text))
    }
    func sum(_ start: String, _ end: String) -> Double {
      guard let from = text.range(of: start), let to = text.range(of: end) else { return .nan }
      return text[from.upperBound..<to.lowerBound].split(separator: ",").reduce(0) {
        $0 + (Double($1.trimmingCharacters(in: .whitespaces)) ?? .nan)
      }
    }
    return beta * (sum("log-probabilities ", " under the policy") - sum("the policy and ", " under the reference"))
  }

  private static func margin(_ text: String) -> Double {
    if text.contains("scores") {
      return after("the chosen response ", in: text) - after("the rejected one ", in: text)
    }
    if text.contains("implicit reward is ") {
      return after("implicit reward is ", in: text) - after("response and ", in: text)
    }
    let beta = after("beta is ", in: text)
    if text.contains("π_ref") { return beta * (after("π_ref is ", in: text) - after("response and ", in: text)) }
    guard let rejected = text.range(of: "the rejected one ") else { return .nan }
    return beta
      * (after("has log-probability ", in: text) - after("the policy and ", in: text)
        - after("the rejected one ", in: text) + after(" and ", in: String(text[rejected.upperBound...])))
  }

  private static func humanValue(_ text: String) -> Double {
    let (ratio, beta) = (after("the log-ratio ", in: text), after("beta is ", in: text))
    guard text.contains("was judged") else { return beta * ratio }
    let lead = ratio - after("The reference point is ", in: text)
    return 1 / (1 + exp((text.contains("undesirable") ? 1 : -1) * beta * lead))
  }

  private static func supervised(_ text: String) -> Double {
    if text.contains("has probability") { return log(after("has probability ", in: text)) }
    if text.contains("perplexity") { return exp(after("demonstrations is ", in: text)) }
    return -after("add up to ", in: text) / after("a batch have ", in: text)
  }
}
