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
  var operationsPerToken: Double {
    let model = configuration
    let weights =
      model.layerCount
      * (model.hiddenSize * (2 * model.querySize + 2 * model.keySize) + 3 * model.hiddenSize * model.intermediateSize)
      + model.hiddenSize * model.vocabularySize
    return 6 * Double(weights) + 6 * Double(model.layerCount * length * model.querySize)
  }

  func randomSequences(_ random: inout RandomStream) -> [[Int32]] {
    (0..<sequences).map { _ in (0..<length).map { _ in Int32(random.below(configuration.vocabularySize)) } }
  }
}

/// Training tokens per second: forward, backward and AdamW.
func trainingSpeed(_ size: ModelSize, workers: Workers) -> Double {
  let model = Transformer(size.configuration, seed: 1, workers: workers)
  let optimizer = AdamW(for: model)
  let gradient = Parameters(count: model.parameters.count)
  var random = RandomStream(seed: 1, purpose: 1)
  let sequences = size.randomSequences(&random)
  let batch = TokenBatch.scoring(sequences, from: sequences.map { _ in 1 })
  let rows = [Float](repeating: -1 / Float(batch.rowCount), count: batch.rowCount)
  let seconds = fastest(atLeast: 1.5) {
    gradient.clear()
    model.forward(batch, keepsActivations: true).backward(rows, into: gradient)
    optimizer.step(gradient, scale: min(1, 1 / gradient.norm(workers)), learningRate: 1e-3)
  }
  return Double(batch.tokenCount) / seconds
}
