import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Nearly every value's gradient is 0 although the value loss is not: the clip of the value holds them.
  static let stuckCritic = Puzzle(name: "stuck-critic") { patient in
    for update in patient.updates {
      let values = patient.terms(.value, of: update)
      guard !values.isEmpty, let loss = patient.values(.valueLoss, of: update).last, loss > 1e-9,
        patient.settings.number(.vfCoef) != 0
      else { continue }
      let stuck = values.filter { update.gradient[patient.trace.scalar($0)] == 0 }
      guard 10 * stuck.count >= 9 * values.count else { continue }
      let place = patient.trace.text(stuck[0]).dropFirst("value".count)
      let range = patient.settings.optionalNumber(.cliprangeValue).map { "\(NumberText.plain($0))" } ?? "none"
      return Finding(
        name: "stuck-critic", verdict: patient.fault,
        title: "The critic cannot learn: \(stuck.count) of \(values.count) values have the gradient 0",
        explanation: """
          The value loss is \(NumberText.short(loss)), and yet nothing follows from it. A value that has moved further \
          than cliprange_value = \(range) from where it was counts with the clipped one, which is a constant, where \
          that has the larger error: there the critic gets no gradient, however wrong it is.
          """,
        evidence: patient.evidence(
          [
            "value_loss", "value\(place)", "old_value\(place)", "clipped_value\(place)", "return\(place)",
            "max(abs(grad(value)))", "metric(val/clipfrac_avg)",
          ], at: update.beat),
        advice: """
          Widen cliprange_value or switch it off (none), scale rewards so that returns are of the size of a value's \
          step, or start the critic nearer to the returns.
          """,
        topic: .critic)
    }
    return nil
  }

  /// The critic explains nothing of the returns: it adds noise to the advantages.
  static let uselessCritic = Puzzle(name: "useless-critic") { patient in
    let returns = patient.all(.returns)
    // Within one answer the returns hardly differ, so that their variance is no measure.
    let answers = Set(returns.map { patient.trace.terms[$0].key.i })
    guard let batch = patient.batch, patient.algorithm.has(.critic), returns.count >= 12, answers.count >= 4,
      patient.settings.number(.vfCoef) != 0,
      let fault = patient.constantValue ?? patient.valuesOutOfReach ?? patient.valuesBesideReturns
        ?? (batch.stepShare == 1 ? patient.lackOfExplanation : nil)
    else { return nil }
    return Finding(
      name: "useless-critic", verdict: .caution, title: fault.title, explanation: fault.explanation,
      evidence: patient.evidence(
        [
          "metric(critic/vf_explained_var)", "mean(return)", "mean(old_value)", "min(old_value)", "max(old_value)",
          "metric(loss/value_avg)",
        ], at: patient.end),
      advice: fault.advice, topic: .critic)
  }
}

extension Examination {
  fileprivate struct CriticFault {
    let title, explanation: String
    var advice =
      "Give the critic a larger learning rate, or some updates before the policy moves; look at the returns' scale."
  }

  private var oldValues: [Double] { all(.oldValue).map { trace.value($0) } }

  /// One value for all tokens; 0 is what a new critic may begin with.
  fileprivate var constantValue: CriticFault? {
    let values = oldValues
    guard let first = values.first, values.allSatisfy({ $0 == first }), first != 0 || (batch?.step ?? 0) > 1 else {
      return nil
    }
    return CriticFault(
      title: "The critic says \(NumberText.short(first)) of all \(values.count) tokens",
      explanation: """
        It tells no token from another, so that nothing is subtracted from the returns but a number: advantages are as noisy \
        as the returns are.
        """,
      advice: "Look at whether the values are the critic's at all, and whether its parameters learn.")
  }

  /// Values that no response's rewards come near.
  fileprivate var valuesOutOfReach: CriticFault? {
    // Rewards are summed from the end: what a token still earns.
    var (earned, sum, response) = (0.0, 0.0, -1)
    for term in all(Quantity.reward).reversed() {
      let key = trace.terms[term].key
      if key.i != response { (sum, response) = (0, key.i) }
      sum += trace.value(term)
      earned = max(earned, sum.magnitude)
    }
    let said = mean(oldValues.map { $0.magnitude })
    guard earned > 0, said > 10 * earned else { return nil }
    return CriticFault(
      title:
        "The critic's values are about \(NumberText.short(mean(oldValues), digits: 3)), and no token earns such a return",
      explanation: """
        What a response's tokens still earn is \(NumberText.short(earned, digits: 3)) at most, up or down. A critic that says 0 \
        everywhere would be nearer, and the advantages consist of its errors.
        """,
      advice: "Look at what the values are: another head, another scale of rewards, or a critic of another task.")
  }

  /// Values that are nearly one number, far from the returns, when the critic has had time.
  fileprivate var valuesBesideReturns: CriticFault? {
    let (values, returns) = (oldValues, all(Quantity.returns).map { trace.value($0) })
    let (said, earned, spread) = (mean(values), mean(returns), deviation(returns))
    guard let step = batch?.step, step > 10, spread > 0, deviation(values) < 0.2 * spread,
      (said - earned).magnitude > 2 * spread
    else { return nil }
    return CriticFault(
      title: "The critic says about \(NumberText.short(said, digits: 3)) of every token, and returns are about "
        + NumberText.short(earned, digits: 3),
      explanation: """
        It tells no token from another, and is wrong by the same at all of them. Where advantages are not whitened, they all have \
        that error in them.
        """)
  }

  fileprivate var lackOfExplanation: CriticFault? {
    guard let term = all(.explainedVariance).last, trace.value(term) < -1 else { return nil }
    return CriticFault(
      title: "The critic explains less than nothing of the returns: \(NumberText.short(trace.value(term), digits: 3))",
      explanation: """
        1 would be a critic that foresees every return, 0 one that says their mean. Below 0 its guesses are further from \
        the returns than their mean is, and the advantages have its errors in them.
        """)
  }
}
