import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The loss that the trainer logged differs from the one that its own numbers give under the file's options; mistakes
  /// that would give it exactly are named.
  ///
  /// Looked for only where a batch has `logged.loss`, as those of `integrations/trl` do.
  static let loggedLoss = Puzzle(name: "logged-loss") { patient in
    guard let batch = patient.batch, let logged = batch.loggedLoss, let update = patient.updates.first else {
      return nil
    }
    let loss = patient.trace.value(update.loss)
    let scale = patient.lossScale(update)
    let difference = (loss - logged).magnitude
    let isRounding = difference <= LoggedNumber.tolerance(logged, scale: scale)
    // Half precision rounds as coarsely as some mistakes change a loss; what a mistake gives to the last digits is one.
    let isTelling = difference > 5e-6 * scale && LoggedNumber.rounding(of: logged) == 0
    if isRounding, !isTelling { return nil }
    let near = isRounding ? difference / 200 : nil
    let fits = LossFit.all(for: batch, own: loss, logged: logged, scale: scale, near: near)
    if isRounding, fits.isEmpty { return nil }
    let explanation = """
      The file holds the log-probabilities, rewards and options of one update, and the loss that the trainer itself made \
      of them. Computed again, it is another one: some option of the file is not what the trainer had, or its loss has a \
      part that the file does not tell of.
      """
    let exact =
      fits.isEmpty
      ? LossFit.tells(logged, scale: scale)
        ? " None of the usual mistakes gives the trainer's number."
        : " It was logged with too few digits to tell which of the usual mistakes gives it."
      : " The trainer's number is exactly that of " + fits.map { $0.text }.joined(separator: ", and also that of ")
        + "."
    let (told, computed) = NumberText.distinct(logged, loss)
    return Finding(
      name: "logged-loss", verdict: .bug,
      title: "The trainer's loss was \(told), and its numbers give \(computed)"
        + (fits.first.map { ": \($0.short)" } ?? ""),
      explanation: explanation + exact,
      evidence: patient.evidence(["loss", "policy_loss", "mean(ratio)", "mean(advantage)"], at: update.beat),
      advice: fits.first?.advice ?? """
        Compare config with the trainer's options, step_tokens and minibatch with what it averaged over, and look for \
        masks, weights and penalties that the format has no key for.
        """,
      topic: .averaging)
  }
}

/// How near a trainer's number must be to be the same.
enum LoggedNumber {
  /// How far two numbers may differ: a trainer adds in single precision, whose rounding is relative to what is added
  /// up, and often logs no more than four decimals.
  static func tolerance(_ logged: Double, scale: Double) -> Double { max(1e-4 * scale + 1e-9, rounding(of: logged)) }

  /// What was rounded off where it has no more than the four decimals, or the four digits, that many logs write; otherwise 0.
  static func rounding(of logged: Double) -> Double {
    guard logged != 0, logged.isFinite else { return 0 }
    if logged.magnitude < 1, (logged * 1e4).rounded() == logged * 1e4 { return 5e-5 }
    // The place of the fourth digit.
    var place = 1e-3
    while logged.magnitude / place >= 1e4 { place *= 10 }
    while logged.magnitude / place < 1e3 { place /= 10 }
    let digits = (logged / place).rounded()
    return (logged - digits * place).magnitude <= 1e-12 * logged.magnitude ? place / 2 : 0
  }
}

extension Examination {
  /// How large the parts are that a loss is the sum of: what each log-probability and value moves it by, and the loss itself.
  func lossScale(_ update: Update) -> Double {
    let leaves: [Quantity] = [.logp, .value, .chosenLogp, .rejectedLogp, .chosenScore, .rejectedScore]
    let parts = leaves.flatMap { terms($0, of: update).map { update.gradient[trace.scalar($0)].magnitude } }
    let sum = parts.filter { $0.isFinite }.reduce(0) { $0 + $1 }
    return max(sum, trace.value(update.loss).magnitude)
  }
}
