import Autodiff
import Objectives
import Recording

extension Batch {
  /// One response that PPO learns from; all arrays have one number per token, natural logarithms.
  public struct PPOSequence: Sendable {
    public var prompt: String
    public var tokens: [String]
    public var logp: [Double]
    public var oldLogp: [Double]
    public var refLogp: [Double]
    public var value: [Double]
    public var oldValue: [Double]
    public var score: Double
    public var entropy: [Double]?

    public init(
      prompt: String, tokens: [String], logp: [Double], oldLogp: [Double], refLogp: [Double], value: [Double],
      oldValue: [Double], score: Double, entropy: [Double]?
    ) {
      self.prompt = prompt
      self.tokens = tokens
      self.logp = logp
      self.oldLogp = oldLogp
      self.refLogp = refLogp
      self.value = value
      self.oldValue = oldValue
      self.score = score
      self.entropy = entropy
    }
  }

  static let ppoOptions: [Option] = [
    .klCoef, .klEstimator, .useKLLoss, .gamma, .lam, .whitenRewards, .whitenAdvantages, .whitenDegrees, .rewardClip,
    .cliprange, .cliprangeHigh, .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef, .entropyCoef, .aggregation,
  ]

  func ppoProblem(_ sequences: [PPOSequence]) -> String? {
    if settings.choice(.klEstimator) == "exact" {
      return "kl_estimator exact needs whole distributions, and a batch holds sampled tokens alone: use k1, k2 or k3"
    }
    if settings.number(.entropyCoef) != 0, sequences.contains(where: { $0.entropy == nil }) {
      return "entropy_coef needs the key 'entropy' in every sequence"
    }
    return nil
  }

  static func ppoSequences(_ items: [Document]) throws(DocumentError) -> [PPOSequence] {
    var sequences: [PPOSequence] = []
    for (i, item) in items.enumerated() { sequences.append(try PPOSequence(item, "sequences[\(i)]")) }
    return sequences
  }
}

extension Batch.PPOSequence {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(
      document, place,
      allowed: ["prompt", "tokens", "logp", "old_logp", "ref_logp", "value", "old_value", "score", "entropy"])
    self.init(
      prompt: try response.prompt(), tokens: response.tokens,
      logp: try response.numbers("logp"), oldLogp: try response.numbers("old_logp"),
      refLogp: try response.numbers("ref_logp"), value: try response.numbers("value"),
      oldValue: try response.numbers("old_value"), score: try response.number("score"),
      entropy: try response.optionalNumbers("entropy"))
  }
}

extension Batch {
  func replay(_ sequences: [PPOSequence], in trace: Trace) {
    let tape = trace.tape
    trace.prompts = sequences.map { $0.prompt }
    trace.givenTokens = sequences.map { $0.tokens }
    tape.reserve(60 * sequences.reduce(0) { $0 + $1.tokens.count })

    trace.begin(.rollout)
    let oldLogps = trace.leaves(.oldLogp, sequences.map { $0.oldLogp })
    trace.begin(.reference)
    let refLogps = trace.leaves(.refLogp, sequences.map { $0.refLogp })
    trace.begin(.score)
    let scores = sequences.enumerated().map { i, sequence in
      trace.beat()
      return trace.term(.score, i, tape.leaf(sequence.score))
    }
    trace.begin(.values)
    let oldValues = trace.leaves(.oldValue, sequences.map { $0.oldValue })
    let responses = sequences.indices.map { i in
      Response(
        index: i, oldLogp: oldLogps[i], refLogp: refLogps[i], exactKL: nil, score: scores[i], hasEOS: true,
        oldValues: oldValues[i])
    }
    trace.begin(.klPenalty)
    trace.beat()
    let klCoefficient = trace.term(.klCoefficient, tape.leaf(settings.number(.klCoef)))
    let experiences = experience(from: responses, klCoefficient: klCoefficient, settings: settings, observer: trace)

    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    trace.begin(.policy)
    let logps = trace.leaves(.logp, sequences.map { $0.logp })
    let values = trace.leaves(.value, sequences.map { $0.value })
    let predictions = sequences.indices.map { i in
      Prediction(
        experience: experiences[i], logp: logps[i], values: values[i],
        entropies: sequences[i].entropy.map { $0.map { tape.leaf($0) } }, exactKL: nil)
    }
    let loss = ppoLoss(predictions, klCoefficient: klCoefficient, settings: settings, observer: trace)
    trace.differentiate(loss.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordPPOMetrics(experiences, updates: [loss], observer: trace)
  }
}
