import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A KL, or a margin, before the first update: the reference is not the policy that learning starts from.
  ///
  /// Asked in TRL #1340 and #3194: an adapter on a fine-tuned model, with the bare base as its reference.
  static let firstReference = Puzzle(name: "first-reference") { patient in
    guard let first = patient.claimOfFirstStep, patient.placeholderOfReference == nil,
      let update = patient.updates.first,
      let distance = patient.distanceFromReference(update)
    else { return nil }
    return Finding(
      name: "first-reference", verdict: .bug, title: distance.title,
      explanation: """
        Before the first update the policy is what learning starts from. Where the reference is that same model, as it \
        should be, both give every token the same probability: the KL is 0, and every implicit reward too. Here the two \
        are different models, or were computed differently.
        """,
      inference: first.inference, evidence: patient.evidence(distance.expressions, at: update.beat),
      advice: """
        Look at what the reference is: the base under an adapter that was trained before, another checkpoint, the model \
        in another precision or with dropout on, logits divided by the temperature in one of them alone.
        """,
      topic: distance.topic)
  }
}

extension Examination {
  /// Why a batch is taken for the first step; nil if nothing says so.
  struct Claim {
    /// Nil where the file says it outright.
    var inference: String?
  }

  /// That nothing at all has been learned yet.
  var claimOfFirstStep: Claim? { claim([["first", "step"], ["step", "0"]]) }

  /// That nothing has been learned from these samples yet, which is so at the first step, and at the first update of
  /// any.
  var claimOfFirstUpdate: Claim? {
    claim([
      ["first", "step"], ["step", "0"], ["first", "minibatch"], ["first", "update"], ["minibatch", "0"],
      ["0", "0", "0"],
    ])
  }

  private func claim(_ phrases: [[String]]) -> Claim? {
    guard let batch else { return nil }
    if let step = batch.step { return step <= 1 ? Claim() : nil }
    let words = batch.title.lowercased().split { !($0.isLetter || $0.isNumber) }.map { String($0) }
    let isClaimed = phrases.contains { phrase in words.indices.contains { words[$0...].starts(with: phrase) } }
    guard isClaimed else { return nil }
    return Claim(inference: "that this is the first update is taken from the batch's title, «\(batch.title)»")
  }

  fileprivate struct Distance {
    let title: String
    let expressions: [String]
    let topic: Topic
  }

  /// Whether the reference says what the policy says, but for rounding.
  private var isReferenceRounded: Bool {
    let pairs = sampled.map { ($0.logp.count == $0.refLogp.count ? $0.logp : $0.oldLogp, $0.refLogp) }
    return Rounding(pairs.flatMap { $0.0 }, pairs.flatMap { $0.1 }) != nil
  }

  private var longestResponse: Int {
    switch batch?.contents {
    case .pairs(let pairs): pairs.map { max($0.chosen.tokens.count, $0.rejected.tokens.count) }.max() ?? 1
    case .judgements(let examples): examples.map { $0.tokens.count }.max() ?? 1
    default: 1
    }
  }

  fileprivate func distanceFromReference(_ update: Update) -> Distance? {
    let isOfPairs = comparesPairsWithReference
    if isOfPairs || algorithm.material == .judgements {
      let ratios = [Quantity.chosenLogRatio, .rejectedLogRatio, .responseLogRatio].flatMap { terms($0, of: update) }
      let largest = ratios.max { trace.value($0).magnitude < trace.value($1).magnitude }
      // In half precision a token's log-probability is right to about 0.01.
      guard let largest, trace.value(largest).magnitude > max(0.02, 0.01 * Double(longestResponse)) else { return nil }
      let isSigmoid = isOfPairs && isLogistic
      return Distance(
        title: isSigmoid
          ? "The loss of the first step is \(NumberText.short(trace.value(update.loss))), and not ln 2 = 0.6931"
          : "Policy and reference differ at the first step",
        expressions: [
          "loss", trace.text(largest), "max(abs(margin))", "mean(chosen_log_ratio)", "mean(response_log_ratio)",
        ], topic: .preferences)
    }
    let kls = terms(Quantity.kl, of: update) + all(Quantity.kl)
    guard let worst = kls.max(by: { trace.value($0).magnitude < trace.value($1).magnitude }),
      mean(kls.map { trace.value($0).magnitude }) > 1e-3, !isReferenceRounded
    else { return nil }
    let key = trace.terms[worst].key
    let place = key.j < 0 ? "[\(key.i)]" : "[\(key.i),\(key.j)]"
    return Distance(
      title: "The KL from the reference is not 0 at the first step",
      expressions: ["mean(kl)", trace.text(worst), "old_logp\(place)", "logp\(place)", "ref_logp\(place)"], topic: .kl)
  }
}
