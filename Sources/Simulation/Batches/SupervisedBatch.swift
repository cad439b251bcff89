public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// One demonstration; `logp` has one natural logarithm per token.
  public struct SupervisedSequence: Sendable {
    public var prompt: String
    public var tokens: [String]
    public var logp: [Double]

    public init(prompt: String, tokens: [String], logp: [Double]) {
      self.prompt = prompt
      self.tokens = tokens
      self.logp = logp
    }
  }

  static func supervisedSequences(_ items: [Document]) throws(DocumentError) -> [SupervisedSequence] {
    var sequences: [SupervisedSequence] = []
    for (i, item) in items.enumerated() { sequences.append(try SupervisedSequence(item, "sequences[\(i)]")) }
    return sequences
  }
}

extension Batch.SupervisedSequence {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(document, place, allowed: ["prompt", "tokens", "logp"])
    self.init(prompt: try response.prompt(), tokens: response.tokens, logp: try response.numbers("logp"))
  }
}

extension BatchForm {
  static let demonstrations = BatchForm(algorithm: .sft, listKey: "sequences", otherKeys: ["step_tokens"]) {
    items throws(DocumentError) in
    .demonstrations(try Batch.supervisedSequences(items.documents))
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct SupervisedUpdate {
  public let loss: Scalar
  public let logps: [[Scalar]]
}

extension Batch {
  /// The loss of all responses; divided by `stepTokens` where this is a part of a step.
  public func update<O: Observer>(on sequences: [SupervisedSequence], observer: O) -> SupervisedUpdate {
    observer.begin(.policy)
    let logps = observer.leaves(.logp, sequences.map { $0.logp })
    observer.begin(.loss)
    observer.beat()
    let loss = supervisedLoss(logps, stepTokens: stepTokens, on: observer.tape)
    return SupervisedUpdate(loss: observer.term(.loss, loss), logps: logps)
  }

  func replay(_ sequences: [SupervisedSequence], in trace: Trace) {
    trace.prompts = sequences.map { $0.prompt }
    trace.givenTokens = sequences.map { $0.tokens }
    trace.tape.reserve(2 * sequences.reduce(0) { $0 + $1.tokens.count })
    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    let update = update(on: sequences, observer: trace)
    trace.differentiate(update.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    trace.begin(.metrics)
    trace.beat()
    _ = trace.term(.perplexity, exp(supervisedLoss(update.logps, on: trace.tape)))
  }
}
