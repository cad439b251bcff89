public import Autodiff
public import Objectives
import Recording

extension Batch {
  /// Two responses to one prompt, of which the first is preferred, with the scores of the model that learns so.
  public struct RewardPair: Sendable {
    /// One response; the score is that of the whole.
    public struct Response: Sendable {
      public var tokens: [String]
      public var score: Double

      public init(tokens: [String], score: Double) {
        self.tokens = tokens
        self.score = score
      }
    }

    public var prompt: String
    public var chosen, rejected: Response

    public init(prompt: String, chosen: Response, rejected: Response) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
    }
  }

  static let rewardOptions: [Option] = [.centerRewards]

  static func rewardPairs(_ items: [Document]) throws(DocumentError) -> [RewardPair] {
    var pairs: [RewardPair] = []
    for (i, item) in items.enumerated() { pairs.append(try RewardPair(item, "pairs[\(i)]")) }
    return pairs
  }
}

extension Batch.RewardPair {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let fields = try document.object(place)
    try fields.rejectUnknown(allowed: ["prompt", "chosen", "rejected"])
    self.init(
      prompt: try fields.optional("prompt")?.string("\(place).prompt") ?? "",
      chosen: try Response(fields.required("chosen"), "\(place).chosen"),
      rejected: try Response(fields.required("rejected"), "\(place).rejected"))
  }
}

extension Batch.RewardPair.Response {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(document, place, allowed: ["tokens", "score"])
    self.init(tokens: response.tokens, score: try response.number("score"))
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
        rejected: observer.term(.rejectedScore, i, observer.tape.leaf(pair.rejected.score)))
    }
    let result = rewardModelLoss(scored, settings: settings, observer: observer)
    return RewardUpdate(result: result, chosen: scored.map { $0.chosen }, rejected: scored.map { $0.rejected })
  }

  func replay(_ pairs: [RewardPair], in trace: Trace) {
    trace.prompts = pairs.map { $0.prompt }
    trace.givenTokens = pairs.map { $0.chosen.tokens }
    trace.rejectedTokens = pairs.map { $0.rejected.tokens }
    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    let update = update(on: pairs, observer: trace)
    trace.differentiate(update.result.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordRewardModelMetrics(update.result, observer: trace)
  }
}
