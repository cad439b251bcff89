import Autodiff
import Transformers

/// Tokens that a model of random weights generates in a second: 32 prompts of 8 tokens, each continued by 32 tokens.
func measureGeneration() {
  heading("Generation, 32 prompts × 32 new tokens")
  for size in [ModelSize.small, .large] {
    let model = Transformer(size.configuration, seed: 1)
    row("\(size.name)", tokensPerSecond(model, distinct: 32), "tokens/s", id: "generation.\(size.id)")
    row("  prompts in groups of 8", "\(Int(tokensPerSecond(model, distinct: 4))) tokens/s")
  }
}

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
