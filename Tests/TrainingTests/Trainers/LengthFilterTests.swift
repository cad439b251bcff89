import Testing
import Transformers

@testable import Training

/// Examples that are too long: cut, or left out, and in any case told.
@Suite struct LengthFilterTests {
  private static let model = Result { try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1)) }

  private func filtered(
    _ trainer: Trainer, _ examples: [Example], _ options: String...
  ) throws -> (examples: [Example], said: [String]) {
    var run = RunConfiguration(trainer)
    try run.apply(options)
    var said: [String] = []
    let data = Dataset(
      name: "d", kind: trainer.data,
      examples: examples.enumerated().map { number, example in
        var example = example
        (example.source, example.line) = ("d", number + 1)
        return example
      })
    let filter = LengthFilter(model: try Self.model.get(), settings: run.settings)
    return (try filter.filtered(data) { said.append($0) }.examples, said)
  }

  private static let texts = [
    Example(prompt: "ab", completion: "cd"), Example(prompt: "ab", completion: "cdefghijklm"),
    Example(prompt: "abcdefghijk", completion: "l"),
  ]

  @Test func textsAreCutAndThoseOfWhichNothingIsLearnedLeftOut() throws {
    let (examples, said) = try filtered(.sft, Self.texts, "max_length=8")
    #expect(examples.map(\.line) == [1, 2])
    #expect(
      said == [
        "note: 1 of 3 examples is longer than max_length 8 (d:2): their end is cut off; truncation_mode=skip leaves them out",
        "note: 1 of 3 examples is without anything to learn within max_length 8 (d:3): left out",
      ])
  }

  @Test func longTextsCanBeLeftOut() throws {
    let (examples, said) = try filtered(.sft, Self.texts, "max_length=8", "truncation_mode=skip")
    #expect(examples.map(\.line) == [1])
    #expect(said.count == 2 && said[0].hasSuffix("(d:2): left out"))
  }

  @Test func theirBeginningCanBeCutOff() throws {
    let (examples, said) = try filtered(.sft, Self.texts, "max_length=8", "truncation_mode=keep_end")
    #expect(examples.map(\.line) == [1, 2, 3])
    #expect(
      said == ["note: 2 of 3 examples are longer than max_length 8 (the first is d:2): their beginning is cut off"])
    let model = try Self.model.get()
    let whole = model.tokens(of: Self.texts[1], Self.texts[1].completion, limit: TextLimit(100))
    for most in 2...whole.all.count {
      let cut = model.tokens(of: Self.texts[1], Self.texts[1].completion, limit: TextLimit(most, .keepEnd))
      #expect(cut.all == Array(whole.all.suffix(most)))
      #expect(cut.isCut == (most < whole.all.count))
      #expect(!cut.prompt.isEmpty)
    }
  }

  @Test func aPairWhoseDifferenceIsCutOffTeachesNothing() throws {
    let pairs = [
      Example(prompt: "ab", chosen: "cdefgh", rejected: "cdefgi"), Example(prompt: "ab", chosen: "c", rejected: "d"),
      Example(prompt: "ab", chosen: "cdefgh", rejected: "c"),
    ]
    let (examples, said) = try filtered(.dpo, pairs, "max_length=6")
    #expect(examples.count == 3)
    #expect(
      said.last
        == "note: 1 of 3 examples is the same in chosen and rejected within max_length 6 (d:1): nothing can be learned of it, "
        + "for all in which the two differ is cut off")
    #expect(try filtered(.dpo, pairs, "max_length=6", "truncation_mode=skip").said.count == 1)
    #expect(try filtered(.dpo, pairs, "max_length=20").said.isEmpty)
  }

  @Test func aPairIsLeftOutWhereOneOfItsResponsesIs() throws {
    let pairs = [
      Example(prompt: "ab", chosen: "c", rejected: "d"), Example(prompt: "abcdefghij", chosen: "c", rejected: "d"),
    ]
    let (examples, said) = try filtered(.dpo, pairs, "max_length=6")
    #expect(examples.map(\.line) == [1] && said.count == 1)
  }

  @Test func promptsLoseTheirBeginning() throws {
    let (examples, said) = try filtered(
      .grpo, [Example(prompt: "abcdef"), Example(prompt: "a")], "max_prompt_length=3")
    #expect(examples.count == 2)
    #expect(said == ["note: 1 of 2 examples is longer than max_prompt_length 3 (d:1): their beginning is cut off"])
    // The model has 512 positions, and the answer needs its own.
    let long = try filtered(.grpo, [Example(prompt: "abcdef")], "max_completion_length=510")
    #expect(long.said[0].contains("the 2 tokens that the model has room for"))
  }

  @Test func whereNothingIsLeftThereIsAnError() {
    #expect(
      throws: TrainingError(.badData, "d: no example has anything to learn within max_length 2: raise max_length")
    ) {
      try filtered(.sft, [Example(prompt: "abc", completion: "d")], "max_length=2")
    }
  }
}
