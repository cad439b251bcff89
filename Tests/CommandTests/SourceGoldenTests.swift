import Foundation
import Recording
import Reporting
import Simulation
import Testing

/// Every built-in source, by its last numbers, the sentences of its first steps and the hash of all of it.
@Suite struct SourceGoldenTests {
  @Test(arguments: Scenario.builtIn.map(\.name))
  func recordsTheSameRun(name: String) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == name })
    let trace = scenario.record()
    var text = try Program()(["print", name]).output + "\n"
    // One sentence for each stage: that of its first beat.
    var seen: Set<String> = []
    for stage in trace.stages where seen.insert(stage.name).inserted {
      text += "\(stage.name): \(Narration.sentence(for: stage.beats.lowerBound, in: trace))\n"
    }
    text += "\n" + Fingerprint.fnv1a64(TraceJSON.text(trace, source: .scenario(scenario))) + "\n"
    try Golden.expect(text, "source-\(name).txt")
  }
}
