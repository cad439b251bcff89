import Objectives
import Recording
import Simulation

/// The numbers by which a stage is told: those of one quantity, or of two that belong together.
struct StageFocus {
  let trace: Trace
  let quantities: [Quantity]
  /// Their terms in the stage, in the order in which they were recorded.
  let terms: [Int]

  /// - Parameter members: The terms of the stage.
  init?(_ stage: Stage?, members: Range<Int>, in trace: Trace) {
    let chosen =
      stage?.focuses.first { focus in members.contains { focus.contains(trace.quantity(of: $0)) } }
      ?? Self.last(members, in: trace).map { [$0] }
    guard let chosen else { return nil }
    self.trace = trace
    quantities = chosen
    terms = members.filter { chosen.contains(trace.quantity(of: $0)) }
  }

  /// What a stage computes last is its result; numbers of samples or parameters are rather shown than those of the batch.
  private static func last(_ members: Range<Int>, in trace: Trace) -> Quantity? {
    let result = members.last { trace.quantity(of: $0) != .metric && !trace.terms[$0].key.indices.isEmpty }
    return (result ?? members.last).map { trace.quantity(of: $0) }
  }

  /// What a number is as long as nothing has happened; nil where there is no such number.
  func rest(of term: Int) -> Double? {
    let key = trace.terms[term].key
    let beat = trace.terms[term].beat
    func other(_ quantities: Quantity...) -> Double? {
      for quantity in quantities {
        if let value = trace.value(quantity, key.i, key.j, at: beat) { return value }
      }
      return nil
    }
    switch trace.quantity(of: term) {
    case .ratio, .sequenceRatio, .clippedRatio, .clippedSequenceRatio: return 1
    // What counts is no news; what is left out is.
    case .isComplete, .lossMask, .offPolicyMask, .entropyMask, .covarianceMask, .trustMask, .samplingMask,
      .sequenceSamplingMask, .samplingWeight, .sequenceSamplingWeight, .rejectionMask, .sequenceRejectionMask:
      return 1
    case .logp: return other(.oldLogp, .refLogp)
    case .refLogp, .teacherLogp: return other(.oldLogp)
    case .chosenLogp: return other(.chosenRefLogp)
    case .rejectedLogp: return other(.rejectedRefLogp)
    case .probabilityAfter: return other(.probabilityBefore)
    case .groupRewardAfter: return other(.groupRewardBefore)
    case .oldLogp, .chosenRefLogp, .rejectedRefLogp, .mismatchedLogp, .entropy, .rewardLoss, .supervisedLoss,
      .teacherLoss, .loss,
      .pairLoss, .exampleLoss:
      return nil
    default: return 0
    }
  }

  /// How far a number is from where it rests; of numbers that never rest, the more surprising one is farther.
  func distance(of term: Int) -> Double {
    let value = trace.value(term)
    if let rest = rest(of: term) {
      return trace.isRoundingNoise(term) ? 0 : (value - rest).magnitude
    }
    switch trace.quantity(of: term) {
    case .oldLogp, .refLogp, .teacherLogp, .chosenRefLogp, .rejectedRefLogp, .mismatchedLogp, .logp: return -value
    default: return value
    }
  }

  /// The terms that are not where they rest.
  var moved: [Int] { terms.filter { !isAtRest($0) } }

  func isAtRest(_ term: Int) -> Bool { rest(of: term) != nil && distance(of: term) == 0 }
}

extension Stage {
  /// By which quantities it is told: the first that were recorded. Where there are none, its last quantity is meant.
  fileprivate var focuses: [[Quantity]] {
    switch self {
    case .supervised: [[.supervisedLoss]]
    case .teaching: [[.teacherLoss], [.teacherLogit]]
    case .teacher: [[.teacherLogp]]
    case .teacherSync: [[.teacherLogit]]
    case .rewardModel: [[.rewardLoss]]
    case .rollout: [[.oldLogp]]
    case .reference: [[.refLogp], [.chosenRefLogp, .rejectedRefLogp]]
    case .score: [[.adjustedScore], [.score], [.chosenScore, .rejectedScore]]
    case .klPenalty: [[.reward], [.kl]]
    case .values: [[.oldValue]]
    case .gae: [[.rawAdvantage]]
    case .whiten: [[.advantage], [.reward]]
    case .policy: [[.logp], [.chosenLogp, .rejectedLogp]]
    case .ratio: [[.sequenceRatio], [.ratio]]
    case .clip: [[.objective], [.sequenceObjective]]
    case .valueLoss: [[.valueObjective], [.valueError]]
    case .loss: [[.loss]]
    case .gradient: [[.policyGradient], [.rewardGradient]]
    case .update: [[.policyStep], [.rewardStep]]
    case .sync, .effect: [[.probabilityAfter], [.policyLogit], [.rewardWeight]]
    case .oracle: [[.exactObjective], [.meanMargin], [.exactReturn], [.perplexity]]
    case .groups: [[.groupStd], [.groupMean], [.baselineStd]]
    case .userGroups: [[.groupRewardAfter]]
    case .preference: [[.scoreMargin]]
    case .logRatio: [[.chosenLogRatio, .rejectedLogRatio], [.responseLogRatio]]
    case .margin: [[.margin]]
    case .pairLoss: [[.pairLoss]]
    case .mismatch: [[.mismatchedLogp]]
    case .referencePoint: [[.mismatchedLogRatio]]
    case .humanValue: [[.exampleLoss]]
    default: []
    }
  }
}
