public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// A preference that a reward model learns from.
  public typealias RewardPair = PreferredPair<RewardResponse>

  /// One response of such a pair, with the score that the model gives the whole.
  public struct RewardResponse: Sendable {
    public var tokens: [String]
    public var score: Double

    public init(tokens: [String], score: Double) {
      self.tokens = tokens
      self.score = score
    }
  }

}

extension Batch.RewardResponse: PairedResponse {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(document, place, allowed: ["tokens", "score"])
    self.init(tokens: response.tokens, score: try response.number("score"))
  }
}

extension BatchForm {
  static let scoredPairs = BatchForm(algorithm: .rewardModel, listKey: "pairs") { items throws(DocumentError) in
    .scoredPairs(try Batch.RewardPair.list(items.documents))
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct RewardUpdate {
  public let result: RewardModelLoss
  public let chosen, rejected: [Scalar]
}

extension Batch {
  /// The loss of all pairs.
  public func update<O: Observer>(on pairs: [RewardPair], observer: O) -> RewardUpdate {
    observer.begin(.score)
    let scored = pairs.enumerated().map { i, pair in
      observer.beat()
      return ScoredPair(
        index: i, chosen: observer.term(.chosenScore, i, observer.tape.leaf(pair.chosen.score)),
        rejected: observer.term(.rejectedScore, i, observer.tape.leaf(pair.rejected.score)),
        margin: pair.margin.map { observer.tape.leaf($0) })
    }
    let result = rewardModelLoss(scored, settings: settings, observer: observer)
    return RewardUpdate(result: result, chosen: scored.map { $0.chosen }, rejected: scored.map { $0.rejected })
  }

  func replay(_ pairs: [RewardPair], in trace: Trace) {
    trace.showTexts(of: pairs)
    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    let update = update(on: pairs, observer: trace)
    trace.differentiate(update.result.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordRewardModelMetrics(update.result, observer: trace)
  }
}
