import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation
import SmallBatches
import Testing

@testable import Debugging

/// What a mask leaves out is nowhere said to be learned from, under whichever loss.
@Suite struct LeftOutTests {
  /// Tokens 1 and 2 of response 0 are a tool's, and response 2 is cut off.
  private func source(_ options: (String, String)...) throws -> Source {
    try SmallBatch.groups(
      [(0, 1, [0.1, 0, 0.5, -0.1]), (0, 0, [-0.05, 0.1]), (0, 2, [0.1])],
      options: [("beta", "0"), ("mask_truncated_completions", "true")] + options,
      truncated: [false, false, true], masks: [[true, false, false, true], nil, nil])
  }

  @Test(arguments: choices(of: .groupLoss), ["token", "sequence"])
  func noSentenceSaysThatTheyAreLearned(lossType: String, level: String) throws {
    // Some losses have a level of their own.
    guard let source = try? source(("loss_type", lossType), ("importance_sampling_level", level)) else { return }
    let trace = source.record()
    let loss = try #require(trace.differentiations.last)
    for (i, t) in [(0, 1), (0, 2), (2, 0)] {
      let logp = try #require(trace.term(TermKey(.logp, i, t), before: trace.terms.count))
      #expect(trace.isLeftOut(i, t, at: 0) && loss.gradient[trace.scalar(logp)] == 0)
    }
    for beat in trace.beats.indices {
      guard let term = trace.beats[beat].terms.first, trace.quantity(of: term).description.axes.first == .sequence
      else { continue }
      let key = trace.terms[term].key
      guard key.j < 0 ? trace.isLeftOut(key.i, at: beat) : trace.isLeftOut(key.i, key.j, at: beat) else { continue }
      let sentence = Narration.sentence(for: beat, in: trace)
      #expect(!sentence.contains("the gradient passes") && !sentence.contains("are to become"), "\(sentence)")
    }
  }

  @Test(arguments: choices(of: .advantageEstimator))
  func anAdvantageHasAMarkWhereItPushes(estimator: String) throws {
    let trace = try source(("advantage_estimator", estimator)).record()
    var count = 0
    for term in trace.terms.indices where [.advantage, .rawAdvantage].contains(trace.quantity(of: term)) {
      count += 1
      let isLeftOut = trace.terms[term].key.i == 2
      #expect((trace.mark(of: term) == nil) == (trace.value(term) == 0 || isLeftOut))
    }
    #expect(count >= 3)
  }

  @Test func responsesShowWhatIsPushed() throws {
    var session = Session(source: try source(("advantage_estimator", "rloo")))
    _ = session.run("goto metrics")
    let lines = session.responses().plain.split(separator: "\n")
    #expect(lines.map { $0.filter { "▲▼".contains($0) } } == ["", "▼▼", ""])
    _ = session.run("set mask_truncated_completions false")
    _ = session.run("goto metrics")
    #expect(session.responses().plain.split(separator: "\n").last?.contains("▲") == true)
  }
}

/// The values of an option.
private func choices(of option: Option) -> [String] {
  guard case .choice(let names) = option.description.kind else { return [] }
  return names
}
