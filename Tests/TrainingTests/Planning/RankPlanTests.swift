import Testing

@testable import Training
@testable import Transformers

/// The plan for ranks against the memory that the trainer's own objects have.
@Suite struct RankPlanTests {
  private let shape = ModelConfiguration(
    vocabularySize: 100, hiddenSize: 64, intermediateSize: 160, layerCount: 3, headCount: 4, keyValueHeadCount: 2)

  /// SmolLM2-135M's, which is large: read again, packed to generate alone, computed again.
  private static let large: ModelConfiguration = {
    var shape = ModelConfiguration(
      vocabularySize: 49_152, hiddenSize: 576, intermediateSize: 1536, layerCount: 30, headCount: 9,
      keyValueHeadCount: 3)
    shape.numberType = .bfloat16
    return shape
  }()

  private func plan(
    _ trainer: Trainer = .sft, of shape: ModelConfiguration? = nil, lowRank: LowRank? = nil, ranks: Int = 1,
    batch: Int = 4, length: Int = 32
  ) -> RankPlan {
    var load = TrainingLoad(trainer, PlannedModel(shape ?? self.shape), gpus: 1)
    (load.batchSize, load.maxLength, load.lowRank) = (batch, length, lowRank)
    return RankPlan(load, ranks: ranks)
  }

  private func amount(_ name: String, in plan: RankPlan) -> Double? {
    (plan.memory.kept + plan.memory.phases.flatMap(\.lines)).first { $0.name == name }?.amount
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

  @Test func checkpointedActivationsAreStreamsAndALayer() {
    let (shape, tokens) = (Self.large, 4 * 32)
    let activations = Activations(shape, tokens: tokens, keeping: .streams)
    let kept = activations.layer(0)
    let matrices =
      [kept.qkv, kept.mixed, kept.middle, kept.gateUp, kept.inputScale, kept.middleScale, kept.logSums]
      + (0...shape.layerCount).map { activations.stream($0) }
    let planned = amount("activations", in: plan(of: shape))
    #expect(isAbout(planned, matrices.reduce(0) { $0 + $1.rows * $1.stride }))
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
    #expect(amount("frozen weights", in: plan()) == nil)
    #expect(amount("frozen weights", in: plan(.dpo)) == 4 * count)
    #expect(amount("frozen models", in: plan(.ppo)) == 8 * count)
    #expect(amount("weights", in: plan(.ppo)) == 8 * count)
  }

  @Test func aLargeModelIsKeptFourTimes() {
    let count = Double(ParameterLayout(Self.large).count)
    let plan = plan(.ppo, of: Self.large)
    #expect(amount("weights", in: plan) == 8 * count && amount("Adam", in: plan) == 16 * count)
    #expect(plan.memory.phases.map(\.name) == ["learns", "generates", "asks a frozen model"])
    #expect(plan.memory.phases[0].lines.first?.amount == 8 * count)
    // All but the norms, packed while it generates; one bfloat16 model at a time.
    #expect(plan.memory.phases[1].lines.first?.amount == 4 * Double(Self.large.matrixNumbers))
    #expect(plan.memory.phases[2].lines.map(\.amount) == [2 * count])
    let learning = plan.memory.phases[0].lines.reduce(0) { $0 + $1.amount }
    #expect(plan.bytes == 24 * count + learning)
  }

  /// Seven projections of a layer, r numbers for each row and column of them.
  @Test func adaptersAreTrainedOnOneFrozenBase() {
    let count = Double(ParameterLayout(Self.large).count)
    let lowRank = LowRank(rank: 2, alpha: 4, targets: [LowRank.everywhere])
    let ofLayer: Int = (576 + 576) * 2 + (576 + 192) * 2 + (576 + 1536) * 3
    let adapters = Double(2 * 30 * ofLayer)
    #expect(
      Adapters(lowRank.naming(Self.large.adaptableModules) ?? lowRank, of: Self.large).layout.count == Int(adapters))
    let plan = plan(.dpo, of: Self.large, lowRank: lowRank)
    #expect(amount("adapters", in: plan) == 4 * adapters && amount("Adam", in: plan) == 8 * adapters)
    #expect(amount("gradient", in: plan) == 4 * adapters && amount("frozen weights", in: plan) == 2 * count)
    #expect(plan.memory.phases.count == 1)
    // Forward, forward again and back, and the reference.
    #expect(plan.work.formula.hasPrefix("4 × 2 P"))
    #expect(amount("frozen models", in: self.plan(.ppo, of: Self.large, lowRank: lowRank)) == 4 * count)
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
