import Autodiff
import Formulas
import Objectives
import Recording
import Simulation

// The greedy response, of the likeliest token at each step, with which a sampled one is compared.
extension Narrator {
  var greedy: String? {
    if let baseline = term(.baselineReward) { return baselineSentence(baseline) }
    if let adjusted = term(.adjustedBaseline), let raw = value(.baselineReward, key(adjusted).i) {
      return "By the rules that hold for scores, the baseline of response \(key(adjusted).i), \(number(raw)), becomes "
        + "\(text(adjusted))."
    }
    guard let logp = term(.greedyLogp) else { return nil }
    let (i, t) = (key(logp).i, key(logp).j)
    let words = trace.greedyTokens(i, at: beat)
    guard words.indices.contains(t) else { return nil }
    let place = t > 0 ? "after " + quoted(words[t - 1]) : previous(i, 0)
    return "\(capitalized(place)), the likeliest token is \(quoted(words[t])), with probability "
      + "\(number(Elementary.exp(trace.value(logp))))."
  }

  private func baselineSentence(_ baseline: Int) -> String {
    let i = key(baseline).i
    let words = trace.greedyTokens(i, at: beat)
    let greedy = words.isEmpty ? "" : ", \(quoted(words.joined(separator: " "))),"
    let start = "The greedy response to the prompt of response \(i)\(greedy) earns "
    guard operation(baseline) == .sum, operands(baseline).count > 1,
      let sum = trace.substitutedText(of: baseline, as: .unicode)
    else { return start + "\(text(baseline)), the baseline of response \(i)." }
    return start + "\(sum) \(equalling(baseline)), the baseline of response \(i)."
  }
}
