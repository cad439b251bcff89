import Documents
import Objectives
import Recording
import Reporting
import Simulation
import Testing

/// What `explain` says about single terms.
@Suite struct ExplanationTests {
  /// A term's token stands in a response, an episode, a demonstration or a pair: whatever the algorithm learns from there.
  @Test(arguments: Scenario.builtIn) func aTokenIsOfWhatTheAlgorithmLearnsFrom(scenario: Scenario) throws {
    let trace = scenario.record()
    var seen: Set<String> = []
    for (number, term) in trace.terms.enumerated() {
      let stage = trace.stage(ofBeat: term.beat).name
      guard trace.tokenText(of: term.key, at: term.beat) != nil else { continue }
      guard seen.insert("\(stage) \(term.key.name)").inserted else { continue }
      let isPair = trace.quantity(of: number).description.axes.first == .pair
      let noun = isPair ? "pair" : trace.words.example
      let text = Explanation(trace: trace, beat: term.beat).explain(number).plain
      let place = try #require(text.split(separator: "\n").first { $0.contains("recorded at") })
      #expect(place.hasSuffix(" of \(noun) \(term.key.i)"), "\(trace.text(number))")
      // A pair has two texts: what counts texts must not be called a pair.
      #expect(isPair || noun != "pair", "\(trace.text(number)) of \(stage)")
    }
  }
}
