public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// One response that PPO learns from; all arrays have one number per token, natural logarithms. Of a response that the
  /// update did not learn from, `logp` and `value` may be unknown: they are then empty. Where `score_position` says so,
  /// `value` and `oldValue` go on with the empty slots after the response.
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
    /// Whether the response was cut off, if that was recorded.
    public var isTruncated: Bool?
    /// The log-probabilities in the engine that sampled, where it was another one; NaN where it could not tell.
    public var samplingLogp: [Double]?
    /// What the trainer itself made of it, to compare with: advantages, returns, KL estimates.
    public var logged: [LoggedNumbers] = []

    public init(
      prompt: String, tokens: [String], logp: [Double], oldLogp: [Double], refLogp: [Double], value: [Double],
      oldValue: [Double], score: Double, entropy: [Double]?, isTruncated: Bool? = nil
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
      self.isTruncated = isTruncated
    }
  }

  func ppoProblem(_ sequences: [PPOSequence]) -> String? {
    if settings.choice(.klEstimator) == "exact" {
      return "kl_estimator exact needs whole distributions, and a batch holds sampled tokens alone: "
        + "use k1, k2, k3 or k3+"
    }
    let learned = minibatch.map { $0.map { sequences[$0] } } ?? sequences
    if settings.hasEntropyBonus, learned.contains(where: { $0.entropy == nil }) {
      return
        "\(settings.flag(.adaptiveEntropy) ? "adap_ent_ctrl" : "entropy_coef") needs the key 'entropy' in every sequence"
    }
    let sampled = sequences.count { $0.samplingLogp != nil }
    if sampled > 0, sampled < sequences.count {
      return "'sampling_logp' is in \(sampled) of \(sequences.count) sequences; it must be in all or in none"
    }
    if settings.optionalNumber(.missingEOSPenalty) != nil, sequences.contains(where: { $0.isTruncated == nil }) {
      return "missing_eos_penalty needs the key 'truncated' in every sequence"
    }
    return nil
  }

  static func ppoSequences(
    _ items: [Document], learned: [Int]?, settings: Settings
  ) throws(DocumentError) -> [PPOSequence] {
    let slots =
      switch settings.choice(.scorePosition) {
      case "after_last": 1
      case "last_column": Int.max
      default: 0
      }
    var sequences: [PPOSequence] = []
    for (i, item) in items.enumerated() {
      sequences.append(
        try PPOSequence(item, "sequences[\(i)]", isLearned: learned?.contains(i) ?? true, mostSlots: slots))
    }
    return sequences
  }
}

extension Batch.PPOSequence {
  init(_ document: Document, _ place: String, isLearned: Bool, mostSlots: Int) throws(DocumentError) {
    let response = try ResponseFields(
      document, place,
      allowed: [
        "prompt", "tokens", "logp", "old_logp", "ref_logp", "value", "old_value", "score", "entropy", "truncated",
        "advantage", "return", "kl", "sampling_logp",
      ])
    let oldValue = try response.values("old_value", mostSlots: mostSlots)
    let value =
      isLearned || response.fields.optional("value") != nil
      ? try response.values("value", mostSlots: mostSlots) : []
    if !value.isEmpty, value.count != oldValue.count {
      throw try response.fields.required("value").error(
        "\(place).value has \(value.count) numbers, and old_value has \(oldValue.count)")
    }
    self.init(
      prompt: try response.prompt(), tokens: response.tokens,
      logp: try response.numbers("logp", isNeeded: isLearned), oldLogp: try response.numbers("old_logp"),
      refLogp: try response.numbers("ref_logp"), value: value, oldValue: oldValue,
      score: try response.number("score"),
      entropy: try response.optionalNumbers("entropy"),
      isTruncated: try response.fields.optional("truncated")?.bool("\(place).truncated"))
    samplingLogp = try response.optionalNumbers("sampling_logp", mayBeUnknown: true)
    logged = try response.loggedNumbers([.advantage, .returns, .kl])
  }
}

extension BatchForm {
  static let responses = BatchForm(algorithm: .ppo, listKey: "sequences", otherKeys: ["minibatch"]) {
    items throws(DocumentError) in
    .responses(try Batch.ppoSequences(items.documents, learned: items.learned, settings: items.settings))
  }
}

// MARK: - From recorded numbers to a loss

/// What PPO makes of a batch before it learns from it.
public struct PPOPreparation {
  public let experiences: [Experience]
  public let klCoefficient: Scalar
}

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct PPOUpdate {
  public let result: PPOLoss
  /// Those of the sequences that the update learns from, in its order.
  public let logps, values: [[Scalar]]
  public let entropies: [[Scalar]]?
}

extension Batch {
  /// Rewards, advantages and returns of all sequences.
  public func preparation<O: Observer>(of sequences: [PPOSequence], observer: O) -> PPOPreparation {
    let tape = observer.tape
    observer.begin(.rollout)
    let oldLogps = observer.leaves(.oldLogp, sequences.map { $0.oldLogp })
    let samplers = sequences.enumerated().map { i, sequence in
      sequence.samplingLogp.map { observer.leaves(.samplingLogp, i, $0) }
    }
    observer.begin(.reference)
    let refLogps = observer.leaves(.refLogp, sequences.map { $0.refLogp })
    observer.begin(.score)
    let scores = sequences.enumerated().map { i, sequence in
      observer.beat()
      return observer.term(.score, i, tape.leaf(sequence.score))
    }
    observer.begin(.values)
    let oldValues = observer.leaves(.oldValue, sequences.map { $0.oldValue })
    let sampled = sequences.enumerated().map { i, sequence in
      var response = Response(
        index: i, oldLogp: oldLogps[i], refLogp: refLogps[i], exactKL: nil, score: scores[i],
        hasEOS: sequence.isTruncated != true,
        oldValues: oldValues[i])
      response.samplingLogp = samplers[i]
      return response
    }
    let responses = samplerCorrected(sampled, settings: settings, observer: observer)
    observer.begin(.klPenalty)
    observer.beat()
    let klCoefficient = observer.term(.klCoefficient, tape.leaf(settings.number(.klCoef)))
    let experiences = experience(
      from: responses, klCoefficient: klCoefficient, settings: settings, observer: observer)
    return PPOPreparation(experiences: experiences, klCoefficient: klCoefficient)
  }

  /// The loss of some of the sequences, from what policy and critic say of them now.
  public func update<O: Observer>(
    on members: [Int], of sequences: [PPOSequence], _ preparation: PPOPreparation, observer: O
  ) -> PPOUpdate {
    observer.begin(.policy)
    let logps = members.map { observer.leaves(.logp, $0, sequences[$0].logp) }
    let values = members.map { observer.leaves(.value, $0, sequences[$0].value) }
    let entropies = members.map { i in sequences[i].entropy.map { $0.map { observer.tape.leaf($0) } } }
    let predictions = members.indices.map { m in
      Prediction(
        experience: preparation.experiences[members[m]], logp: logps[m], values: values[m], entropies: entropies[m],
        exactKL: nil)
    }
    let result = ppoLoss(
      predictions, klCoefficient: preparation.klCoefficient, settings: settings, observer: observer)
    let known = entropies.compactMap { $0 }
    return PPOUpdate(
      result: result, logps: logps, values: values, entropies: known.count == members.count ? known : nil)
  }

  func replay(_ sequences: [PPOSequence], in trace: Trace) {
    trace.prompts = sequences.map { $0.prompt }
    trace.givenTokens = sequences.map { $0.tokens }
    trace.tape.reserve(60 * sequences.reduce(0) { $0 + $1.tokens.count })
    let preparation = preparation(of: sequences, observer: trace)
    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    let update = update(on: minibatch ?? Array(sequences.indices), of: sequences, preparation, observer: trace)
    trace.differentiate(update.result.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordPPOMetrics(preparation.experiences, updates: [update.result], observer: trace)
  }
}
