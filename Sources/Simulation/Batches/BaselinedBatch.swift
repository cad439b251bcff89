public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// A response that ReMax learns from; all arrays have one number per token, natural logarithms.
  public struct BaselinedResponse: Sendable {
    public var prompt: String
    public var tokens: [String]
    public var logp, oldLogp: [Double]
    /// Needed where `kl_coef` is not 0.
    public var refLogp: [Double]?
    public var score: Double
    /// What the greedy response to the same prompt earned.
    public var baselineReward: Double
    /// Needed where `entropy_coef` is not 0.
    public var entropy: [Double]?
    /// Whether the response, and the greedy one, were cut off, if that was recorded.
    public var isTruncated, isBaselineTruncated: Bool?
    /// The log-probabilities in the engine that sampled, where it was another one; NaN where it could not tell.
    public var samplingLogp: [Double]?

    public init(
      prompt: String, tokens: [String], logp: [Double], oldLogp: [Double], refLogp: [Double]?, score: Double,
      baselineReward: Double, entropy: [Double]? = nil, isTruncated: Bool? = nil, isBaselineTruncated: Bool? = nil
    ) {
      self.prompt = prompt
      self.tokens = tokens
      self.logp = logp
      self.oldLogp = oldLogp
      self.refLogp = refLogp
      self.score = score
      self.baselineReward = baselineReward
      self.entropy = entropy
      self.isTruncated = isTruncated
      self.isBaselineTruncated = isBaselineTruncated
    }
  }

  func baselineProblem(_ responses: [BaselinedResponse]) -> String? {
    if settings.choice(.klEstimator) == "exact" {
      return "kl_estimator exact needs whole distributions, and a batch holds sampled tokens alone: "
        + "use k1, k2, k3 or k3+"
    }
    if settings.number(.klCoef) != 0, responses.contains(where: { $0.refLogp == nil }) {
      return "kl_coef needs the key 'ref_logp' in every sequence; 0 does without a reference"
    }
    if settings.number(.entropyCoef) != 0, responses.contains(where: { $0.entropy == nil }) {
      return "entropy_coef needs the key 'entropy' in every sequence"
    }
    let sampled = responses.count { $0.samplingLogp != nil }
    if sampled > 0, sampled < responses.count {
      return "'sampling_logp' is in \(sampled) of \(responses.count) sequences; it must be in all or in none"
    }
    let isKnown = responses.allSatisfy { $0.isTruncated != nil && $0.isBaselineTruncated != nil }
    return isKnown || settings.optionalNumber(.missingEOSPenalty) == nil
      ? nil : "missing_eos_penalty needs the keys 'truncated' and 'baseline_truncated' in every sequence"
  }
}

extension Batch.BaselinedResponse {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(
      document, place,
      allowed: [
        "prompt", "tokens", "logp", "old_logp", "ref_logp", "score", "baseline_reward", "entropy", "truncated",
        "baseline_truncated", "sampling_logp",
      ])
    guard response.fields.optional("baseline_reward") != nil else {
      throw document.error(
        "\(place) needs the key 'baseline_reward': what the greedy response to the same prompt earned (verl's "
          + "reward_baselines)")
    }
    self.init(
      prompt: try response.prompt(), tokens: response.tokens, logp: try response.numbers("logp"),
      oldLogp: try response.numbers("old_logp"), refLogp: try response.optionalNumbers("ref_logp"),
      score: try response.number("score"), baselineReward: try response.number("baseline_reward"),
      entropy: try response.optionalNumbers("entropy"),
      isTruncated: try response.fields.optional("truncated")?.bool("\(place).truncated"),
      isBaselineTruncated: try response.fields.optional("baseline_truncated")?.bool("\(place).baseline_truncated"))
    samplingLogp = try response.optionalNumbers("sampling_logp", mayBeUnknown: true)
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", prompt)
    json.member("score", number: score)
    json.member("baseline_reward", number: baselineReward)
    json.known("truncated", isTruncated)
    json.known("baseline_truncated", isBaselineTruncated)
    json.member("tokens", strings: tokens)
    json.known("logp", logp)
    json.known("old_logp", oldLogp)
    json.known("ref_logp", refLogp)
    json.known("entropy", entropy)
    json.known("sampling_logp", samplingLogp)
    json.endObject()
  }

  var sampled: Batch.SampledResponse {
    Batch.SampledResponse(
      prompt: prompt, tokens: tokens, logp: logp, oldLogp: oldLogp, refLogp: refLogp ?? [], outcome: score)
  }
}

extension BatchForm {
  static let baselined = BatchForm(algorithm: .remax, listKey: "sequences") { items throws(DocumentError) in
    var responses: [Batch.BaselinedResponse] = []
    for (i, item) in items.documents.enumerated() {
      responses.append(try Batch.BaselinedResponse(item, "sequences[\(i)]"))
    }
    return .baselined(responses)
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct BaselinedUpdate {
  public let loss: Scalar
  public let experiences: [Experience]
  public let logps: [[Scalar]]
  /// Nil where they were not recorded.
  public let entropies: [[Scalar]]?
}

extension Batch {
  /// The loss of all responses.
  ///
  /// - Parameters:
  ///   - responses: The responses to learn from.
  ///   - observer: Is told every named number.
  ///   - whenLearning: Called once the advantages stand, before the policy's numbers are named.
  public func update<O: Observer>(
    on responses: [BaselinedResponse], observer: O, whenLearning: () -> Void = {}
  ) -> BaselinedUpdate {
    let experiences = experiences(of: responses, observer: observer)
    whenLearning()
    observer.begin(.policy)
    let logps = observer.leaves(.logp, responses.map { $0.logp })
    let known = responses.compactMap { response in response.entropy.map { $0.map { observer.tape.leaf($0) } } }
    let entropies = known.count == responses.count ? known : nil
    let loss = reinforceLoss(experiences, logps: logps, entropies: entropies, settings: settings, observer: observer)
    return BaselinedUpdate(loss: loss, experiences: experiences, logps: logps, entropies: entropies)
  }

  private func experiences<O: Observer>(of responses: [BaselinedResponse], observer: O) -> [Experience] {
    let tape = observer.tape
    observer.begin(.rollout)
    let oldLogps = observer.leaves(.oldLogp, responses.map { $0.oldLogp })
    let samplers = responses.enumerated().map { i, response in
      response.samplingLogp.map { observer.leaves(.samplingLogp, i, $0) }
    }
    observer.begin(.greedy)
    let baselines = responses.enumerated().map { i, response in
      greedyBaseline(
        score: tape.leaf(response.baselineReward), hasEOS: response.isBaselineTruncated != true, for: i,
        settings: settings, observer: observer)
    }
    observer.begin(.reference)
    let references = responses.enumerated().map { i, response in
      // Without a penalty any number does, and the KL is 0.
      response.refLogp.map { observer.leaves(.refLogp, i, $0) } ?? oldLogps[i]
    }
    observer.begin(.score)
    let known = responses.enumerated().map { i, response in
      observer.beat()
      var result = Response(
        index: i, oldLogp: oldLogps[i], refLogp: references[i], exactKL: nil,
        score: observer.term(.score, i, tape.leaf(response.score)), hasEOS: response.isTruncated != true,
        oldValues: response.oldLogp.map { _ in tape.constant(0) })
      result.baseline = baselines[i]
      result.samplingLogp = samplers[i]
      return result
    }
    let corrected = samplerCorrected(known, settings: settings, observer: observer)
    observer.begin(.klPenalty)
    observer.beat()
    let klCoefficient = observer.term(.klCoefficient, tape.leaf(settings.number(.klCoef)))
    return reinforceExperience(from: corrected, klCoefficient: klCoefficient, settings: settings, observer: observer)
  }

  func replay(_ responses: [BaselinedResponse], in trace: Trace) {
    trace.prompts = responses.map { $0.prompt }
    trace.givenTokens = responses.map { $0.tokens }
    trace.tape.reserve(30 * responses.reduce(0) { $0 + $1.tokens.count })
    let update = update(on: responses, observer: trace) {
      trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    }
    trace.differentiate(update.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordBaselineMetrics(update.experiences, observer: trace)
  }
}
