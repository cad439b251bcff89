import Autodiff
import Documents
import Objectives
import Plots
import Recording
import Simulation

/// Something special about a stage, and the terms that show it.
struct StageFinding {
  let text: String
  let terms: [Int]
  /// Whether learning takes another way here than one would think.
  var isTurn = true
}

// What is special about a stage, with its count or its name.
extension OverviewSubject {
  var specialties: [StageFinding] {
    let found: [StageFinding?] =
      switch kind {
      case .rollout: [cutOff]
      case .klPenalty, .klLoss: [negativeKL]
      case .groups: [flatGroups]
      case .advantage: [turnedAdvantages]
      case .whiten: [flatBatch, changedSigns]
      case .ratio: [cut(.logRatio, "log-ratio", by: "clamp", "clamped")]
      case .clip:
        [
          cut(.objective, trace.words.step, by: "clip", "clipped")
            ?? cut(.sequenceObjective, trace.words.example, by: "clip", "clipped"),
          floored, leftOut,
        ]
      case .valueLoss: [cut(.valueObjective, "value", by: "clip", "clipped")]
      case .mask, .sampler: [leftOut]
      case .loss: [zeroLoss]
      case .gradient: [scaledGradient]
      case .logRatio: [fallingChosen]
      case .margin: [wrongMargins]
      case .preference: [ties]
      case .referencePoint: [heldReferencePoint]
      case .humanValue: [fallingDesirable]
      case .oracle: [fallenObjective, wrongGradient]
      case .userGroups: [fallenGroups]
      case .dynamicSampling: [discarded]
      default: []
      }
    return found.compactMap { $0 }
  }

  /// `1 of 4 chosen responses is …`, `2 of 4 chosen responses are …`; nil where there is none.
  private func share(
    _ some: [Int], of all: [Int], _ noun: String, _ predicate: String, turn isTurn: Bool = true
  ) -> StageFinding? {
    if some.isEmpty { return nil }
    let verb = some.count == 1 ? "is" : "are"
    return StageFinding(
      text: "\(part(some.count, of: all.count, noun)) \(verb) \(predicate).", terms: some, isTurn: isTurn)
  }

  /// `2 of 6 responses`, `All 6 responses`, `The only response`.
  private func part(_ some: Int, of all: Int, _ noun: String) -> String {
    if some < all { return "\(some) of \(narrator.count(all, noun))" }
    return all == 1 ? "The only \(noun)" : "All \(narrator.count(all, noun))"
  }

  private func isNegative(_ term: Int) -> Bool { trace.value(term) < 0 && !trace.isRoundingNoise(term) }

  // MARK: Sampling

  private var cutOff: StageFinding? {
    let complete = terms(.isComplete)
    let cut = complete.isEmpty ? unfinished : complete.filter { trace.value($0) == 0 }
    guard !cut.isEmpty else { return nil }
    let all = Set(terms(.oldLogp).map { trace.terms[$0].key.i }).count
    let verb = cut.count == 1 ? "was" : "were"
    return StageFinding(
      text: "\(part(cut.count, of: all, trace.words.example)) \(verb) cut off.", terms: cut, isTurn: false)
  }

  /// The last tokens of the responses that they do not end.
  private var unfinished: [Int] {
    guard let words = trace.glossary.valueLabels[Quantity.token.rawValue], !trace.glossary.hasActions else { return [] }
    var last: [Int: Int] = [:]
    for term in terms(.token) { last[trace.terms[term].key.i] = term }
    return last.values.filter { Int(trace.value($0)) != words.count - 1 }.sorted()
  }

  private var discarded: StageFinding? {
    let groups = terms(.discardedReward)
    let text =
      "\(narrator.capitalized(narrator.count(groups.count, "group"))) thrown away: all answers earned the same."
    return groups.isEmpty ? nil : StageFinding(text: text, terms: groups)
  }

  // MARK: Rewards and advantages

  private var negativeKL: StageFinding? {
    let estimates = terms(.kl, .klTerm)
    return share(
      estimates.filter { isNegative($0) }, of: estimates, "estimate", "negative, which the KL itself never is",
      turn: false)
  }

  private var flatGroups: StageFinding? {
    let spreads = terms(.groupStd)
    let all = spreads.isEmpty ? terms(.groupMean) : spreads
    let flat = all.filter { spreads.isEmpty ? hasEqualRewards($0) : trace.value($0) == 0 || trace.isRoundingNoise($0) }
    guard let first = flat.first else { return nil }
    let isSilent = flat.allSatisfy { hasNoAdvantage($0) }
    let text: String
    if flat.count == all.count {
      text = "No group has a spread" + (isSilent ? ": there is nothing to compare." : ".")
    } else if flat.count == 1 {
      text =
        "\(narrator.capitalized(place(of: first))) has no spread" + (isSilent ? ": its answers teach nothing." : ".")
    } else {
      let names = flat.prefix(4).map { trace.glossary.indexTexts(trace.terms[$0].key)[0] }
      let rest = flat.count > 4 ? ["\(flat.count - 4) more"] : []
      text = "Groups \((names + rest).listed) have no spread" + (isSilent ? ": their answers teach nothing." : ".")
    }
    return StageFinding(text: text, terms: flat, isTurn: isSilent)
  }

  /// Whether the answers of a group come to have an advantage of 0: equal ones do where their own mean is what they are
  /// compared with, and need not where it is something else.
  private func hasNoAdvantage(_ spread: Int) -> Bool {
    let mean = trace.term(TermKey(.groupMean, trace.terms[spread].key.i), at: trace.terms[spread].beat)
    let rewards = mean.map { trace.computedInputs(of: $0) } ?? []
    let members = Set(rewards.map { trace.terms[$0].key.i })
    let learning = trace.stages[stage...].first { run in
      trace.terms(of: run).contains { trace.quantity(of: $0) == .advantage }
    }
    guard let learning else { return true }
    return trace.terms(of: learning).allSatisfy { term in
      // A group of one has no mean that was computed: whose it is, is not recorded.
      let isOther = !members.isEmpty && !members.contains(trace.terms[term].key.i)
      return trace.quantity(of: term) != .advantage || isOther || trace.value(term) == 0 || trace.isRoundingNoise(term)
    }
  }

  private func hasEqualRewards(_ mean: Int) -> Bool {
    let rewards = trace.computedInputs(of: mean).map { trace.value($0) }
    return rewards.count > 1 && rewards.allSatisfy { $0 == rewards[0] }
  }

  private var flatBatch: StageFinding? {
    let flat = terms(.advantageStd).filter { trace.value($0) <= 1e-4 }
    return flat.isEmpty ? nil : StageFinding(text: "The advantages have no spread.", terms: flat)
  }

  /// What was better than expected may be worse than the others.
  private var changedSigns: StageFinding? {
    let advantages = terms(.advantage)
    let changed = advantages.filter { term in
      let key = trace.terms[term].key
      let raw = trace.value(.rawAdvantage, key.i, key.j, at: trace.terms[term].beat) ?? 0
      return raw * trace.value(term) < 0
    }
    return share(
      changed, of: advantages, "advantage", "of the other sign now: good, but not among these, or the reverse",
      turn: false)
  }

  /// An estimator that divides by the mean pushes the better answers down where that is negative.
  private var turnedAdvantages: StageFinding? {
    let advantages = terms(.advantage)
    let turned = advantages.filter { trace.divisor(of: $0) < 0 && trace.value($0) != 0 }
    return share(turned, of: advantages, "advantage", "turned round: what divides it is negative")
  }

  // MARK: Clips and masks

  private func cut(_ quantity: Quantity, _ noun: String, by border: String, _ verb: String) -> StageFinding? {
    let all = terms(quantity).filter { !trace.isPassedOver($0) }
    let cut = all.filter { trace.mark(of: $0) == .clipped }
    guard !cut.isEmpty else { return nil }
    let auxiliary = cut.count == 1 ? "is" : "are"
    return StageFinding(
      text:
        "\(part(cut.count, of: all.count, noun)) \(auxiliary) \(verb) \(Mark.clipped.symbol): the \(border) passes no gradient there.",
      terms: cut)
  }

  private var floored: StageFinding? {
    let floors = terms(.dualClip).filter { floor in
      let key = trace.terms[floor].key
      return trace.value(.objective, key.i, key.j, at: trace.terms[floor].beat) == trace.value(floor)
    }
    let text = "The dual clip's floor holds \(narrator.count(floors.count, trace.words.step))."
    return floors.isEmpty ? nil : StageFinding(text: text, terms: floors)
  }

  /// What the samples are not learned from, of what the stage judges.
  private var leftOut: StageFinding? {
    let masks: [Quantity] = [
      .isComplete, .offPolicyMask, .entropyMask, .sequenceRejectionMask, .rejectionMask, .sequenceSamplingMask,
      .samplingMask, .covarianceMask,
    ]
    return masks.lazy.compactMap { quantity in
      let all = terms(quantity)
      let noun = all.first.map { axes($0) } == [.sequence] ? trace.words.example : trace.words.step
      return share(all.filter { trace.value($0) == 0 }, of: all, noun, "left out")
    }.first
  }

  // MARK: Losses

  private var zeroLoss: StageFinding? {
    guard let loss = terms(.loss).last, trace.value(loss) == 0 || trace.isRoundingNoise(loss),
      let own = trace.differentiations.first(where: { $0.term == loss })
    else { return nil }
    let hasGradient = (0..<loss).reversed().prefix(4096).contains { term in
      [Quantity.logp, .chosenLogp].contains(trace.quantity(of: term)) && own.gradient[trace.scalar(term)] != 0
    }
    let text = "The loss is \(value(loss)), and yet it has a gradient: the policy will move."
    return hasGradient ? StageFinding(text: text, terms: [loss]) : nil
  }

  private var scaledGradient: StageFinding? {
    guard let scale = terms(.gradScale).first, trace.value(scale) < 1 else { return nil }
    return StageFinding(
      text: "The gradient is too long: it is multiplied by \(value(scale)).", terms: [scale], isTurn: false)
  }

  // MARK: Pairs and judgements

  private var fallingChosen: StageFinding? {
    let ratios = terms(.chosenLogRatio)
    return share(ratios.filter(isLessLikely), of: ratios, "chosen response", "less likely than under the reference")
  }

  /// Whether all tokens of a chosen response together are: its log-ratio may count some of them less.
  private func isLessLikely(_ ratio: Int) -> Bool {
    let (i, beat) = (trace.terms[ratio].key.i, trace.terms[ratio].beat)
    if trace.isRoundingNoise(ratio) { return false }
    var (difference, t) = (0.0, 0)
    while let logp = trace.value(.chosenLogp, i, t, at: beat),
      let reference = trace.value(.chosenRefLogp, i, t, at: beat)
    {
      difference += logp - reference
      t += 1
    }
    return t == 0 ? trace.value(ratio) < 0 : difference < 0
  }

  private var wrongMargins: StageFinding? {
    let margins = terms(.margin)
    return share(margins.filter { isNegative($0) }, of: margins, "pair", "ranked the wrong way round")
  }

  private var ties: StageFinding? {
    let leads = terms(.scoreMargin)
    return share(
      leads.filter { trace.value($0) == 0 }, of: leads, "pair", "tied: both responses score the same", turn: false)
  }

  private var heldReferencePoint: StageFinding? {
    guard let point = terms(.referencePoint).first, trace.value(point) == 0,
      trace.inputs(of: point).contains(where: { isNegative($0) })
    else { return nil }
    return StageFinding(
      text: "The mean is not above 0, and the reference point is held there.", terms: [point], isTurn: false)
  }

  /// Of the responses that the loss wants likelier, those that are less likely than at the start.
  private var fallingDesirable: StageFinding? {
    let desirable = terms(.exampleLoss).filter { loss in
      let key = TermKey(.responseLogp, trace.terms[loss].key.i)
      return trace.term(key, at: trace.terms[loss].beat).map { narrator.derivative(of: loss, by: $0) < 0 } ?? false
    }
    let falling = desirable.filter { loss in
      trace.term(TermKey(.responseLogRatio, trace.terms[loss].key.i), at: trace.terms[loss].beat)
        .map { isNegative($0) } ?? false
    }
    return share(falling, of: desirable, "desirable response", "less likely than under the reference")
  }

  // MARK: What became of it

  /// The exact objective, or what it is measured by, against the last time.
  private var fallenObjective: StageFinding? {
    for quantity in [Quantity.exactObjective, .exactReturn, .meanChosenLogp, .meanDesirableLogp] {
      guard let now = terms(quantity).first else { continue }
      guard let before = trace.term(trace.terms[now].key, before: now), trace.value(now) < trace.value(before),
        value(now) != value(before)
      else { return nil }
      return StageFinding(
        text: "\(trace.text(now)) has fallen, from \(value(before)) to \(value(now)).", terms: [now])
    }
    return nil
  }

  private var wrongGradient: StageFinding? {
    let cosines = terms(.gradientCosine).filter { isNegative($0) }
    if narrator.hasNoExactGradient { return nil }
    return cosines.isEmpty
      ? nil : StageFinding(text: "The sampled gradient points away from the exact one.", terms: cosines)
  }

  private var fallenGroups: StageFinding? {
    let fallen = terms(.groupRewardAfter).filter { term in
      let before = trace.value(.groupRewardBefore, trace.terms[term].key.i, at: trace.terms[term].beat) ?? 0
      return trace.value(term) < before
    }
    guard !fallen.isEmpty else { return nil }
    let names = fallen.map { trace.glossary.indexTexts(trace.terms[$0].key)[0] }
    let verb = fallen.count == 1 ? "earns" : "earn"
    return StageFinding(
      text: "\(narrator.capitalized(names.listed)) \(verb) less than before.", terms: fallen)
  }
}
