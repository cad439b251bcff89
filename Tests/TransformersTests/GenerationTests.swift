import Autodiff
import Foundation
import Testing

@testable import Transformers

private let kinds = SmallModel.allCases.filter { $0 != .scalar }

private func stream(_ number: Int) -> RandomStream { RandomStream(seed: 11, purpose: 96, UInt32(number)) }

extension SmallModel {
  /// Prompts of several lengths, with neighbours that are the same, as a group has them.
  fileprivate func prompts(_ count: Int) -> [[Int32]] {
    (0..<count).map { number in
      var random = RandomStream(seed: 12, purpose: 95, UInt32(number / 3))
      return (0..<1 + number / 3 * 7 % 30).map { _ in Int32(random.below(configuration.vocabularySize)) }
    }
  }
}

@Suite struct GenerationTests {
  /// To the last bit: what samples is what is trained.
  @Test(arguments: kinds, [false, true])
  func logpsAreThoseOfAForwardPass(kind: SmallModel, rounds: Bool) {
    for temperature in [Float(1), 0.6, 0] { logpsAreThoseOfAForwardPass(kind, rounds, temperature) }
  }

  private func logpsAreThoseOfAForwardPass(_ kind: SmallModel, _ rounds: Bool, _ temperature: Float) {
    let (model, prompts) = (kind.transformer(rounds: rounds), kind.prompts(12))
    let generated = model.generate(prompts, Sampling(temperature: temperature, maxTokens: 20), random: stream)
    let batch = TokenBatch.scoring(zip(prompts, generated).map { $0 + $1.tokens }, from: prompts.map(\.count))
    let pass = model.forward(batch, temperature: temperature == 0 ? 1 : temperature)
    let logps = generated.flatMap(\.logps)
    #expect(logps.count == 12 * 20 && logps == pass.logps)
  }

  @Test(arguments: kinds, [false, true])
  func resultsDoNotDependOnBatchesOrWorkers(kind: SmallModel, rounds: Bool) {
    let prompts = kind.prompts(32)
    var sampling = Sampling(temperature: 0.9, maxTokens: 17, stopTokens: [3, 5])
    sampling.topP = 0.95
    func generate(workers: Int, batch: Int) -> [Generated] {
      let model = kind.transformer(workers: workers, rounds: rounds)
      return stride(from: 0, to: prompts.count, by: batch).flatMap { start in
        model.generate(Array(prompts[start..<min(start + batch, prompts.count)]), sampling) { stream(start + $0) }
      }
    }
    let alone = generate(workers: 1, batch: 1)
    for workers in [1, 2, 4] {
      for batch in [1, 5, 32] { #expect(generate(workers: workers, batch: batch) == alone) }
    }
  }

  @Test func moreSequencesThanGoThroughAtATime() {
    let (model, prompts) = (SmallModel.llama.transformer(workers: 2), SmallModel.llama.prompts(301))
    let sampling = Sampling(maxTokens: 3)
    let together = model.generate(prompts, sampling, random: stream)
    let one = model.generate([prompts[300]], sampling) { _ in stream(300) }
    #expect(together.count == 301 && together[300] == one[0])
  }

  @Test func aPromptLongerThanGoesThroughAtATime() {
    let model = SmallModel.qwen3.transformer()
    let long = (0..<1100).map { Int32($0 * 7 % 21) }
    let prompts = [[1], long, long, [2, 3], long]
    let generated = model.generate(prompts, Sampling(maxTokens: 4), random: stream)
    let batch = TokenBatch.scoring(zip(prompts, generated).map { $0 + $1.tokens }, from: prompts.map(\.count))
    #expect(generated.flatMap(\.logps) == model.forward(batch).logps)
  }

  @Test(arguments: kinds)
  func greedyTakesTheLikeliestToken(kind: SmallModel) {
    let (model, prompt) = (kind.transformer(), kind.prompts(7)[6])
    let naive = NaiveTransformer(model)
    let generated = model.generate([prompt], Sampling(temperature: 0, maxTokens: 8), random: stream)[0]
    var sequence = prompt
    for token in generated.tokens {
      let logits = naive.outputs(sequence).last ?? []
      #expect(logits[Int(token)] == logits.max())
      sequence.append(token)
    }
  }

  @Test func greedyTakesTheLowestIDAmongEquals() {
    let model = SmallModel.llama.transformer()
    model.parameters.values.update(repeating: 0, count: model.parameters.count)
    model.parametersChanged()
    let generated = model.generate([[4]], Sampling(temperature: 0, maxTokens: 3), random: stream)[0]
    #expect(generated.tokens == [0, 0, 0])
  }

  @Test func aStopTokenEndsASequence() {
    let (model, prompts) = (SmallModel.llama.transformer(), SmallModel.llama.prompts(30))
    let free = model.generate(prompts, Sampling(maxTokens: 25), random: stream)
    let stopped = model.generate(prompts, Sampling(maxTokens: 25, stopTokens: [2, 9]), random: stream)
    for (free, stopped) in zip(free, stopped) {
      let end = free.tokens.firstIndex { $0 == 2 || $0 == 9 }
      #expect(stopped.isComplete == (end != nil))
      #expect(stopped.tokens == Array(free.tokens.prefix((end ?? 24) + 1)))
      #expect(stopped.logps == Array(free.logps.prefix(stopped.tokens.count)))
    }
    #expect(stopped.contains { $0.isComplete } && stopped.contains { !$0.isComplete })
  }

  @Test func nothingToDoGivesNothing() {
    let model = SmallModel.llama.transformer()
    #expect(model.generate([], Sampling(maxTokens: 3), random: stream) == [])
    let empty = Generated(tokens: [], logps: [], isComplete: false)
    #expect(model.generate([[1], [2]], Sampling(maxTokens: 0), random: stream) == [empty, empty])
  }

  @Test func changedWeightsAreUsed() {
    let model = SmallModel.llama.transformer()
    let before = model.generate([[1, 2]], Sampling(maxTokens: 9), random: stream)
    for i in 0..<model.parameters.count { model.parameters.values[i] *= 1.5 }
    model.parametersChanged()
    let after = model.generate([[1, 2]], Sampling(maxTokens: 9), random: stream)
    let fresh = Transformer(model.configuration, parameters: Parameters(copying: model.parameters))
    #expect(after != before)
    #expect(after == fresh.generate([[1, 2]], Sampling(maxTokens: 9), random: stream))
  }
}
