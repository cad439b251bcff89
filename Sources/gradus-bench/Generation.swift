import Autodiff
import Transformers

private let (prompts, promptLength, newTokens) = (32, 16, 32)

/// Tokens that a model of random weights generates in a second: 32 prompts of 16 tokens, each continued by 32 tokens.
func measureGeneration() {
  heading("Generation, \(prompts) prompts × \(newTokens) new tokens")
  for size in [ModelSize.small, .large] {
    let models = NumberFormat.allCases.map { Transformer(size.configuration(in: $0), seed: 1) }
    let times = fastest(atLeast: 1, inTurn: models.map { model in { generate(model, distinct: prompts) } })
    for (format, time) in zip(NumberFormat.allCases, times) {
      let speed = Double(prompts * newTokens) / time
      row(size.name + format.remark, speed, "tokens/s", id: "generation.\(size.id)" + format.suffix)
      let all = Double(promptLength + newTokens)
      let operations = size.forwardOperationsPerToken(length: promptLength + newTokens) * all / Double(newTokens)
      Machine.share(of: speed * operations, format)
    }
    for precision in [ReducedPrecision.bfloat16, .int8] {
      let engine = models[0].engine(precision)
      let times = fastest(
        atLeast: 1,
        inTurn: [models[0], engine].flatMap { model in
          [{ generate(model, distinct: prompts) }, { generate(model, distinct: 1, sequences: 1) }]
        })
      let speed = Double(prompts * newTokens) / times[2]
      if precision == .int8 {
        row(size.name + ", int8 weights", speed, "tokens/s", id: "generation.\(size.id).int8")
      }
      row(
        "  rollout_dtype=\(precision.rawValue)",
        "\(rounded(times[0] / times[2], 100)) times as fast, \(rounded(times[1] / times[3], 100)) times with one sequence"
      )
    }
    let grouped = fastest(atLeast: 0.5) { generate(models[0], distinct: 4) }
    row("  prompts in groups of 8", "\(Int(Double(prompts * newTokens) / grouped)) tokens/s")
  }
}

func generate(_ model: Transformer, distinct: Int, sequences: Int = prompts) {
  let texts = (0..<sequences).map { number in
    (0..<promptLength).map { Int32((number * distinct / prompts * 31 + $0 * 7) % model.configuration.vocabularySize) }
  }
  let generated = model.generate(texts, Sampling(maxTokens: newTokens)) {
    RandomStream(seed: 1, purpose: 1, UInt32($0))
  }
  precondition(generated.count == sequences)
}
