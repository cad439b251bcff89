import Autodiff
import Transformers

/// Tokens that a model of random weights generates in a second: 32 prompts of 8 tokens, each continued by 32 tokens.
func measureGeneration() {
  for (name, configuration) in [("0.87 M", smallShape), ("10.7 M", largeShape)] {
    print("Generation, \(name) parameters, 32 prompts × 32 new tokens")
    for workers in [1, 2] {
      let model = Transformer(configuration, seed: 1, workers: Workers(workers))
      for (prompts, distinct) in [("prompts", 32), ("prompts in groups of 8", 4)] {
        let rate = tokensPerSecond(model, distinct: distinct)
        row("\(workers) \(workers == 1 ? "worker" : "workers"), \(distinct) \(prompts)", "\(Int(rate)) tokens/s")
      }
    }
  }
}

private let smallShape = ModelConfiguration(
  vocabularySize: 99, hiddenSize: 128, intermediateSize: 384, layerCount: 4, headCount: 4)
private let largeShape = ModelConfiguration(
  vocabularySize: 99, hiddenSize: 384, intermediateSize: 1024, layerCount: 6, headCount: 6)

private func tokensPerSecond(_ model: Transformer, distinct: Int) -> Double {
  let (count, new) = (32, 32)
  let prompts = (0..<count).map { number in
    (0..<8).map { Int32((number * distinct / count * 31 + $0 * 7) % model.configuration.vocabularySize) }
  }
  var made = 0
  let time = seconds {
    let generated = model.generate(prompts, Sampling(maxTokens: new)) {
      RandomStream(seed: 1, purpose: 1, UInt32($0))
    }
    made = generated.reduce(0) { $0 + $1.tokens.count }
  }
  return Double(made) / time
}
