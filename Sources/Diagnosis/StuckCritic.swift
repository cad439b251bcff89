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
        name: "stuck-critic", verdict: .bug,
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
    guard let batch = patient.batch, batch.stepShare == 1, patient.algorithm.has(.critic),
      let term = patient.all(.explainedVariance).last, patient.all(.returns).count >= 12
    else { return nil }
    let explained = patient.trace.value(term)
    guard explained < -1 else { return nil }
    return Finding(
      name: "useless-critic", verdict: .caution,
      title: "The critic explains less than nothing of the returns: \(NumberText.short(explained, digits: 3))",
      explanation: """
        1 would be a critic that foresees every return, 0 one that says their mean. Below 0 its guesses are further from \
        the returns than their mean is, and the advantages have its errors in them.
        """,
      evidence: patient.evidence(
        ["metric(critic/vf_explained_var)", "mean(return)", "mean(old_value)", "metric(loss/value_avg)"],
        at: patient.end),
      advice:
        "Give the critic a larger learning rate, or some updates before the policy moves; look at the returns' scale.",
      topic: .critic)
  }
}
