import Objectives
public import Recording
import Simulation

// What is shown at a position was sometimes recorded before its iteration, or in another minibatch.
extension Expression {
  /// `of iteration 0` or `of 0/0/1` where the numbers that an expression uses are older than the position; else nil.
  public func originNote(in trace: Trace, at beat: Int) -> String? {
    trace.originNote(loopsUsed(in: trace, at: beat), at: beat)
  }
}

extension Trace {
  /// The same for one term.
  public func originNote(of term: Int, at beat: Int) -> String? { originNote([loops(of: term)], at: beat) }

  /// The iteration whose samples are shown: after the last one, still that one.
  public func sampleIteration(at beat: Int) -> Int? {
    let now = stage(ofBeat: beat).loops.iteration
    let last = stages.last { $0.loops.minibatch != nil }?.loops.iteration
    guard let now, let last else { return now }
    return min(now, last)
  }

  /// Where a term was recorded; nowhere for what is carried from one step to the next, and so is of now.
  func loops(of term: Int) -> LoopPosition {
    switch quantity(of: term) {
    case .policyLogit, .criticValue, .referenceLogit, .rewardWeight, .klCoefficient,
      .policyMoment, .policySquare, .criticMoment, .criticSquare, .rewardMoment, .rewardSquare:
      LoopPosition()
    default: stage(ofBeat: terms[term].beat).loops
    }
  }

  fileprivate func originNote(_ loops: [LoopPosition], at beat: Int) -> String? {
    var here = stage(ofBeat: beat).loops
    here.iteration = sampleIteration(at: beat)
    let earlier = loops.filter { $0.isEarlier(than: here) }
    guard var latest = earlier.first else { return nil }
    for position in earlier where latest.isEarlier(than: position) { latest = position }
    let name = latest.minibatch == nil ? "iteration \(latest.text)" : latest.text
    let isMixed = earlier.count < loops.count || earlier.contains { $0 != latest }
    return (isMixed ? "partly of " : "of ") + name
  }
}

extension Trace {
  /// Where a number comes from that was not computed.
  public func originText(of term: Int) -> String {
    if terms[term].computedNode != nil { return "a what-if" }
    return switch quantity(of: term) {
    case .policyLogit, .criticValue, .referenceLogit, .rewardWeight: "a parameter"
    case .draw: "a random number"
    case .token: "sampled"
    case .policyGradient, .criticGradient, .sampledGradient: "a derivative, from the reverse pass"
    case .exactObjectiveError, .optimumObjectiveError: "from sampled responses"
    case .exactReward, .trueReward, .exactKL: overEverything
    case .exactObjective, .optimumReward, .optimumObjective, .exactGradient:
      overEverything
        + (occurrences(of: TermKey(.exactObjectiveError)).isEmpty ? "" : ", but for its rules, which are sampled")
    case .exactLoss: "over all examples"
    default: "a recorded number"
    }
  }
}

extension Trace {
  private var overEverything: String {
    glossary.hasActions ? "from the equations of the states" : "over every possible response"
  }
}

extension Trace.LoopPosition {
  /// Whether a position is of an earlier iteration, or of an earlier minibatch where both are of one.
  fileprivate func isEarlier(than other: Trace.LoopPosition) -> Bool {
    guard let iteration, let otherIteration = other.iteration else { return false }
    guard iteration == otherIteration else { return iteration < otherIteration }
    guard let epoch, let minibatch, let otherEpoch = other.epoch, let otherMinibatch = other.minibatch else {
      return false
    }
    return (epoch, minibatch) < (otherEpoch, otherMinibatch)
  }
}
