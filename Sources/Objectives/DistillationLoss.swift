public import Autodiff

/// How a student is brought nearer to its teacher: the option `distillation_mode`.
public enum DistillationMode: String, CaseIterable, Sendable {
  /// By a divergence of the two distributions over the whole vocabulary, at each token.
  case fullLogits = "full_logits"
  /// By a divergence of the two over the policy's likeliest tokens alone.
  case topkLogits = "topk_logits"
  /// By the policy gradient of the token that was sampled.
  case sampledToken = "sampled_token"

  public init(_ settings: Settings) {
    self = DistillationMode(rawValue: settings.choice(.distillationMode)) ?? .fullLogits
  }
}

/// The generalised Jensen-Shannon divergence of a teacher's distribution q from a student's p, given by log-probabilities.
///
///     β = 0    KL(q ‖ p) = Σ q (log q − log p)     the forward KL: whatever the teacher may write, the student may
///     β = 1    KL(p ‖ q) = Σ p (log p − log q)     the reverse KL: the student writes only what the teacher may
///     else     β KL(q ‖ m) + (1 − β) KL(p ‖ m),    m = β q + (1 − β) p
///
/// Source: Agarwal et al. 2023, GKD, equation 1; TRL `GKDTrainer.generalized_jsd_loss`, `DistillationTrainer`.
public func generalizedJSD(student: [Scalar], teacher: [Scalar], beta: Constant) -> Scalar {
  if beta.value == 0 { return exactKL(teacher, student) }
  if beta.value == 1 { return exactKL(student, teacher) }
  let mixture = zip(student, teacher).map { p, q in log(beta * exp(q) + (1 - beta) * exp(p)) }
  return beta * exactKL(teacher, mixture) + (1 - beta) * exactKL(student, mixture)
}

/// How far a teacher is from a student at one token, as the options have it.
///
/// With `topk_logits` the student's likeliest tokens alone are compared, each distribution scaled to a sum of 1 over them, or
/// with a further token that has all that is left. Source: TRL `compute_topk_self_distillation_loss`.
///
/// - Parameters:
///   - student: Its log-probabilities, over the vocabulary.
///   - teacher: Those of the teacher.
///   - settings: The mode, and which divergence it is.
public func distillationDivergence(student: [Scalar], teacher: [Scalar], settings: Settings) -> Scalar {
  let beta = settings.value(.distillationBeta)
  let count = settings.integer(.distillationTopK)
  guard DistillationMode(settings) == .topkLogits, count < student.count else {
    return generalizedJSD(student: student, teacher: teacher, beta: beta)
  }
  let places = student.indices.sorted { a, b in
    student[a].value == student[b].value ? a < b : student[a].value > student[b].value
  }.prefix(count)
  func likeliest(_ logps: [Scalar]) -> [Scalar] {
    let (chosen, tape) = (places.map { logps[$0] }, logps[0].tape)
    guard settings.flag(.distillationAddTail) else {
      let mass = tape.logSumExp(chosen)
      return chosen.map { $0 - mass }
    }
    let others = logps.indices.filter { !places.contains($0) }.map { logps[$0] }
    return chosen + [tape.logSumExp(others)]
  }
  return generalizedJSD(student: likeliest(student), teacher: likeliest(teacher), beta: beta)
}

/// A response that the student learns from, with what its teacher says of it.
public struct DistilledResponse {
  /// Its number in the batch, the first index of its terms.
  public let index: Int
  /// log π of each token as it was sampled, and under the teacher.
  public let oldLogp, teacherLogp: [Scalar]
  /// The advantage of each token, for the policy gradient of `sampled_token`; nil otherwise.
  fileprivate(set) public var advantages: [Scalar]?

  public init(index: Int, oldLogp: [Scalar], teacherLogp: [Scalar]) {
    (self.index, self.oldLogp, self.teacherLogp) = (index, oldLogp, teacherLogp)
  }
}

/// What the student says now of a response that it learns from.
public struct DistillationPrediction {
  public let response: DistilledResponse
  public let logp: [Scalar]
  /// At each token, the divergence of the two distributions; `sampled_token` does without.
  public let divergences: [Scalar]?

  public init(_ response: DistilledResponse, logp: [Scalar], divergences: [Scalar]?) {
    (self.response, self.logp, self.divergences) = (response, logp, divergences)
  }
}

/// The responses with their advantages, `A_t = log π_T − log π_old`, where `sampled_token` needs them.
///
/// That is minus an estimate, by one token, of the KL of the student from its teacher. What comes after a token does not
/// count, as with a discount of 0. Source: Lu and Thinking Machines Lab 2025, On-Policy Distillation; Tinker's cookbook.
public func distillationAdvantages<O: Observer>(
  _ responses: [DistilledResponse], settings: Settings, observer: O
) -> [DistilledResponse] {
  guard DistillationMode(settings) == .sampledToken else { return responses }
  observer.begin(.advantage)
  return responses.map { response in
    var response = response
    response.advantages = response.oldLogp.indices.map { t in
      observer.beat()
      return observer.term(
        .advantage, response.index, t, stopGradient(response.teacherLogp[t] - response.oldLogp[t]))
    }
    return response
  }
}

/// The loss of a student: the average divergence from its teacher, or minus the average of ratio times advantage.
///
/// The gradient of the second is that of TRL's `sampled_token`, `(log π − log π_T)` held constant times `log π`, in the
/// first pass over a batch. Source: TRL `GKDTrainer`, `DistillationTrainer`, `SDFTTrainer`.
///
/// - Parameters:
///   - minibatch: What the student says of the responses.
///   - settings: The mode, and how tokens become one number.
///   - observer: Is told every named number.
public func distillationLoss<O: Observer>(
  _ minibatch: [DistillationPrediction], settings: Settings, observer: O
) -> Scalar {
  let average = Aggregation(settings)
  switch DistillationMode(settings) {
  case .fullLogits, .topkLogits:
    let divergences = named(.divergence, in: .divergence, minibatch, observer) { n, t in
      minibatch[n].divergences.map { $0[t] } ?? observer.tape.constant(0)
    }
    observer.begin(.loss)
    observer.beat()
    return observer.term(.loss, average(divergences, on: observer.tape))
  case .sampledToken:
    let ratios = named(.ratio, in: .ratio, minibatch, observer) { n, t in
      exp(minibatch[n].logp[t] - minibatch[n].response.oldLogp[t])
    }
    let objectives = named(.objective, in: .objective, minibatch, observer) { n, t in
      minibatch[n].response.advantages.map { ratios[n][t] * $0[t] } ?? observer.tape.constant(0)
    }
    observer.begin(.loss)
    observer.beat()
    return observer.term(.loss, -average(objectives, on: observer.tape))
  }
}

/// A number of each token, by the places of response and token in the minibatch; each is a beat.
private func named<O: Observer>(
  _ quantity: Quantity, in stage: Stage, _ minibatch: [DistillationPrediction], _ observer: O,
  _ value: (Int, Int) -> Scalar
) -> [[Scalar]] {
  observer.begin(stage)
  return minibatch.indices.map { n in
    minibatch[n].logp.indices.map { t in
      observer.beat()
      return observer.term(quantity, minibatch[n].response.index, t, value(n, t))
    }
  }
}

/// Records what is logged of a batch: how far the student is from its teacher, by the tokens that it wrote, and how
/// long its responses are.
public func recordDistillationMetrics<O: Observer>(_ responses: [DistilledResponse], observer: O) {
  let tape = observer.tape
  observer.begin(.metrics)
  observer.beat()
  observer.metric(
    .teacherKL, tape.mean(responses.flatMap { zip($0.oldLogp, $0.teacherLogp).map { $0 - $1 } }))
  observer.metric(.completionMeanLength, tape.mean(responses.map { tape.constant(Double($0.oldLogp.count)) }))
}
