import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The KL in the wrong direction: the logged one has its ratio inverted, or the two models are swapped.
  ///
  /// Asked in TRL #2854, #2914 and #3104; hands-on-modern-rl #27, an inverted k3.
  static let klDirection = Puzzle(name: "kl-direction") { patient in
    guard let batch = patient.batch, patient.placeholderOfReference == nil else { return nil }
    // A penalty in the rewards is of the policy that sampled, one in the loss of the policy that learns.
    let isInRewards = batch.options.contains(.klCoef)
    let penalized = ReferenceDistances(patient, isInRewards ? "old_logp" : "logp") {
      isInRewards ? $0.oldLogp : $0.logp
    }
    // The policy that sampled is that of old_logp; one that has learned from the samples since makes some of them rarer.
    let sampled = ReferenceDistances(patient, "old_logp") { $0.oldLogp }
    return penalized.flatMap { invertedLog(patient, batch, $0) } ?? sampled.flatMap { swappedModels(patient, $0) }
  }

  /// The number that the trainer logged comes from the inverted formula.
  private static func invertedLog(
    _ patient: Examination, _ batch: Batch, _ distances: ReferenceDistances
  ) -> Finding? {
    let metric: Metric = patient.algorithm.credit == .critic ? .objectiveKL : .kl
    guard let logged = batch.logged.first(where: { $0.metric == metric })?.value else { return nil }
    let right = distances.estimates(KLFormula.right)
    guard !right.contains(where: { agrees($0, logged) }),
      let formula = KLFormula.wrong.first(where: { formula in
        distances.estimates([formula]).contains { agrees($0, logged) }
      })
    else { return nil }
    let isNegated = formula == .invertedK1
    return Finding(
      name: "kl-direction", verdict: .bug, title: "The logged KL is inverted: it is the mean of \(formula.text)",
      explanation: """
        With d = log π - log π_ref of a token sampled from π, k1 = d and k3 = exp(-d) - 1 + d estimate KL(π ‖ π_ref). \
        The trainer logged \(metric.name) = \(NumberText.short(logged)), which these log-probabilities give with \
        \(isNegated
          ? "the other sign: it is minus the KL, and as a penalty it rewards leaving the reference."
          : "the ratio inverted. That estimates nothing under samples from π, and as a loss it pushes another way.")
        """,
      inference: "that the log was made from these tokens follows from the two numbers agreeing to 0.1 %",
      evidence: patient.evidence(
        ["metric(\(metric.name))", "mean(kl)", "mean(\(distances.name))", "mean(ref_logp)"], at: patient.end),
      advice: isNegated
        ? "Subtract the reference's from the policy's: \(distances.name) - ref_logp."
        : "Swap the two in the exponent: exp(ref_logp - \(distances.name)) - (ref_logp - \(distances.name)) - 1.",
      topic: .kl)
  }

  /// The samples are likelier under the reference than under the policy they are said to come from.
  private static func swappedModels(_ patient: Examination, _ distances: ReferenceDistances) -> Finding? {
    // Where old_logp is not what the tokens were sampled with, it says nothing about who wrote them.
    let isSampler = !patient.updates.contains { SumTest(patient.values(.ratio, of: $0)) != nil }
    guard distances.all.count >= 16, isSampler else { return nil }
    let (mean, error) = (mean(distances.all), standardError(distances.all))
    guard mean < 0, mean + 4 * error < 0 else { return nil }
    return Finding(
      name: "kl-direction", verdict: .bug, title: "The KL points the wrong way: the reference likes the samples better",
      explanation: """
        Samples from a policy are on average likelier under it than under any other: that surplus is the KL. Here \
        the mean of \(distances.name) - ref_logp is \(NumberText.short(mean)), with a standard error of \
        \(NumberText.short(error)): the samples look like the reference's own.
        """,
      inference: """
        a mean four standard errors below 0 is hardly chance, but it does not say whether the two models are swapped \
        or the samples come from elsewhere, as in training on given answers
        """,
      evidence: patient.evidence(
        ["mean(\(distances.name))", "mean(ref_logp)", "metric(objective/kl)", "metric(kl)"], at: patient.end),
      advice: "Check which model each log-probability comes from, and that old_logp is the sampler's.", topic: .kl)
  }

  private static func agrees(_ x: Double, _ logged: Double) -> Bool {
    (x - logged).magnitude <= 1e-3 * max(x.magnitude, 1e-6)
  }
}

/// What a trainer may have logged as the KL, from `d = log π − log π_ref`.
private enum KLFormula {
  case k1, k2, k3, invertedK1, invertedK3

  static let right: [KLFormula] = [.k1, .k2, .k3]
  static let wrong: [KLFormula] = [.invertedK3, .invertedK1]

  var text: String {
    switch self {
    case .k1: "d"
    case .k2: "d²/2"
    case .k3: "exp(-d) - 1 + d"
    case .invertedK1: "-d"
    case .invertedK3: "exp(d) - 1 - d"
    }
  }

  func callAsFunction(_ d: Double) -> Double {
    switch self {
    case .k1: d
    case .k2: d * d / 2
    case .k3: Elementary.exp(-d) - 1 + d
    case .invertedK1: -d
    case .invertedK3: Elementary.exp(d) - 1 - d
    }
  }
}

/// `log π − log π_ref` of every token that counts.
private struct ReferenceDistances {
  let rows: [[Double]]
  /// The name of log π.
  let name: String

  /// Nil where the batch has no reference, or where the policy is the reference.
  init?(_ patient: Examination, _ name: String, _ logps: (SampledLogps) -> [Double]) {
    self.name = name
    rows = patient.sampled.map { response in zip(logps(response), response.refLogp).map { $0 - $1 } }
    guard all.contains(where: { $0 != 0 }) else { return nil }
  }

  var all: [Double] { rows.flatMap { $0 } }

  /// Each formula's mean over tokens, and its mean over responses of the sum.
  func estimates(_ formulas: [KLFormula]) -> [Double] {
    formulas.flatMap { formula in
      let sums = rows.map { row in row.reduce(0) { $0 + formula($1) } }
      let total = sums.reduce(0) { $0 + $1 }
      return [total / Double(max(1, all.count)), total / Double(max(1, rows.count))]
    }
  }
}
