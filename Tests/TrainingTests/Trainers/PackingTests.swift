import Testing
import Transformers

@testable import Training

/// Examples that are put together, and what is learned of them.
@Suite struct PackingTests {
  /// By TRL 1.16's `pack_dataset(…, strategy="bfd")`.
  @Test(arguments: [
    ([3, 4, 2, 5, 1], 6, [[3, 4], [1, 2], [0]]),
    ([6, 6], 6, [[0], [1]]),
    ([2, 2, 2, 2], 5, [[0, 1], [2, 3]]),
    ([5, 4, 3, 3, 2, 1, 1], 7, [[0, 4], [1, 2], [3, 5, 6]]),
    ([], 4, []),
  ])
  func theLongestFirstWhereItFitsBest(lengths: [Int], most: Int, expected: [[Int]]) {
    #expect(Packing.packs(lengths, most: most) == expected)
  }

  private static func objective(_ options: String...) throws -> SupervisedObjective {
    var run = RunConfiguration(.sft)
    try run.apply(options)
    let model = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    return SupervisedObjective(model: model, settings: run.settings, examples: [])
  }

  private static let data = Dataset(
    name: "d", kind: .completions,
    examples: ["be kind", "a", "thank you very much", "no", "yes please"].enumerated().map {
      Example(prompt: "say: ", completion: $1, source: "d", line: $0 + 1)
    })

  private func step(_ objective: SupervisedObjective, _ data: Dataset) throws -> (loss: Double, gradients: [Float]) {
    let items = try objective.items(data)
    let pass = objective.model.model.forward(objective.texts(items), keepsActivations: true)
    let loss = objective.loss(items, pass, title: nil, observer: TrainerObserver()).0
    return (loss.metrics[0].value, loss.gradients.sorted())
  }

  @Test func packedExamplesHaveTheLossOfTheSameExamplesAlone() throws {
    let packed = try Self.objective("packing=true", "max_length=40")
    let items = try packed.items(Self.data)
    #expect(items.count < Self.data.examples.count && items.contains { $0.texts.count > 1 })
    #expect(items.allSatisfy { packed.tokenCount($0) <= 40 })
    let (own, alone) = (try step(packed, Self.data), try step(Self.objective("max_length=40"), Self.data))
    #expect(abs(own.loss - alone.loss) < 1e-12)
    #expect(own.gradients == alone.gradients)
  }

  @Test func noExampleSeesAnother() throws {
    let packed = try Self.objective("packing=true", "max_length=60")
    let item = try #require(try packed.items(Self.data).first { $0.texts.count > 1 })
    let together = packed.model.model.forward(packed.texts([item]))
    let apart = item.texts.map { packed.model.model.logps([$0])[0] }
    #expect(together.rows(together.logps) == apart)
  }

  @Test func piecesOfALongTextAreLearnedButForTheFirstTokenOfEach() throws {
    let split = try Self.objective("packing=true", "packing_strategy=bfd_split", "max_length=8")
    let whole = try Self.objective()
    let long = Dataset(
      name: "d", kind: .completions, examples: [Example(prompt: "", completion: "thank you very much indeed")])
    let text = try whole.texts(of: long)[0]
    let pieces = try split.items(long).flatMap { $0.texts }
    #expect(pieces.flatMap { $0.all }.sorted() == text.all.sorted())
    #expect(pieces.allSatisfy { $0.all.count <= 8 && $0.prompt.count == 1 })
    let cut = try Self.objective("packing=true", "max_length=8").items(long)
    #expect(cut.flatMap { $0.texts }.map { $0.all } == [Array(text.all.prefix(8))])
  }

  @Test func aRunLearnsPackByPack() throws {
    let run = try SmallRun(.sft)
    try run.train("packing=true", "max_length=200", "batch_size=2", "max_steps=2")
    #expect(try run.metrics().compactMap { $0["num_tokens"] }.last ?? 0 > 400)
  }
}
