public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// A response that KTO learns from; all arrays have natural logarithms.
  public struct JudgedExample: Sendable {
    public var prompt: String
    public var isDesirable: Bool
    public var tokens: [String]
    /// One number per token.
    public var logp, refLogp: [Double]
    /// One number per token of another example's response after this prompt; nil where they were not recorded.
    public var klLogp, klRefLogp: [Double]?

    public init(
      prompt: String, isDesirable: Bool, tokens: [String], logp: [Double], refLogp: [Double], klLogp: [Double]? = nil,
      klRefLogp: [Double]? = nil
    ) {
      self.prompt = prompt
      self.isDesirable = isDesirable
      self.tokens = tokens
      self.logp = logp
      self.refLogp = refLogp
      self.klLogp = klLogp
      self.klRefLogp = klRefLogp
    }
  }
}

extension Batch {
  /// Why nobody can tell the reference point, if so: only some examples hold what it needs, or it is there twice. Where
  /// nothing tells it, it is 0.
  func judgementProblem(_ examples: [JudgedExample]) -> String? {
    guard examples.contains(where: { $0.klLogp != nil || $0.klRefLogp != nil }) else { return nil }
    guard referencePoint == nil else {
      return "'reference_point' stands for 'kl_logp' and 'kl_ref_logp': give it or them"
    }
    let isWhole = examples.allSatisfy { $0.klLogp != nil && $0.klLogp?.count == $0.klRefLogp?.count }
    return isWhole
      ? nil
      : "'kl_logp' and 'kl_ref_logp' must stand in every example, as many numbers in one as in the other, or in none"
  }
}

extension Batch.JudgedExample {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(
      document, place,
      allowed: ["prompt", "desirable", "tokens", "logp", "ref_logp", "kl_logp", "kl_ref_logp"])
    func mismatched(_ key: String) throws(DocumentError) -> [Double]? {
      guard let list = response.fields.optional(key) else { return nil }
      var numbers: [Double] = []
      for (t, item) in try list.list("\(place).\(key)").enumerated() {
        numbers.append(try item.number("\(place).\(key)[\(t)]"))
      }
      guard !numbers.isEmpty else { throw list.error("\(place).\(key) must hold at least one number") }
      return numbers
    }
    self.init(
      prompt: try response.prompt(),
      isDesirable: try response.fields.required("desirable").bool("\(place).desirable"), tokens: response.tokens,
      logp: try response.numbers("logp"), refLogp: try response.numbers("ref_logp"),
      klLogp: try mismatched("kl_logp"), klRefLogp: try mismatched("kl_ref_logp"))
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", prompt)
    json.member("desirable", isDesirable)
    json.member("tokens", strings: tokens)
    json.known("logp", logp)
    json.known("ref_logp", refLogp)
    json.known("kl_logp", klLogp)
    json.known("kl_ref_logp", klRefLogp)
    json.endObject()
  }
}

extension BatchForm {
  static let judgements = BatchForm(
    algorithm: .kto, listKey: "examples", otherKeys: ["reference_point"]
  ) { items throws(DocumentError) in
    var examples: [Batch.JudgedExample] = []
    for (i, item) in items.documents.enumerated() { examples.append(try Batch.JudgedExample(item, "examples[\(i)]")) }
    return .judgements(examples)
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct JudgementUpdate {
  public let result: JudgementLoss
  public let logps: [[Scalar]]
}

extension Batch {
  /// The loss of all judged responses.
  ///
  /// - Parameters:
  ///   - examples: The responses to learn from.
  ///   - observer: Is told every named number.
  ///   - whenLearning: Called once the reference's numbers stand, before the policy's are named.
  public func update<O: Observer>(
    on examples: [JudgedExample], observer: O, whenLearning: () -> Void = {}
  ) -> JudgementUpdate {
    observer.begin(.reference)
    let references = observer.leaves(.refLogp, examples.map { $0.refLogp })
    whenLearning()
    observer.begin(.policy)
    let logps = observer.leaves(.logp, examples.map { $0.logp })
    let mismatched = mismatched(examples, observer: observer)
    let responses = examples.indices.map { i in
      JudgedResponse(
        index: i, isDesirable: examples[i].isDesirable, logp: logps[i], refLogp: references[i],
        mismatched: mismatched.map { $0[i] })
    }
    return JudgementUpdate(
      result: judgementLoss(responses, givenPoint: referencePoint, settings: settings, observer: observer),
      logps: logps)
  }

  private func mismatched<O: Observer>(
    _ examples: [JudgedExample], observer: O
  ) -> [(logp: [Scalar], refLogp: [Scalar])]? {
    guard settings.choice(.judgementLoss) == "kto", examples.allSatisfy({ $0.klLogp != nil }) else { return nil }
    observer.begin(.mismatch)
    return examples.enumerated().map { i, example in
      var result: (logp: [Scalar], refLogp: [Scalar]) = ([], [])
      for (t, numbers) in zip(example.klLogp ?? [], example.klRefLogp ?? []).enumerated() {
        observer.beat()
        result.logp.append(observer.term(.mismatchedLogp, i, t, observer.tape.leaf(numbers.0)))
        result.refLogp.append(observer.term(.mismatchedRefLogp, i, t, observer.tape.leaf(numbers.1)))
      }
      return result
    }
  }

  func replay(_ examples: [JudgedExample], in trace: Trace) {
    trace.prompts = examples.map { $0.prompt }
    trace.givenTokens = examples.map { $0.tokens }
    trace.setKinds(isDesirable: examples.map { $0.isDesirable })
    trace.tape.reserve(8 * examples.reduce(0) { $0 + $1.tokens.count })
    let update = update(on: examples, observer: trace) {
      trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    }
    trace.differentiate(update.result.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordJudgementMetrics(update.result, observer: trace)
  }
}
