import Autodiff
import Foundation
import Testing

@testable import Transformers

/// What samples is what is trained: the log-probabilities that come with sampled tokens are those of a forward pass to the last
/// bit, on every kind of CPU, for every batch and any number of threads.
@Suite struct SameSamplerTests {
  /// Like Llama, with a window, like GPT-2, like Gemma; as a whole and with adapters.
  private static let kinds = [SmallModel.llama, .windowOfBlocks, .layerNorm, .normsAround]

  /// The kernels are chosen when they are first used, and so in a process of their own.
  @Test(arguments: ["avx512bf16", "avx512", "avx2", "portable"])
  func onEveryKindOfCPU(kernels: String) async {
    await #expect(processExitsWith: .success) { [kernels] in
      setenv("GRADUS_KERNELS", kernels, 1)
      // A CPU without them takes the next ones.
      let order = ["avx512bf16", "avx512", "avx2", "portable"]
      #expect(order.firstIndex(of: ProductPeak.kernelName) ?? -1 >= order.firstIndex(of: kernels) ?? -1)
      for kind in SameSamplerTests.kinds {
        for rounds in [false, true] {
          for workers in [1, 3] {
            let model = AdapterTests.base(kind, isHalf: false, workers: workers, rounds: rounds)
            SameSamplerTests.check(model, kind)
            SameSamplerTests.check(AdapterTests.adapted(model), kind)
          }
        }
      }
    }
  }

  private static func check(_ model: Transformer, _ kind: SmallModel) {
    let prompts = (0..<20).map { n in
      let text = kind.sequences[n / 4]
      return Array(text.prefix(1 + n / 4 * 5))
    }
    let sampling = Sampling(temperature: 0.8, maxTokens: 24)
    for batch in [1, 7, 20] {
      for start in stride(from: 0, to: prompts.count, by: batch) {
        let some = Array(prompts[start..<min(start + batch, prompts.count)])
        let texts = model.generate(some, sampling) { RandomStream(seed: 3, purpose: 93, UInt32(start + $0)) }
        let pass = model.forward(
          .scoring(zip(some, texts).map { $0 + $1.tokens }, from: some.map(\.count)), temperature: 0.8)
        // The ratio of the two is 1, and every estimate of their KL divergence is 0.
        #expect(pass.logps == texts.flatMap(\.logps), "\(kind), \(batch) at a time")
      }
    }
  }
}
