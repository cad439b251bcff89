import Formats
import Foundation
import Testing

@testable import Training

/// The loss curves of PyTorch and transformers on the same model, data and options.
@Suite struct LossCurveTests {
  private struct Curve: Decodable { let steps: [[String: Double]] }

  @Test(arguments: [Trainer.sft, .dpo])
  func eachStepIsThatOfPyTorch(trainer: Trainer) throws {
    let file = "\(modelPath("llama-tiny"))/expected-\(trainer.rawValue)-curve.json"
    let expected = try JSONDecoder().decode(Curve.self, from: Data(readFile(file))).steps
    #expect(expected.count == 12)
    let run = try SmallRun(trainer).train("max_steps=12", "learning_rate=0.001", "shuffle=false", "workers=2")
    let lines = try run.metrics()
    #expect(lines.map(\.step) == Array(1...12))
    for (line, step) in zip(lines, expected) {
      for (name, value) in step {
        let actual = try #require(line[name], "\(name) is not logged")
        #expect(abs(actual - value) < 1e-4 * max(1, abs(value)), "step \(line.step), \(name): \(actual), not \(value)")
      }
    }
  }
}
