public import Objectives
import Plots
public import Recording
import Simulation

/// The responses of the iteration in which a position lies, as far as they are known there.
public struct IterationSamples {
  private let trace: Trace
  /// The beats of the iteration up to the position; nil before the first one begins.
  let beats: ClosedRange<Int>?
  /// The numbers of the sequences that are sampled by now, in that order.
  public let sequences: [Int]

  public init(of trace: Trace, at beat: Int) {
    self.trace = trace
    let rollout = trace.stages.last { $0.name == Stage.rollout.name && $0.beats.lowerBound <= beat }
    beats = rollout.map { $0.beats.lowerBound...beat }
    sequences = rollout.map { Self.sequences(in: trace, $0.beats.clamped(to: 0..<(beat + 1))) } ?? []
  }

  private static func sequences(in trace: Trace, _ beats: Range<Int>) -> [Int] {
    var found: [Int] = []
    for beat in beats {
      for term in trace.beats[beat].terms where trace.quantity(of: term) == .oldLogp {
        let sequence = trace.terms[term].key.i
        if found.last != sequence && !found.contains(sequence) { found.append(sequence) }
      }
    }
    return found
  }

  /// Which iteration's they are.
  public var iteration: Int? { beats.flatMap { trace.stage(ofBeat: $0.lowerBound).loops.iteration } }

  /// The latest term of the iteration, if it has such a one by now.
  public func term(_ quantity: Quantity, _ i: Int, _ j: Int = -1) -> Int? {
    guard let beats, let term = trace.term(TermKey(quantity, i, j), at: beats.upperBound),
      trace.terms[term].beat >= beats.lowerBound
    else { return nil }
    return term
  }

  /// How many tokens the sequence has so far.
  public func tokenCount(_ i: Int) -> Int {
    var count = 0
    while term(.oldLogp, i, count) != nil { count += 1 }
    return count
  }

  /// A token's advantage, or that of its response; before it is whitened, the raw one.
  public func advantage(_ i: Int, _ t: Int) -> Int? {
    term(.advantage, i, t) ?? term(.rawAdvantage, i, t) ?? term(.advantage, i) ?? term(.rawAdvantage, i)
  }

  /// Whether a mask leaves the token out, whatever its advantage.
  public func isPassedOver(_ i: Int, _ t: Int) -> Bool {
    beats.map { trace.isPassedOver(i, t, at: $0.upperBound) } ?? false
  }

  /// Whether a token's gradient was cut by the clip in its latest minibatch.
  public func isClipped(_ i: Int, _ t: Int) -> Bool {
    term(.objective, i, t).map { trace.mark(of: $0) == .clipped } ?? false
  }
}
