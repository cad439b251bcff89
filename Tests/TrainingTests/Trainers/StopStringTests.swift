import Autodiff
import Formats
import Testing
import Transformers

@testable import Training

/// Texts with which a response ends.
@Suite struct StopStringTests {
  @Test func aResponseEndsWithTheFirstTokenThatCompletesOne() throws {
    let model = try LanguageModel.read(modelPath("llama-bpe"), workers: Workers(1))
    var sampling = Sampling(maxTokens: 40)
    func generate() -> [Generated] {
      model.model.generate([[5, 6], [7], [8]], sampling) { RandomStream(seed: 3, purpose: 93, UInt32($0)) }
    }
    let free = generate()
    // What the first response has in its middle.
    let part = model.tokenizer.decode(free[0].tokens[10..<14])
    sampling.stops = model.stopping(at: [part, "never there"])
    let stopped = generate()
    for (free, stopped) in zip(free, stopped) {
      let first = free.tokens.indices.first { model.tokenizer.decode(free.tokens[...$0]).contains(part) }
      let end = first.map { $0 + 1 } ?? free.tokens.count
      #expect(stopped.tokens == Array(free.tokens[..<end]))
      #expect(stopped.isComplete == (first != nil || free.isComplete))
    }
    #expect(stopped[0].tokens.count <= 14)
  }

  @Test func noTextStopsNothing() throws {
    let model = try LanguageModel.read(modelPath("llama-bpe"), workers: Workers(1))
    #expect(model.stopping(at: []) == nil && model.stopping(at: [""]) == nil)
  }

  @Test func aTrainerStopsThereAndCallsItComplete() throws {
    let run = try SmallRun(.grpo)
    try run.train("stop_strings= ,e", "max_completion_length=12", "mask_truncated_completions=true", "max_steps=1")
    #expect(try run.metrics().count == 1)
  }
}
