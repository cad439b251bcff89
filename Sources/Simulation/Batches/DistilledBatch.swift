public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// A response that a student learns from; all arrays have one number per token, natural logarithms.
  public struct DistilledSequence: Sendable {
    public var prompt: String
    public var tokens: [String]
    public var logp, oldLogp, teacherLogp: [Double]
    /// How far the student's distribution is from the teacher's, of which a batch holds no more; `sampled_token` does
    /// without.
    public var divergence: [Double]?

    public init(
      prompt: String, tokens: [String], logp: [Double], oldLogp: [Double], teacherLogp: [Double],
      divergence: [Double]? = nil
    ) {
      self.prompt = prompt
      self.tokens = tokens
      self.logp = logp
      self.oldLogp = oldLogp
      self.teacherLogp = teacherLogp
      self.divergence = divergence
    }
  }

  func distillationProblem(_ sequences: [DistilledSequence]) -> String? {
    let isKnown = sequences.allSatisfy { $0.divergence != nil }
    return isKnown || DistillationMode(settings) == .sampledToken
      ? nil
      : "distillation_mode \(DistillationMode(settings).rawValue) needs the key 'divergence' in every sequence; sampled_token does without"
  }
}

extension Batch.DistilledSequence {
  init(_ document: Document, _ place: String) throws(DocumentError) {
    let response = try ResponseFields(
      document, place, allowed: ["prompt", "tokens", "logp", "old_logp", "teacher_logp", "divergence"])
    self.init(
      prompt: try response.prompt(), tokens: response.tokens, logp: try response.numbers("logp"),
      oldLogp: try response.numbers("old_logp"), teacherLogp: try response.numbers("teacher_logp"),
      divergence: try response.optionalNumbers("divergence"))
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("prompt", prompt)
    json.member("tokens", strings: tokens)
    json.known("logp", logp)
    json.known("old_logp", oldLogp)
    json.known("teacher_logp", teacherLogp)
    json.known("divergence", divergence)
    json.endObject()
  }

  /// What it earned is what its teacher makes of it: the sum of its tokens' advantages.
  var sampled: Batch.SampledResponse {
    Batch.SampledResponse(
      prompt: prompt, tokens: tokens, logp: logp, oldLogp: oldLogp, refLogp: [], teacherLogp: teacherLogp,
      outcome: zip(teacherLogp, oldLogp).reduce(0) { $0 + $1.0 - $1.1 })
  }
}

extension BatchForm {
  static let distilled = BatchForm(algorithm: .distillation, listKey: "sequences") { items throws(DocumentError) in
    var sequences: [Batch.DistilledSequence] = []
    for (i, item) in items.documents.enumerated() {
      sequences.append(try Batch.DistilledSequence(item, "sequences[\(i)]"))
    }
    return .distilled(sequences)
  }
}

// MARK: - From recorded numbers to a loss

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct DistilledUpdate {
  public let loss: Scalar
  public let responses: [DistilledResponse]
  public let logps: [[Scalar]]
  /// Nil where they were not recorded.
  public let divergences: [[Scalar]]?
}

extension Batch {
  /// The loss of all responses.
  ///
  /// - Parameters:
  ///   - sequences: The responses to learn from.
  ///   - observer: Is told every named number.
  ///   - whenLearning: Called once the advantages stand, before the policy's numbers are named.
  public func update<O: Observer>(
    on sequences: [DistilledSequence], observer: O, whenLearning: () -> Void = {}
  ) -> DistilledUpdate {
    observer.begin(.rollout)
    let oldLogps = observer.leaves(.oldLogp, sequences.map { $0.oldLogp })
    observer.begin(.teacher)
    let teacherLogps = observer.leaves(.teacherLogp, sequences.map { $0.teacherLogp })
    let known = sequences.indices.map {
      DistilledResponse(index: $0, oldLogp: oldLogps[$0], teacherLogp: teacherLogps[$0])
    }
    let responses = distillationAdvantages(known, settings: settings, observer: observer)
    whenLearning()
    observer.begin(.policy)
    let logps = observer.leaves(.logp, sequences.map { $0.logp })
    let given = sequences.compactMap { sequence in sequence.divergence.map { $0.map { observer.tape.leaf($0) } } }
    let divergences = given.count == sequences.count ? given : nil
    let predictions = responses.indices.map {
      DistillationPrediction(responses[$0], logp: logps[$0], divergences: divergences?[$0])
    }
    let loss = distillationLoss(predictions, settings: settings, observer: observer)
    return DistilledUpdate(loss: loss, responses: responses, logps: logps, divergences: divergences)
  }

  func replay(_ sequences: [DistilledSequence], in trace: Trace) {
    trace.prompts = sequences.map { $0.prompt }
    trace.givenTokens = sequences.map { $0.tokens }
    let update = update(on: sequences, observer: trace) {
      trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    }
    trace.differentiate(update.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordDistillationMetrics(update.responses, observer: trace)
  }
}
