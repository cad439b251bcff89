import Testing

@testable import Training
@testable import Transformers

/// The plan for ranks against the memory that the trainer's own objects have.
@Suite struct RankPlanTests {
  private let shape = ModelConfiguration(
    vocabularySize: 100, hiddenSize: 64, intermediateSize: 160, layerCount: 3, headCount: 4, keyValueHeadCount: 2)

  private func plan(_ trainer: Trainer = .sft, ranks: Int = 1, batch: Int = 4, length: Int = 32) -> RankPlan {
    var load = TrainingLoad(trainer, PlannedModel(shape), gpus: 1)
    (load.batchSize, load.maxLength) = (batch, length)
    return RankPlan(load, ranks: ranks)
  }

  private func amount(_ name: String, in plan: RankPlan) -> Double? {
    plan.memory.first { $0.name == name }?.amount
  }

  /// The two vectors of a layer are rows of their own, whose ends are rounded up.
  private func isAbout(_ planned: Double?, _ real: Int) -> Bool {
    guard let planned else { return false }
    return abs(planned / Double(4 * real) - 1) < 0.01
  }

  @Test func activationsAreThoseThatAreKept() {
    let tokens = 4 * 32
    let activations = Activations(shape, tokens: tokens, keeping: .layers)
    var numbers = 0
    for layer in 0..<shape.layerCount {
      let kept = activations.layer(layer)
      let matrices = [
        kept.qkv, kept.mixed, kept.middle, kept.gateUp, kept.inputScale, kept.middleScale, kept.logSums,
      ]
      numbers += matrices.reduce(0) { $0 + $1.rows * $1.stride }
    }
    for stream in 0...shape.layerCount {
      numbers += activations.stream(stream).rows * activations.stream(stream).stride
    }
    #expect(isAbout(amount("activations", in: plan()), numbers))
  }

  @Test func theBackwardPassHasALayerAtATime() {
    let memory = GradientMemory(shape, nil, tokens: 128, packs: 1)
    let matrices = [memory.after, memory.middle, memory.before, memory.gateUp, memory.qkv]
    let panels = shape.hiddenSize * 2 + shape.querySize + shape.intermediateSize
    #expect(
      isAbout(
        amount("backward pass", in: plan()), matrices.reduce(0) { $0 + $1.rows * $1.stride } + 128 * panels))
  }

  @Test func weightsAreKeptSixTimes() {
    let layout = ParameterLayout(shape)
    let count = Double(layout.count)
    #expect(amount("weights", in: plan()) == 4 * count)
    #expect(amount("gradient", in: plan()) == 4 * count)
    #expect(amount("Adam", in: plan()) == 8 * count)
    // All but the norms; the embedding is the head here.
    let matrices = layout.blocks.filter { $0.shape.count == 2 }.reduce(0) { $0 + $1.count }
    #expect(amount("packed weights", in: plan()) == 8 * Double(matrices))
    #expect(amount("frozen models", in: plan()) == nil)
    #expect(amount("frozen models", in: plan(.dpo)) == 4 * count)
    #expect(amount("weights", in: plan(.ppo)) == 8 * count)
  }

  @Test func ranksShareTheBatchAndHoldAllWeights() {
    let (one, four) = (plan(batch: 32), plan(ranks: 4, batch: 32))
    #expect(amount("weights", in: one) == amount("weights", in: four))
    #expect(amount("activations", in: one) == amount("activations", in: four).map { 4 * $0 })
    #expect(one.traffic.amount == 0)
    #expect(four.traffic.amount == 1.5 * 4 * Double(ParameterLayout(shape).count))
    #expect(one.work.amount == 4 * four.work.amount)
    #expect(one.efficiency == (1, 1))
  }

  /// 32 responses of 24 tokens to four prompts of 40, as the trainer's own batch has them.
  @Test func aGroupsPromptCountsOnce() {
    var load = TrainingLoad(.grpo, PlannedModel(shape), gpus: 1)
    #expect(load.generations == 8)
    (load.batchSize, load.maxLength, load.completionLength) = (32, 64, 24)
    let texts = (0..<32).map { n in (0..<64).map { Int32($0 < 40 ? n / 8 : n * $0) } }
    let batch = TokenBatch.scoring(texts, from: texts.map { _ in 40 })
    let rows = TokenRows(batch, batch.order, share: 0..<32)
    let plan = RankPlan(load, ranks: 1)
    #expect(plan.tokens == Double(rows.count) && plan.tokens == 32 * 24 + 4 * 40)
    #expect(plan.text.contains("responses share a prompt"))
    load.generations = 1
    let alone = RankPlan(load, ranks: 1)
    #expect(alone.tokens == 32 * 64 && !alone.text.contains("share a prompt"))
    #expect(amount("activations", in: alone).map { $0 * plan.tokens / alone.tokens } == amount("activations", in: plan))
  }

  @Test func aLimitIsAnswered() {
    let load = TrainingLoad(.sft, PlannedModel(shape), gpus: 1)
    #expect(RankPlan(load, ranks: 1).fits == nil)
    #expect(RankPlan(load, ranks: 1, limit: 1e9).fits == true)
    #expect(RankPlan(load, ranks: 1, limit: 1e6).fits == false)
    #expect(RankPlan(load, ranks: 1, limit: 1e6).text.contains("of 0.001: does not fit"))
  }
}
