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

  /// Common mistakes, as far as they give the logged number and not the right one.
  ///
  /// - Parameters:
  ///   - batch: What was recorded.
  ///   - loss: What its numbers give.
  ///   - logged: What the trainer had.
  ///   - scale: How large the parts are that the loss is the sum of: rounding is relative to them.
  static func all(for batch: Batch, loss: Double, logged: Double, scale: Double) -> [LossFit] {
    let near = LoggedNumber.isShort(logged) ? 5e-5 : 5e-7 * max(scale, logged.magnitude)
    // A logged number of two digits is near too many others.
    guard logged != 0, near < 2e-3 * logged.magnitude else { return [] }
    var fits: [LossFit] = []
    func consider(_ value: Double?, _ fit: @autoclosure () -> LossFit) {
      guard let value, (value - logged).magnitude <= near, (value - loss).magnitude > near, fits.count < 3 else {
        return
      }
      fits.append(fit())
    }
    for mistake in mistakes(in: batch) {
      consider(mistake.loss, mistake.fit)
    }
    consider(
      -loss,
      LossFit(
        short: "the other sign", text: "the same loss with the other sign",
        advice: "Somewhere a minus is missing: is the objective maximised where a loss should be minimised?"))
    for n in 2...64 {
      let (many, often) = (Double(n), NumberText.plain(Double(n)))
      let isShare = batch.stepShare != 1 && (batch.stepShare * many - 1).magnitude < 1e-9
      let cause = isShare ? ", as many as there are batches in the step (step_share)" : ""
      consider(
        loss / many,
        LossFit(
          short: "divided by \(often)", text: "the same loss divided by \(often)\(cause)",
          advice: """
            Is it divided once more by gradient_accumulation_steps, by the number of processes, or by that of answers? \
            A loss that is divided by the whole step's tokens must not be divided by its batches again.
            """))
      consider(
        loss * many,
        LossFit(
          short: "\(often) times as much", text: "\(often) times the same loss",
          advice: "Is it summed over batches or processes where it should be averaged, or a division left out?"))
    }
    return fits
  }

  private struct Mistake {
    let loss: Double?
    let fit: LossFit
  }

  private static func mistakes(in batch: Batch) -> [Mistake] {
    var mistakes: [Mistake] = []
    var tried: Set<String> = []
    func option(_ option: Option, _ value: OptionValue, _ also: [(Option, OptionValue)] = []) {
      let told = "\(option.name) = \(value.text)"
      guard batch.options.contains(option), batch.settings[option] != value else { return }
      guard !also.isEmpty || tried.insert(told).inserted else { return }
      var changed = batch
      for (option, value) in also + [(option, value)] {
        do throws(OptionError) { try changed.settings.set(option, to: value) } catch { return }
      }
      guard changed.problem == nil else { return }
      mistakes.append(
        Mistake(
          loss: recordedLoss(changed),
          fit: LossFit(
            short: "that of \(told)", text: "\(told), where config says \(batch.settings[option].text)",
            advice: "Look at what the trainer had for \(option.name), and put it into config.")))
    }
    func reshaped(_ short: String, _ text: String, _ advice: String, _ change: (inout Batch) -> Void) {
      var changed = batch
      change(&changed)
      guard changed.problem == nil else { return }
      mistakes.append(
        Mistake(loss: recordedLoss(changed), fit: LossFit(short: short, text: text, advice: advice)))
    }
    if case .groups(let groups) = batch.contents {
      let members = batch.minibatch ?? Array(groups.sequences.indices)
      let all = members.reduce(0) { $0 + groups.sequences[$1].tokenCount }
      reshaped(
        "over all \(all) tokens", "the same sum divided by all \(all) tokens, masked ones too",
        "Count below the line only the tokens that the mask leaves above it."
      ) { $0.stepTokens = Double(all) }
      if batch.stepTokens != nil {
        reshaped(
          "over this batch's tokens alone", "the same sum divided by this batch's own tokens",
          "The step's tokens, of all batches and processes, belong below the line (num_items_in_batch)."
        ) { $0.stepTokens = nil }
      }
      let longest = members.map { groups.sequences[$0].tokenCount }.max() ?? 1
      option(.groupLoss, .choice("dr_grpo"), [(.maxCompletionLength, .integer(longest))])
      for loss in GroupLoss.all { option(.groupLoss, .choice(loss.name)) }
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
    for epsilon in [1e-4, 1e-6, 1e-8, 1e-9] { option(.scaleEpsilon, .number(epsilon)) }
    for loss in PreferenceLoss.all { option(.preferenceLoss, .choice(loss.name)) }
    for beta in [0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1] { option(.preferenceBeta, .number(beta)) }
    option(.lossWeights, .choice("1"))
    for each in batch.options { for value in each.simpleValues { option(each, value) } }
    return mistakes
  }

  private static func recordedLoss(_ batch: Batch) -> Double? {
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
    case .number(let range): [description.standard] + (range.contains(0) ? [.number(0)] : [])
    case .integer, .weights, .choices: [description.standard]
    }
  }
}

extension Batch {
  /// The mistakes that give exactly a loss that somebody computed of the batch, to complete «it is exactly that of …»; none
  /// where the loss is right.
  public func mistakes(giving loss: Double) -> [String] {
    let trace = record()
    guard let update = trace.differentiations.first(where: { trace.quantity(of: $0.term) == .loss }) else { return [] }
    let right = trace.value(update.term)
    return LossFit.all(for: self, loss: right, logged: loss, scale: max(1, right.magnitude)).map { $0.text }
  }
}
