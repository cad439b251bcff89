import Autodiff
import Testing

@testable import Objectives

/// What is logged of responses that another engine sampled, and which of their tokens are counted.
@Suite struct SamplerMetricTests {
  /// Keeps the metrics.
  private final class Log: Observer {
    let tape = Tape()
    private(set) var metrics: [Metric: Double] = [:]

    func begin(_ stage: Stage) {}
    func beat() {}
    func term(_ quantity: Quantity, _ i: Int, _ j: Int, _ x: Scalar) -> Scalar {
      if quantity == .metric, let metric = Metric(rawValue: i) { metrics[metric] = x.value }
      return x
    }
  }

  /// Two responses of two tokens: the policy says −1 of each, the sampler −1.5 and −1, and of the second −3 and −1.
  private func differences(masksTruncated: Bool, secondIsComplete: Bool) throws -> (mean: Double?, max: Double?) {
    let log = Log()
    var settings = Settings()
    try settings.set(.maskTruncated, to: .flag(masksTruncated))
    let responses = [(0, -1.5, true), (1, -3.0, secondIsComplete)].map { i, sampled, isComplete in
      GroupResponse(
        index: i, group: 0, oldLogp: [log.tape.leaf(-1), log.tape.leaf(-1)], refLogp: nil, reward: log.tape.leaf(1),
        isComplete: isComplete, samplingLogp: [log.tape.leaf(sampled), log.tape.leaf(-1)])
    }
    recordGroupMetrics(responses, updates: [], settings: settings, observer: log)
    return (log.metrics[.samplingDifferenceMean], log.metrics[.samplingDifferenceMax])
  }

  @Test(arguments: [(false, true), (false, false), (true, true)])
  func allTokensCount(masksTruncated: Bool, isComplete: Bool) throws {
    let found = try differences(masksTruncated: masksTruncated, secondIsComplete: isComplete)
    #expect(found == (0.625, 2))
  }

  @Test func aMaskedResponseDoesNot() throws {
    let found = try differences(masksTruncated: true, secondIsComplete: false)
    #expect(found == (0.25, 0.5))
  }

  @Test func stepsAfterTheTokensCountWhateverWasRejected() {
    let tape = Tape()
    var response = Response(
      index: 0, oldLogp: [tape.leaf(-1), tape.leaf(-1)], refLogp: [], exactKL: nil, score: tape.leaf(1), hasEOS: true,
      oldValues: [])
    #expect((0..<4).map(response.counts) == [true, true, true, true])
    response.tokenMask = [true, false]
    #expect((0..<4).map(response.counts) == [true, false, true, true])
  }
}
