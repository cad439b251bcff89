import Documents
import Foundation
import Recording
import Simulation

/// Recordings to draw, each made once.
enum DiagramFixtures {
  nonisolated(unsafe) static let review = Fixture(.scenario(Scenario.builtIn[0]))
  nonisolated(unsafe) static let hostile = Fixture(.scenario(hostileScenario))

  final class Fixture {
    let source: Source
    let trace: Trace

    init(_ source: Source) {
      self.source = source
      trace = source.record()
    }

    var end: Int { trace.beats.count - 1 }
  }

  /// Tokens that are markup, escapes, controls and too long.
  private static var hostileScenario: Scenario {
    var scenario = Scenario.builtIn[0]
    scenario.world.vocabulary = [
      "<b>\"x\"&</b>", "a|b", "w\\n\n\u{1}", String(repeating: "long", count: 12), "&lt;", "日本語", " \\", "<eos>",
    ]
    return scenario
  }

  static func batch(_ name: String) throws -> Fixture {
    let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = directory.appending(path: "SimulationTests/Oracles/\(name).batch.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    return Fixture(.batch(try Batch(JSONReader.read(text)), name: name))
  }
}
