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

  private static let batches = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "SimulationTests/Oracles")

  /// The batches that have numbers by other people's implementations beside them.
  static let batchNames: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: batches.path)) ?? []
    return files.filter { $0.hasSuffix(".batch.json") }.map { String($0.dropLast(".batch.json".count)) }.sorted()
  }()

  static func batch(_ name: String) throws -> Fixture {
    let file = batches.appending(path: "\(name).batch.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    return Fixture(.batch(try Batch(JSONReader.read(text)), name: name))
  }
}
