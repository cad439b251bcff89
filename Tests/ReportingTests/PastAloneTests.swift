import Recording
import Reporting
import Simulation
import Testing

/// A position knows its past alone: when what comes after it is changed, nothing that it shows changes.
@Suite(.serialized) struct PastAloneTests {
  private static let batches = ["ppo-tight-clip", "grpo-basic", "dpo-sigmoid"]

  @Test(arguments: Scenario.builtIn.map(\.name) + batches)
  func noDiagramShowsWhatComesLater(name: String) throws {
    let fixture =
      try Scenario.builtIn.first { $0.name == name }.map { DiagramFixtures.Fixture(.scenario($0)) }
      ?? DiagramFixtures.batch(name)
    let (source, trace) = (fixture.source, fixture.trace)
    for beat in Self.positions(in: trace) {
      guard let later = try Self.laterTerm(in: trace, after: beat) else { continue }
      let other = source.record(overrides: [later])
      for what in Diagrams.names(for: trace) where what != "pipeline" {
        let pair = [trace, other].map { try? Diagrams.dot(what, trace: $0, source: source, at: beat) }
        #expect(pair[0] == pair[1], "\(what) at beat \(beat) shows \(trace.glossary.text(later.key)) of later")
      }
      let samples = [trace, other].map { IterationSamples(of: $0, at: beat) }
      #expect(samples[0].sequences == samples[1].sequences)
    }
  }

  /// The middle of the first and the second run of every stage.
  private static func positions(in trace: Trace) -> [Int] {
    var counts: [String: Int] = [:]
    return trace.stages.compactMap { run in
      counts[run.name, default: 0] += 1
      return counts[run.name] ?? 0 <= 2 ? (run.beats.lowerBound + run.beats.upperBound - 1) / 2 : nil
    }
  }

  /// Another value for the first number that is recorded later, and not computed from numbers of the same stage: without its
  /// formula a stage would have other arrows.
  private static func laterTerm(in trace: Trace, after beat: Int) throws -> Override? {
    let stage = trace.beats[beat].stage
    let found = trace.terms.indices.first { term in
      let place = trace.terms[term].beat
      return place > beat && (trace.beats[place].stage != stage || trace.formula(of: term) == nil)
    }
    guard let found else { return nil }
    let key = trace.terms[found].key
    let occurrence = try #require(trace.occurrences(of: key).firstIndex(of: found))
    return Override(key: key, occurrence: occurrence, value: trace.value(found) / 2 + 0.1)
  }

  @Test func whatIsNotThereYetIsSaidToComeLater() throws {
    let fixture = DiagramFixtures.review
    func message(_ what: String, at beat: Int) -> String {
      do throws(DiagramNameError) {
        return try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: beat)
      } catch {
        return error.message
      }
    }
    let gae = try #require(fixture.trace.stages.first { $0.name == "gae" }).beats.lowerBound
    #expect(message("gae", at: 3) == "gae is not there yet at beat 3: it comes at 0 gae, beat \(gae)")
    #expect(message("trajectories", at: 0) == "nothing is sampled yet at beat 0: choose a position from rollout on")
    #expect(
      message("objective[0,0]", at: gae).hasPrefix("objective[0,0] is not there yet at beat \(gae): it comes at 0/"))
  }
}
