public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// A preference that DPO learns from.
  public typealias Pair = PreferredPair<PairResponse>

  /// One response of a pair; all arrays have one number per token, natural logarithms.
  public struct PairResponse: Sendable {
    public var tokens: [String]
    public var logp: [Double]
    public var refLogp: [Double]?
    /// `log Σ_v π(v)²` of the distribution before each token, for `use_weighting`.
    public var logSumSquares: [Double]?
    /// What it earned, where that decided which response is the chosen one.
    public var score: Double?

    /// - Parameters:
    ///   - tokens: The text of each token.
    ///   - logp: The policy's log-probability of each.
    ///   - refLogp: The reference's; nil without one.
    ///   - logSumSquares: `log Σ_v π(v)²` before each token, for `use_weighting`.
    ///   - score: What it earned, where that decided which response is the chosen one.
    public init(
      tokens: [String], logp: [Double], refLogp: [Double]?, logSumSquares: [Double]? = nil, score: Double? = nil
    ) {
      self.tokens = tokens
      self.logp = logp
      self.refLogp = refLogp
      self.logSumSquares = logSumSquares
      self.score = score
    }
  }

  func pairProblem(_ pairs: [Pair]) -> String? {
    let loss = PreferenceLoss.chosen(by: settings)
    let lacksReference = pairs.contains { $0.chosen.refLogp == nil || $0.rejected.refLogp == nil }
    if loss.needsReference, lacksReference {
      return "loss_type \(loss.name) needs the key 'ref_logp' in every chosen and rejected response"
    }
    if settings.flag(.pairWeighting),
      pairs.contains(where: { $0.chosen.logSumSquares == nil || $0.rejected.logSumSquares == nil })
    {
      return "use_weighting needs the key 'log_sum_sq_probs' in every chosen and rejected response"
    }
    let scored = pairs.flatMap { [$0.chosen, $0.rejected] }.count { $0.score != nil }
    if scored > 0, scored < 2 * pairs.count {
      return "'score' is in \(scored) of \(2 * pairs.count) responses; it must be in all or in none"
    }
    if pairs.contains(where: { $0.margin != nil }), let problem = loss.marginProblem { return problem }
    return Self.preferenceProblem(settings)
  }

  /// Combinations of DPO's settings that are refused.
  public static func preferenceProblem(_ settings: Settings) -> String? {
    let losses = settings.choice(.preferenceLoss).split(separator: ",")
    let epsilon = settings.number(.labelSmoothing)
    if losses.contains("exo_pair"), epsilon == 0 {
      return "loss_type exo_pair needs label_smoothing above 0, such as 0.001"
    }
    if losses.contains("robust"), epsilon == 0.5 {
      return "loss_type robust needs label_smoothing below 0.5: with 0.5 the labels say nothing"
    }
    return PreferenceLoss.chosen(by: settings).problem(settings)
  }
}

extension Batch.PairResponse: PairedResponse {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(
      document, place, allowed: ["tokens", "logp", "ref_logp", "log_sum_sq_probs", "score"])
    self.init(
      tokens: response.tokens, logp: try response.numbers("logp"),
      refLogp: try response.optionalNumbers("ref_logp"),
      logSumSquares: try response.optionalNumbers("log_sum_sq_probs"),
      score: try response.fields.optional("score")?.number("\(place).score"))
  }
}

extension BatchForm {
  static let pairs = BatchForm(algorithm: .dpo, listKey: "pairs") { items throws(DocumentError) in
    .pairs(try Batch.Pair.list(items.documents))
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct PairUpdate {
  public let result: PreferencePolicyLoss
  public let chosen, rejected: [[Scalar]]
}

extension Batch {
  /// The loss of all pairs.
  ///
  /// - Parameters:
  ///   - pairs: The pairs to learn from.
  ///   - observer: Is told every named number.
  ///   - whenLearning: Called once the reference's numbers stand, before the policy's are named.
  public func update<O: Observer>(on pairs: [Pair], observer: O, whenLearning: () -> Void = {}) -> PairUpdate {
    let scores = scores(of: pairs, observer: observer)
    observer.begin(.reference)
    let chosenRefs = pairs.enumerated().map { i, pair in
      pair.chosen.refLogp.map { observer.leaves(.chosenRefLogp, i, $0) }
    }
    let rejectedRefs = pairs.enumerated().map { i, pair in
      pair.rejected.refLogp.map { observer.leaves(.rejectedRefLogp, i, $0) }
    }
    whenLearning()
    observer.begin(.policy)
    let chosen = observer.leaves(.chosenLogp, pairs.map { $0.chosen.logp })
    let rejected = observer.leaves(.rejectedLogp, pairs.map { $0.rejected.logp })
    let compared = pairs.indices.map { i in
      var pair = PreferencePair(
        index: i, chosenLogp: chosen[i], rejectedLogp: rejected[i], chosenRefLogp: chosenRefs[i],
        rejectedRefLogp: rejectedRefs[i])
      pair.margin = pairs[i].margin.map { observer.tape.leaf($0) }
      pair.scores = scores?[i]
      if settings.flag(.pairWeighting) {
        pair.chosenCollisions = pairs[i].chosen.logSumSquares.map { observer.leaves(.chosenCollision, i, $0) }
        pair.rejectedCollisions = pairs[i].rejected.logSumSquares.map { observer.leaves(.rejectedCollision, i, $0) }
      }
      return pair
    }
    let result = preferencePolicyLoss(compared, settings: settings, observer: observer)
    return PairUpdate(result: result, chosen: chosen, rejected: rejected)
  }

  /// The scores by which each pair was judged; nil unless every response has one.
  private func scores<O: Observer>(
    of pairs: [Pair], observer: O
  ) -> [(chosen: Scalar, rejected: Scalar)]? {
    let known = pairs.compactMap { pair in
      pair.chosen.score.flatMap { chosen in pair.rejected.score.map { (chosen: chosen, rejected: $0) } }
    }
    guard known.count == pairs.count else { return nil }
    observer.begin(.preference)
    return known.enumerated().map { i, scores in
      observer.beat()
      let leaves = (chosen: observer.tape.leaf(scores.chosen), rejected: observer.tape.leaf(scores.rejected))
      _ = observer.term(.scoreMargin, i, leaves.chosen - leaves.rejected)
      return leaves
    }
  }

  func replay(_ pairs: [Pair], in trace: Trace) {
    trace.showTexts(of: pairs)
    trace.tape.reserve(8 * pairs.reduce(0) { $0 + $1.chosen.tokens.count + $1.rejected.tokens.count })
    let update = update(on: pairs, observer: trace) {
      trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    }
    trace.differentiate(update.result.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordPreferenceMetrics(update.result, observer: trace)
  }
}
