import Objectives
import Recording

extension Puzzle {
  /// A log-probability that has moved so far that its exponential rules the batch, or overflows.
  ///
  /// Asked in TRL #3015 and OpenRLHF PR 1293: exp overflows to infinity, and 0 · ∞ is NaN.
  static let explodingRatio = Puzzle(name: "exploding-ratio") { patient in
    if patient.misalignment != nil { return nil }
    let found = patient.updates.filter { patient.explosion(in: $0) != nil }
    guard let first = found.first, let explosion = patient.explosion(in: first) else { return nil }
    return Finding(
      name: "exploding-ratio", verdict: patient.fault,
      title: explosion.title + patient.share(found.count),
      explanation: explosion.explanation,
      evidence: patient.evidence(explosion.expressions + ["loss", "max(abs(grad(logp)))"], at: first.beat),
      advice: (patient.batch == nil ? "" : Explosion.suspects)
        + "Clamp the log-ratio (log_ratio_clamp 20 in verl), bound it (clip_ratio_c, delta), lower the learning rate.",
      topic: .ratio)
  }
}

private struct Explosion {
  let title: String
  let explanation: String
  let expressions: [String]

  static func growth(of quantity: String) -> String {
    """
    \(quantity) is an exponential of a difference of log-probabilities: 3 nats are a factor of 20, 20 nats one of 485 \
    million, and beyond 88 single precision overflows.
    """
  }

  static let unclipped =
    " For a negative advantage the minimum takes the unclipped side, so that the clip does not help."

  static let suspects =
    "Look at that token first: one that the sampler could not have produced, a masked or padded one, an offset by one. "

  static let vanishing = "What was sampled is all but impossible to the policy: 20 nats are a factor of 485 million. "

  /// Why that is so in a batch, which may hold anything.
  static let mixedUp = """
    Updates seldom move a policy so far: perhaps the two log-probabilities are not of the same token, or one was replaced \
    by a large negative number.
    """
}

extension Examination {
  /// Whether a ratio may grow without end where the advantage is negative, although there is a clip.
  private var clipsOneSide: Bool {
    algorithm.clipWidths(settings) != nil && settings.optionalNumber(.dualClip) == nil
      && settings.optionalNumber(.delta) == nil
  }

  fileprivate func explosion(in update: Update) -> Explosion? {
    func found(_ token: (i: Int, t: Int, logRatio: Double), _ explanation: String) -> Explosion {
      let place = "[\(token.i),\(token.t)]"
      return Explosion(
        title: "A log-ratio explodes", explanation: explanation,
        expressions: ["log_ratio", "ratio", "logp", "old_logp"].map { $0 + place })
    }
    if let most = furthestToken(in: update, by: { $0 }), !(most.logRatio <= 3) {
      return found(most, Explosion.growth(of: "The ratio") + (clipsOneSide ? Explosion.unclipped : ""))
    }
    // A ratio near 0 multiplies nothing, and where the advantage is negative the clip holds it: that alone is no trouble.
    if let least = furthestToken(in: update, by: { -$0 }), least.logRatio < -20 {
      return found(least, Explosion.vanishing + (batch == nil ? "Updates have moved it so far." : Explosion.mixedUp))
    }
    var worst: (place: String, name: String, value: Double)?
    for quantity in placeholderOfReference == nil ? [Quantity.kl, .klTerm] : [] {
      for term in terms(quantity, of: update) where !(trace.value(term) <= max(20, worst?.value ?? 0)) {
        let key = trace.terms[term].key
        worst = ("[\(key.i),\(key.j)]", quantity.name, trace.value(term))
      }
    }
    return worst.map { worst in
      Explosion(
        title: "A KL estimate explodes", explanation: Explosion.growth(of: "k3"),
        expressions: [worst.name, "logp", "ref_logp"].map { $0 + worst.place })
    }
  }
}
