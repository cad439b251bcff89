import Autodiff
import Foundation
import Transformers

/// The two sizes that are measured here and compared with PyTorch in `Sources/gradus-bench/Benchmarks`.
struct ModelSize {
  let name: String
  /// Its name in `Benchmarks/compare.py`.
  let id: String
  let configuration: ModelConfiguration
  /// The number of sequences in a training step, and their length.
  let sequences, length: Int

  static let small = ModelSize(
    name: "0.87 M", id: "small",
    configuration: ModelConfiguration(
      vocabularySize: 99, hiddenSize: 128, intermediateSize: 384, layerCount: 4, headCount: 4),
    sequences: 32, length: 64)

  static let large = ModelSize(
    name: "10.7 M", id: "large",
    configuration: ModelConfiguration(
      vocabularySize: 99, hiddenSize: 384, intermediateSize: 1024, layerCount: 6, headCount: 6),
    sequences: 8, length: 128)

  /// Floating-point operations of a training step per token: a multiply-add counts as two, the backward pass as two forward
  /// passes; attention covers half a square.
  var operationsPerToken: Double { 3 * forwardOperationsPerToken(length: length) }

  /// Those of a forward pass, in a sequence of this length.
  func forwardOperationsPerToken(length: Int) -> Double {
    let model = configuration
    let weights =
      model.layerCount
      * (model.hiddenSize * (2 * model.querySize + 2 * model.keySize) + 3 * model.hiddenSize * model.intermediateSize)
      + model.hiddenSize * model.vocabularySize
    return 2 * Double(weights) + 2 * Double(model.layerCount * length * model.querySize)
  }

  func configuration(in format: NumberFormat) -> ModelConfiguration {
    var result = configuration
    result.roundsFactors = format == .bfloat16
    return result
  }

  func randomSequences(_ random: inout RandomStream) -> [[Int32]] {
    (0..<sequences).map { _ in (0..<length).map { _ in Int32(random.below(configuration.vocabularySize)) } }
  }
}

/// A training step on random tokens: forward, backward and AdamW.
func trainingStep(_ size: ModelSize, _ format: NumberFormat = .float32, workers: Workers) -> () -> Void {
  let model = Transformer(size.configuration(in: format), seed: 1, workers: workers)
  let optimizer = AdamW(for: model)
  let gradient = Parameters(count: model.parameters.count)
  var random = RandomStream(seed: 1, purpose: 1)
  let sequences = size.randomSequences(&random)
  let batch = TokenBatch.scoring(sequences, from: sequences.map { _ in 1 })
  let rows = [Float](repeating: -1 / Float(batch.rowCount), count: batch.rowCount)
  return {
    gradient.clear()
    model.forward(batch, keepsActivations: true).backward(rows, into: gradient)
    optimizer.step(gradient, scale: min(1, 1 / gradient.norm(workers)), learningRate: 1e-3)
  }
}
