import Autodiff
import Objectives
import Recording
import Simulation

// Pairs of responses, as DPO and the reward model look at them.
extension Narrator {
  /// A token of a response of a pair, to the reference or to the policy.
  var pairToken: String? {
    for (now, before, role) in Self.pairLogps {
      guard let logp = term(now) else { continue }
      let (i, t) = (key(logp).i, key(logp).j)
      let words = words(i, role)
      let word = t < words.count ? words[t] : "token \(t)"
      let whom = before == nil ? "the reference" : "the policy"
      var sentence = "Pair \(i), \(role): \(whom) gives \(quoted(word)) probability \(probability(trace.value(logp)))"
      if let before, let reference = value(before, i, t) {
        sentence += ", the reference " + (reference == trace.value(logp) ? "the same" : probability(reference))
      }
      return sentence + "."
    }
    return collision
  }

  /// How concentrated the policy is where a token of a pair stands, for the pair's weight.
  private var collision: String? {
    for (name, role) in [(Quantity.chosenCollision, "chosen"), (.rejectedCollision, "rejected")] {
      guard let term = term(name) else { continue }
      let (i, t) = (key(term).i, key(term).j)
      let words = words(i, role)
      let word = t < words.count ? quoted(words[t]) : "token \(t)"
      return
        "Pair \(i), \(role): where \(word) stands, the policy would pick one and the same token twice with probability "
        + "\(probability(trace.value(term)))."
    }
    return nil
  }

  /// What a pair weighs by how likely the policy finds it.
  var pairWeight: String? {
    guard let weight = term(.pairWeight), let right = term(.chosenWeight), let wrong = term(.rejectedWeight) else {
      return nil
    }
    return
      "Pair \(key(weight).i): the policy finds \(chosen(key(weight).i)) \(text(right)) times as likely as what it writes "
      + "itself, per token, and \(rejected(key(weight).i)) \(text(wrong)) times: the pair's loss counts \(text(weight)) times."
  }

  /// A row of a reference that follows the policy.
  var referenceSync: String? { follower("the reference", .referenceLogit) }

  /// A row of a teacher that follows the policy.
  var teacherSync: String? { follower("the teacher", .teacherLogit) }

  private func follower(_ name: String, _ logits: Quantity) -> String? {
    let moved = all(logits)
    guard let first = moved.first, let most = moved.max(by: { shift($0) < shift($1) }) else { return nil }
    let state = quoted(trace.glossary.indexTexts(key(first))[0])
    guard shift(most) != 0 else { return "After \(state) \(name) stays as it is." }
    let word = quoted(trace.glossary.indexTexts(key(most))[1])
    return "After \(state) \(name) moves towards the policy, the logit of \(word) most, to \(text(most))"
      + ties(most, moved, ("moves as far", "move as far"), by: shift) + "."
  }

  private func shift(_ term: Int) -> Double {
    let before = trace.occurrences(of: trace.terms[term].key).last { $0 < term }
    return before.map { (trace.value(term) - trace.value($0)).magnitude } ?? 0
  }

  private static let pairLogps: [(now: Quantity, before: Quantity?, role: String)] = [
    (.chosenLogp, .chosenRefLogp, "chosen"), (.rejectedLogp, .rejectedRefLogp, "rejected"),
    (.chosenRefLogp, nil, "chosen"), (.rejectedRefLogp, nil, "rejected"),
  ]

  private func probability(_ logp: Double) -> String { number(Elementary.exp(logp)) }

  private func chosen(_ i: Int) -> String { text(i, "chosen") }
  private func rejected(_ i: Int) -> String { text(i, "rejected") }

  private func words(_ i: Int, _ role: String) -> [String] {
    trace.words(ofPair: i, isRejected: role == "rejected", at: beat) ?? []
  }

  /// The tokens of a response, the first eight of a longer one.
  private func text(_ i: Int, _ role: String) -> String {
    let words = words(i, role)
    if words.isEmpty { return "the \(role) response" }
    return quoted((words.count > 8 ? words.prefix(8) + ["…"] : words[...]).joined(separator: " "))
  }

  var logRatio: String? {
    guard let chosenLogp = term(.chosenResponseLogp), let rejectedLogp = term(.rejectedResponseLogp) else { return nil }
    let i = key(chosenLogp).i
    let counting = counting(chosenLogp) ?? counting(rejectedLogp) ?? .sum
    guard let chosenRatio = term(.chosenLogRatio), let rejectedRatio = term(.rejectedLogRatio) else {
      return "Pair \(i): \(chosen(i)) has \(counting.noun) \(text(chosenLogp)), \(rejected(i)) "
        + "\(text(rejectedLogp))\(counting.rule)."
    }
    if trace.value(chosenRatio) == 0, trace.value(rejectedRatio) == 0 {
      return "Pair \(i): both responses are as likely as under the reference\(counting.rule)."
    }
    let (right, wrong) = (trace.value(chosenRatio), trace.value(rejectedRatio))
    if case .sum = counting {
      return "Pair \(i): \(chosen(i)) is \(probability(right)) times as likely as under the reference, "
        + "\(rejected(i)) \(probability(wrong)) times."
    }
    return
      "Pair \(i): the \(counting.noun) of \(chosen(i)) differs from that under the reference by \(text(chosenRatio)), "
      + "that of \(rejected(i)) by \(text(rejectedRatio))\(counting.rule)."
  }

  /// How a response's log-probability is made of those of its tokens.
  private enum Counting {
    case sum, mean
    /// Tokens beyond the shorter response count so many times.
    case discounted(String)

    var noun: String {
      if case .mean = self { "mean log-probability per token" } else { "log-probability" }
    }

    var rule: String {
      if case .discounted(let alpha) = self {
        " (tokens beyond the shorter response's length counted \(alpha) times)"
      } else {
        ""
      }
    }
  }

  /// Read off the formula; nil where nothing but a sum is in it.
  private func counting(_ logp: Int) -> Counting? {
    switch operation(logp) {
    case .mean: .mean
    case .add: part(.multiply, of: logp).map { .discounted(number(trace.tape.operands(of: $0)[0].value)) }
    default: nil
    }
  }

  /// The reward model's scores of a pair.
  var pairScores: String? {
    guard let right = term(.chosenScore), let wrong = term(.rejectedScore) else { return nil }
    let i = key(right).i
    return "Pair \(i): the reward model gives \(chosen(i)) \(text(right)) and \(rejected(i)) \(text(wrong))."
  }

  /// Which of two sampled responses counts as chosen, and by how much it leads.
  var preference: String? {
    if let adjusted = term(.adjustedScore) { return adjustedScoreSentence(adjusted) }
    guard let lead = term(.scoreMargin) else { return nil }
    let (i, x) = (key(lead).i, trace.value(lead))
    guard let right = value(.chosenResponse, i), let wrong = value(.rejectedResponse, i) else {
      return "Pair \(i): the score of \(chosen(i)) minus that of \(rejected(i)) is \(text(lead))."
    }
    let (chosen, rejected) = ("response \(Int(right)), \(chosen(i)),", "response \(Int(wrong)), \(rejected(i))")
    if x > 0 { return "Pair \(i): \(chosen) scores \(text(lead)) more than \(rejected), and counts as chosen." }
    if x < 0 { return "Pair \(i): \(chosen) counts as chosen, although it scores \(number(-x)) less than \(rejected)." }
    return self.chosen(i) == self.rejected(i)
      ? "Pair \(i): both responses are \(self.chosen(i)): response \(Int(right)) counts as chosen, and is no better."
      : "Pair \(i): \(chosen) scores as much as \(rejected): it counts as chosen all the same."
  }

  /// What trainers log of pairs that were sampled and scored.
  var scoredMetrics: String? {
    guard let score = metric(.scores), let lead = metric(.scoreMargins), let accuracy = metric(.rewardAccuracies) else {
      return nil
    }
    return
      "In this minibatch, the mean score is \(number(score)), and a chosen response scores \(number(lead)) more than its "
      + "rejected one on average; before the step, the policy's implicit rewards rank \(number(100 * accuracy)) % of the "
      + "pairs in the same way."
  }

  var margin: String? {
    guard let margin = term(.margin) else { return nil }
    let i = key(margin).i
    let x = trace.value(margin)
    let verdict = x > 0 ? "ranks them rightly" : x < 0 ? "ranks them wrongly" : "is a tie"
    var sentence = "Pair \(i): "
    if let right = term(.chosenReward), let wrong = term(.rejectedReward) {
      sentence += "the implicit reward of \(chosen(i)) is \(text(right)), that of \(rejected(i)) \(text(wrong)); "
    }
    return sentence + "the margin \(text(margin)) \(verdict)" + certainty + lead + "."
  }

  /// How the margin compares with the one that was asked for.
  private var lead: String {
    guard let wanted = term(.wantedMargin), let logit = term(.logit) else { return "" }
    return "; it is to lead by \(text(wanted)), beyond which \(text(logit)) is left"
  }

  private var certainty: String {
    guard let sure = term(.chosenProbability), let weight = term(.gradientWeight) else { return "" }
    return ", which makes the chosen one the better with probability \(text(sure)) and weights the gradient by "
      + text(weight)
  }

  var pairLoss: String? {
    guard let loss = term(.pairLoss) else { return weights }
    let i = key(loss).i
    let sentence = "\(subject(loss)) has the loss \(text(loss))"
    if trace.isOfPlace(loss) { return sentence + "." }
    guard let right = responseDerivative(of: loss, (.chosenResponseLogp, .chosenLogp), i),
      let wrong = responseDerivative(of: loss, (.rejectedResponseLogp, .rejectedLogp), i)
    else { return sentence + "." }
    let counting =
      [Quantity.chosenResponseLogp, .rejectedResponseLogp].lazy.compactMap { name in
        trace.term(TermKey(name, i), at: beat).flatMap { self.counting($0) }
      }.first ?? .sum
    let each =
      right.isOfToken || wrong.isOfToken
      ? "each token's log-probability in" : "the \(counting.noun)\(counting.rule) of"
    let other = right.isOfToken || wrong.isOfToken ? "each in" : "that of"
    return sentence + ", with derivative \(number(right.value)) by \(each) \(chosen(i)) and \(number(wrong.value)) by "
      + "\(other) \(rejected(i))."
  }

  /// The derivative of a pair's loss by a response's log-probability; by that of its first token where the loss also looks
  /// at tokens one by one.
  private func responseDerivative(
    of loss: Int, _ names: (response: Quantity, token: Quantity), _ i: Int
  ) -> (value: Double, isOfToken: Bool)? {
    guard let response = trace.term(TermKey(names.response, i), at: beat),
      let token = trace.term(TermKey(names.token, i, 0), at: beat)
    else { return nil }
    let whole = derivative(of: loss, by: response)
    let ofToken = derivative(of: loss, by: token)
    return ofToken == whole ? (whole, false) : (ofToken, true)
  }

  /// What of a pair's loss has a name of its own, in losses that are not a function of the margin alone.
  private var pairParts: String? {
    if let part = term(.partLoss) {
      let kind = trace.glossary.indexTexts(key(part))[1]
      let who = kind.hasPrefix("aot") ? "Place \(key(part).i) of the sorted differences" : "Pair \(key(part).i)"
      return "\(who) has the loss \(text(part)) of the kind \(kind)."
    }
    if let blend = term(.blend) {
      return "Pair \(key(blend).i): the exponential loss counts \(text(blend)), the logistic one the rest."
    }
    if let kl = term(.chosenKL) ?? term(.rejectedKL) {
      let kind = term(.chosenKL) == nil ? "rejected" : "chosen"
      return "The batch's \(kind) responses have a mean log-ratio of \(text(kl)), counted as 0 at least."
    }
    guard let own = term(.chosenLoss) else { return nil }
    let start = "Pair \(key(own).i): the chosen response adds \(text(own)) to its loss"
    if let odds = term(.logOdds) { return "\(start); the log of the odds ratio is \(text(odds))." }
    return start + (term(.rejectedLoss).map { ", the rejected one \(text($0))" } ?? "") + "."
  }

  /// Whether what is compared is no pair, but what has one place among the sorted log-ratios of all.
  private var isByRank: Bool { !all(.sortedDelta).isEmpty }

  private func subject(_ term: Int) -> String {
    isByRank || trace.isOfPlace(term) ? "Place \(key(term).i) of the sorted differences" : "Pair \(key(term).i)"
  }

  /// Which pair pulls most.
  private var weights: String? {
    guard let heaviest = largest(all(.gradientWeight)) else { return pairParts }
    let weights = all(.gradientWeight)
    if weights.count == 1, let sure = term(.chosenProbability) {
      // Where labels may be wrong the weight is another number.
      let isRest = (trace.value(sure) + trace.value(heaviest) - 1).magnitude < 1e-12
      let claim = isByRank ? "the probability is" : "that the chosen response is the better one has probability"
      return "\(subject(heaviest)): \(claim) \(text(sure)); the "
        + "gradient\(trace.isRecorded(.partLoss) ? " of this one of its losses" : "") is weighted by \(isRest ? "the rest, " : "")\(text(heaviest))."
    }
    if weights.allSatisfy({ trace.value($0) == trace.value(heaviest) }) {
      return "Of all pairs here the policy is equally sure: each pulls with weight \(text(heaviest))."
    }
    if trace.value(heaviest) < 0 {
      return "\(subject(heaviest)) is ranked too surely and is pulled back most, with weight \(text(heaviest))."
    }
    return "\(subject(heaviest)) is ranked worst and pulls most, with weight \(text(heaviest))."
  }
}
