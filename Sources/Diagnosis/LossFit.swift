import Documents
import Objectives
import Recording
public import Simulation

/// A mistake that gives exactly the loss that a trainer logged.
struct LossFit {
  /// For a title: `divided by 4 once more`.
  let short: String
  /// To complete «it is exactly that of …».
  let text: String
  let advice: String
  /// By what the right number is multiplied, if that is all.
  var factor: Double?

  /// Common mistakes, as far as they give the logged number and not the right one.
  ///
  /// - Parameters:
  ///   - batch: What was recorded.
  ///   - name: What the number is called: `loss`.
  ///   - own: What its numbers give.
  ///   - logged: What the trainer had.
  ///   - scale: How large the parts are that the number is the sum of: rounding is relative to them.
  ///   - near: How near it must be to count as given exactly; nil for what the logged number's digits allow.
  ///   - value: The same number of another batch, nil where it has none.
  static func all(
    for batch: Batch, _ name: String = "loss", own: Double, logged: Double, scale: Double, near: Double? = nil,
    value: (Batch) -> Double? = recordedLoss
  ) -> [LossFit] {
    guard tells(logged, scale: scale) else { return [] }
    let near = near ?? distance(logged, scale: scale)
    var fits: [LossFit] = []
    func consider(_ value: Double?, _ fit: @autoclosure () -> LossFit) {
      guard let value, (value - logged).magnitude <= near, (value - own).magnitude > near, fits.count < 3 else {
        return
      }
      fits.append(fit())
    }
    for mistake in reshapings(of: batch) + otherOptions(of: batch) {
      let values = mistake.batches.map { value($0) ?? .nan }
      consider(mean(values), mistake.fit)
    }
    consider(
      -own,
      LossFit(
        short: "the other sign", text: "the same \(name) with the other sign",
        advice: "Somewhere a minus is missing: is the objective maximised where a loss should be minimised?"))
    if let option = batch.algorithm.weightOfReference, batch.settings.number(option) != 0 {
      let weight = batch.settings.number(option)
      for (value, sort) in [(own / weight, "without"), (own * weight, "times")] {
        consider(
          value,
          LossFit(
            short: "\(sort) \(option.name)",
            text: "the same \(name) \(sort) \(option.name), \(NumberText.short(weight))",
            advice: "Is \(option.name) multiplied in once, and in the same place on both sides?"))
      }
    }
    for n in 2...64 {
      let (many, often) = (Double(n), NumberText.plain(Double(n)))
      let isShare = batch.stepShare != 1 && (batch.stepShare * many - 1).magnitude < 1e-9
      let cause = isShare ? ", as many as there are batches in the step (step_share)" : ""
      consider(
        own / many,
        LossFit(
          short: "divided by \(often)", text: "the same \(name) divided by \(often)\(cause)",
          advice: """
            Is it divided once more by gradient_accumulation_steps, by the number of processes, or by that of answers? \
            A \(name) that is divided by the whole step's tokens must not be divided by its batches again.
            """, factor: 1 / many))
      consider(
        own * many,
        LossFit(
          short: "\(often) times as much", text: "\(often) times the same \(name)",
          advice: "Is it summed over batches or processes where it should be averaged, or a division left out?",
          factor: many))
    }
    return fits
  }

  /// Whether a logged number has digits enough: one of two digits is near too many others.
  static func tells(_ logged: Double, scale: Double) -> Bool {
    logged != 0 && distance(logged, scale: scale) < 2e-3 * logged.magnitude
  }

  private static func distance(_ logged: Double, scale: Double) -> Double {
    max(LoggedNumber.rounding(of: logged), 5e-7 * max(scale, logged.magnitude))
  }

  /// What somebody has who made a mistake: the batch as it would be, or several whose mean is taken.
  struct Mistake {
    let batches: [Batch]
    let fit: LossFit
  }

  /// The batch with the values of options that a trainer has most likely where it has others.
  static func otherOptions(of batch: Batch) -> [Mistake] {
    var mistakes: [Mistake] = []
    var tried: Set<String> = []
    func option(_ option: Option, _ value: OptionValue, _ also: [(Option, OptionValue)] = [], naming: Bool = false) {
      let told = ([(option, value)] + (naming ? also : [])).map { "\($0.0.name) = \($0.1.text)" }.joined(
        separator: " with ")
      guard batch.options.contains(option), batch.settings[option] != value else { return }
      guard !also.isEmpty || tried.insert(told).inserted else { return }
      var changed = batch
      for (option, value) in also + [(option, value)] {
        do throws(OptionError) { try changed.settings.set(option, to: value) } catch { return }
      }
      guard changed.problem == nil else { return }
      mistakes.append(
        Mistake(
          batches: [changed],
          fit: LossFit(
            short: "that of \(told)",
            text:
              "\(told), where \(batch.settings[option] == option.description.standard ? "the standard is" : "config says") \(batch.settings[option].text)",
            advice: "Look at what the trainer had for \(option.name), and put it into config.")))
    }
    /// Every response's places below the line, up to the longest one's end: that is dr_grpo's sum with such a limit.
    func padded(_ count: Int, _ longest: Int) {
      var changed = batch
      do throws(OptionError) {
        try changed.settings.set(.groupLoss, to: .choice("dr_grpo"))
        try changed.settings.set(.maxCompletionLength, to: .integer(longest))
      } catch { return }
      guard changed.problem == nil, changed.settings != batch.settings else { return }
      mistakes.append(
        Mistake(
          batches: [changed],
          fit: LossFit(
            short: "over \(count) × \(longest) places",
            text: "the same sum divided by \(count) × \(longest) places, padding up to the longest response included",
            advice:
              "Count tokens below the line and not places: loss_type dapo does; dr_grpo counts max_completion_length for each response."
          )))
    }
    if case .groups(let groups) = batch.contents {
      let members = batch.minibatch ?? Array(groups.sequences.indices)
      let longest = members.map { groups.sequences[$0].tokenCount }.max() ?? 1
      padded(members.count, longest)
      for loss in GroupLoss.all { option(.groupLoss, .choice(loss.name)) }
      for baseline in Option.advantageBaseline.simpleValues {
        for scale in Option.scaleRewards.simpleValues where scale != batch.settings[.scaleRewards] {
          option(.advantageBaseline, baseline, [(.scaleRewards, scale)], naming: true)
        }
      }
    }
    for epsilon in [1e-4, 1e-6, 1e-8, 1e-9] { option(.scaleEpsilon, .number(epsilon)) }
    for loss in PreferenceLoss.all { option(.preferenceLoss, .choice(loss.name)) }
    for beta in [0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1] { option(.preferenceBeta, .number(beta)) }
    // DAPO's upper clip.
    option(.epsilonHigh, .number(0.28))
    for bound in [3.0, 4] {
      option(.dualClip, .number(bound))
      option(.delta, .number(bound))
    }
    option(.lossWeights, .choice("1"))
    for each in batch.options { for value in each.simpleValues { option(each, value) } }
    return mistakes
  }

  /// The batch with other tokens below the line, or above it.
  private static func reshapings(of batch: Batch) -> [Mistake] {
    var mistakes: [Mistake] = []
    func reshaped(_ short: String, _ text: String, _ advice: String, _ change: (inout Batch) -> Void) {
      var changed = batch
      change(&changed)
      guard changed.problem == nil else { return }
      mistakes.append(Mistake(batches: [changed], fit: LossFit(short: short, text: text, advice: advice)))
    }
    if case .groups(let groups) = batch.contents {
      let members = batch.minibatch ?? Array(groups.sequences.indices)
      let all = members.reduce(0) { $0 + groups.sequences[$1].tokenCount }
      reshaped(
        "over all \(all) tokens", "the same sum divided by all \(all) tokens, masked ones too",
        "Count below the line only the tokens that the mask leaves above it."
      ) { $0.stepTokens = Double(all) }
      if groups.sequences.contains(where: { $0.lossMask != nil }) {
        reshaped(
          "without the mask", "the same with all tokens in it, masked ones too",
          "The mask (loss_mask) is not used: multiply by it above the line, and count by it below."
        ) { changed in
          guard case .groups(var group) = changed.contents else { return }
          for n in group.sequences.indices { group.sequences[n].lossMask = nil }
          changed.contents = .groups(group)
        }
      }
      if batch.stepTokens != nil {
        reshaped(
          "over this batch's tokens alone", "the same sum divided by this batch's own tokens",
          "The step's tokens, of all batches and processes, belong below the line (num_items_in_batch)."
        ) { $0.stepTokens = nil }
      }
      reshaped(
        "with the KL the other way round", "the same with logp and ref_logp exchanged in the KL",
        "k3 is exp(d) − d − 1 with d = log π_ref − log π; exchanged, it estimates no KL from samples of π."
      ) { changed in
        guard case .groups(var group) = changed.contents else { return }
        for n in group.sequences.indices {
          guard let reference = group.sequences[n].refLogp, reference.count == group.sequences[n].logp.count else {
            continue
          }
          // 2 log π − log π_ref in place of log π_ref turns the sign of log π_ref − log π.
          group.sequences[n].refLogp = zip(group.sequences[n].logp, reference).map { 2 * $0 - $1 }
        }
        changed.contents = .groups(group)
      }
    }
    if case .groups(let groups) = batch.contents {
      let members = batch.minibatch ?? Array(groups.sequences.indices)
      let teaching = members.filter { groups.hasSpread(groups.sequences[$0].group) }
      reshaped(
        "without groups that teach nothing", "the same without the groups whose rewards do not differ",
        "Such groups were left out before the mean was taken, as dynamic sampling does."
      ) { if !teaching.isEmpty { $0.minibatch = teaching } }
      for parts in [2, 4, 8, 16] where members.count % parts == 0 && members.count > parts {
        let size = members.count / parts
        mistakes.append(
          Mistake(
            batches: (0..<parts).map { part in
              var changed = batch
              changed.minibatch = Array(members[(part * size)..<((part + 1) * size)])
              return changed
            },
            fit: LossFit(
              short: "the mean over \(parts) parts",
              text: "the mean over \(parts) parts of the batch, one after the other",
              advice: """
                Each part was averaged by itself, so that a token of a short part weighs more. Divide the sums of all parts by the \
                step's tokens (num_items_in_batch).
                """)))
      }
    }
    reshaped(
      "without the last tokens", "the same without the last token of each response",
      "The end of text is masked as if it were padding (pad_token is eos_token), or the labels are shifted twice."
    ) { $0.contents.dropLastTokens() }
    return mistakes
  }

  static func recordedLoss(_ batch: Batch) -> Double? {
    let trace = batch.record()
    return trace.differentiations.first { trace.quantity(of: $0.term) == .loss }.map { trace.value($0.term) }
  }
}

extension Option {
  /// The values that a trainer has most likely where it has another one: the standard, off, or any other name.
  fileprivate var simpleValues: [OptionValue] {
    switch description.kind {
    case .flag: [.flag(false), .flag(true)]
    case .choice(let names): names.map { .choice($0) }
    case .optionalNumber: [description.standard, .none]
    case .number(let range):
      [description.standard] + [0, 1].filter { range.contains($0) }.map { .number($0) }
    case .integer(let range): [description.standard] + [0, 1].filter { range.contains($0) }.map { .integer($0) }
    case .weights, .choices: [description.standard]
    }
  }
}

extension Batch.GroupBatch {
  /// Whether the answers of a group earned different rewards.
  fileprivate func hasSpread(_ group: Int) -> Bool {
    let members = sequences.filter { $0.group == group }
    return members.contains { $0.reward != members[0].reward || $0.rewards != members[0].rewards }
  }
}

extension Algorithm {
  /// The option that weighs the distance from the reference, in a loss of samples or of pairs.
  fileprivate var weightOfReference: Option? { comparesPairs ? .preferenceBeta : option(.klWeight) }
}

extension Batch.Contents {
  /// Leaves the last token of each response out of the loss, where it is known how.
  fileprivate mutating func dropLastTokens() {
    guard case .groups(var batch) = self else {
      if texts.allSatisfy({ $0.tokens.count > 1 }) { self = cut([Int](repeating: 1, count: texts.count)) ?? self }
      return
    }
    for i in batch.sequences.indices {
      var mask = batch.sequences[i].lossMask ?? [Bool](repeating: true, count: batch.sequences[i].tokenCount)
      guard let last = mask.lastIndex(of: true) else { continue }
      mask[last] = false
      batch.sequences[i].lossMask = mask
    }
    self = .groups(batch)
  }
}

extension Batch {
  /// The mistakes that give exactly a loss that somebody computed of the batch, to complete «it is exactly that of …»; none
  /// where the loss is right.
  public func mistakes(giving loss: Double) -> [String] {
    let trace = record()
    guard let update = trace.differentiations.first(where: { trace.quantity(of: $0.term) == .loss }) else { return [] }
    let right = trace.value(update.term)
    return LossFit.all(for: self, own: right, logged: loss, scale: max(1, right.magnitude)).map { $0.text }
  }
}
