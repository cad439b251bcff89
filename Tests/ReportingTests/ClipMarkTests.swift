import Objectives
import Plots
import Recording
import Reporting
import Simulation
import Testing

/// The sign of a clip stands where no gradient passes, under every option.
@Suite struct ClipMarkTests {
  static let runs =
    EverySentenceTests.runs.filter { ["ppo", "ppo-classic", "grpo"].contains($0.name) }
    + [
      EverySentenceTests.Run(name: "grpo", changes: [("delta", "1.05"), ("beta", "0")]),
      EverySentenceTests.Run(name: "ppo", changes: [("clip_ratio_c", "1.1"), ("learning_rate", "0.5")]),
    ]

  @Test(arguments: runs)
  func noGradientPassesAClip(run: EverySentenceTests.Run) throws {
    let source: Source
    do { source = try run.source() } catch is OptionError { return }  // a combination that is refused
    let trace = source.record()
    // A KL in the loss pushes what the clip does not.
    if trace.stages.contains(where: { $0.name == Stage.klLoss.name }) { return }
    let end = trace.beats.count - 1
    for term in trace.terms.indices where trace.quantity(of: term) == .objective && trace.mark(of: term) == .clipped {
      let key = trace.terms[term].key
      guard let logp = trace.term(TermKey(.logp, key.i, key.j), before: term) else { continue }
      #expect(trace.gradient(of: logp, at: end) == 0, "\(run): \(trace.text(term))")
    }
  }
}
