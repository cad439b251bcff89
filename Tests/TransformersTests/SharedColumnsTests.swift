import Autodiff
import Testing

@testable import Transformers

/// Threads that share the columns of products sample what threads do that share sequences.
@Suite struct SharedColumnsTests {
  /// Large enough for columns to be shared, with heads that share keys, a window and adapters.
  private func model(workers: Int, rounds: Bool, adapted: Bool) -> Transformer {
    var shape = ModelConfiguration(
      vocabularySize: 51, hiddenSize: 320, intermediateSize: 1370, layerCount: 3, headCount: 5, keyValueHeadCount: 1,
      headSize: 64)
    (shape.slidingWindow, shape.slidingLayers, shape.roundsFactors) = (20, [1], rounds)
    let model = Transformer(shape, seed: 2, workers: Workers(workers))
    return adapted ? AdapterTests.adapted(model) : model
  }

  @Test(arguments: [false, true], [false, true])
  func noBitDependsOnWhoComputesWhat(rounds: Bool, adapted: Bool) {
    let prompts = (0..<13).map { n in (0..<(5 + n / 4 * 9)).map { Int32(($0 + n / 4) * 7 % 51) } }
    var sampling = Sampling(temperature: 0.9, maxTokens: 12, stopTokens: [3])
    sampling.topP = 0.9
    let results = [1, 2, 3].map { workers in
      let model = model(workers: workers, rounds: rounds, adapted: adapted)
      #expect(model.sharesColumns == (workers > 1))
      let texts = model.generate(prompts, sampling) { RandomStream(seed: 4, purpose: 94, UInt32($0)) }
      let batch = TokenBatch.scoring(zip(prompts, texts).map { $0 + $1.tokens }, from: prompts.map(\.count))
      #expect(model.forward(batch, temperature: 0.9).logps == texts.flatMap(\.logps))
      return texts
    }
    #expect(results[1] == results[0] && results[2] == results[0])
    #expect(Set(results[0].map(\.tokens.count)).count > 1, "some end before the others")
  }
}
