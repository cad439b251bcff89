import Testing
import Transformers

@testable import Training

/// Memory and traffic against published numbers and formulas worked out by hand.
@Suite struct GPUPlanTests {
  private func load(_ trainer: Trainer = .sft, _ model: PlannedModel, gpus: Int) -> TrainingLoad {
    TrainingLoad(trainer, model, gpus: gpus)
  }

  /// A shape with round numbers: L = 2, h = 8, a = 2, V = 10, and P as it pleases.
  private func small(parameters: Double = 1000, keyValueHeads: Int = 1) -> PlannedModel {
    PlannedModel(
      ModelConfiguration(
        vocabularySize: 10, hiddenSize: 8, intermediateSize: 16, layerCount: 2, headCount: 2,
        keyValueHeadCount: keyValueHeads),
      parameters: parameters)
  }

  /// The guess for a number of parameters, or a small shape that is said to have as many.
  private func sized(_ parameters: Double) -> PlannedModel {
    PlannedModel(parameters: parameters) ?? small(parameters: parameters)
  }

  private func amount(_ name: String, in lines: [PlanLine]) -> Double? { lines.first { $0.name == name }?.amount }

  // MARK: Memory

  /// Rajbhandari et al. 2020, figure 1: 7.5 billion parameters on 64 GPUs take 120, 31.4, 16.6 and 1.9 GB.
  @Test(arguments: zip(ZeroStage.allCases, [120.0, 31.4, 16.6, 1.9]))
  func statesAreThoseOfTheZeROPaper(stage: ZeroStage, gigabytes: Double) {
    let plan = MemoryPlan(load(sized(7.5e9), gpus: 64), stage, .everything)
    let states = ["weights", "gradients", "Adam"].compactMap { amount($0, in: plan.kept) }
    #expect(states.count == 3)
    #expect((states.reduce(0, +) / 1e8).rounded() / 10 == gigabytes)
  }

  private func load(_ model: PlannedModel, gpus: Int) -> TrainingLoad { load(.sft, model, gpus: gpus) }

  /// Without a master copy, 32 bits take as much as mixed precision.
  @Test func aParameterTakesSixteenBytes() {
    for precision in TrainingLoad.Precision.allCases {
      var load = load(small(), gpus: 1)
      load.precision = precision
      #expect(MemoryPlan(load, .none, .everything).least == 16_000)
    }
  }

  /// s b h (34 + 5 a s / h) of L layers, b = 3 and s = 4: a layer's row is 96 numbers, and 5 · 2 · 4 / 8 = 5.
  @Test(arguments: zip(Recomputation.allCases, [7488.0, 6528.0, 3648.0]))
  func activations(recomputation: Recomputation, bytes: Double) {
    var load = load(small(), gpus: 1)
    (load.batchSize, load.maxLength) = (3, 4)
    #expect(amount("activations", in: MemoryPlan(load, .none, recomputation).training) == bytes)
    load.precision = .fp32
    #expect(amount("activations", in: MemoryPlan(load, .none, recomputation).training) == 2 * bytes)
  }

  /// Korthikanti et al. 2022, section 5: 5 a s / h is 80 for GPT-3, with a = 96, s = 2048 and h = 12 288.
  @Test func attentionOfGPT3() {
    var shape = ModelConfiguration(
      vocabularySize: 51_200, hiddenSize: 12_288, intermediateSize: 49_152, layerCount: 96, headCount: 96)
    shape.tiesEmbeddings = true
    let load = load(PlannedModel(shape, parameters: 175e9), gpus: 1)
    let all = amount("activations", in: MemoryPlan(load, .none, .nothing).training) ?? 0
    let less = amount("activations", in: MemoryPlan(load, .none, .attention).training) ?? 0
    #expect(all / less == (34 + 80) / 34.0)
  }

  /// Which models there are: P = 1000 in 16 bits, trained ones 16 bytes, frozen ones 2.
  @Test(arguments: zip([Trainer.sft, .reward, .dpo, .grpo, .ppo], [16_000.0, 16_000.0, 18_000.0, 16_000.0, 36_000.0]))
  func modelsOfATrainer(trainer: Trainer, bytes: Double) {
    #expect(MemoryPlan(load(trainer, small(), gpus: 1), .none, .everything).least == bytes)
  }

  /// A = 2 · 2 layers · ((8 + 8) 2 + (8 + 4) 2 + (8 + 16) 3) = 512 in 32 bits, with gradient and Adam; the base, P = 1000
  /// in 16 bits, is its own reference.
  @Test(arguments: zip([Trainer.sft, .dpo, .ppo], [10_192.0, 10_192.0, 22_384.0]))
  func adaptersOnAFrozenBase(trainer: Trainer, bytes: Double) {
    var load = load(trainer, small(), gpus: 1)
    load.lowRank = LowRank(rank: 2, alpha: 4, targets: [LowRank.everywhere])
    #expect(MemoryPlan(load, .none, .everything).least == bytes)
    let step = StepPlan(load, .none, .nothing)
    #expect(step.work.last?.formula.contains("(4 P + 12 L h s)") == true)
    load.gpus = 4
    #expect(StepPlan(load, .none, .nothing).bytes == 1.5 * 4 * 512 * (trainer == .ppo ? 2 : 1))
  }

  @Test func aReferenceCanBeAddedOrLeftOut() {
    var load = load(.grpo, small(), gpus: 1)
    load.hasReference = true
    #expect(MemoryPlan(load, .none, .everything).least == 18_000)
  }

  @Test func pairsAreTwoSequences() {
    var load = load(.dpo, small(), gpus: 1)
    (load.batchSize, load.maxLength) = (3, 4)
    let plan = MemoryPlan(load, .none, .attention)
    #expect(amount("activations", in: plan.training) == 13_056.0)
    #expect(amount("logits", in: plan.training) == 1920.0)
    #expect(amount("logits", in: MemoryPlan(self.load(.reward, small(), gpus: 1), .none, .attention).training) == nil)
  }

  /// What generation needs is free again when learning begins.
  @Test func thePeakIsTheLargerOfLearningAndGenerating() {
    var load = load(.grpo, small(), gpus: 4)
    (load.batchSize, load.maxLength, load.completionLength) = (3, 4, 2)
    let plan = MemoryPlan(load, .weights, .attention)
    // 2 bytes × 2 layers × (key and value) × 4 columns × 12 tokens; and the weights whole.
    #expect(amount("key-value cache", in: plan.generating) == 384.0)
    #expect(amount("gathered weights", in: plan.generating) == 2000)
    #expect(amount("logits", in: plan.training) == 480.0)
    // Two layers at a time, which are all there are.
    let learning = 2000 + 2.0 * 96 * 34 + 480
    #expect(plan.peak == plan.least + max(learning, 384 + 2000))
    // 16 bytes / 4.
    #expect(plan.least == 4000)
  }

  // MARK: Traffic

  /// 2 (N − 1)/N of the gradients' bytes; the stages move 1, 1, 1 and 1.5 times as much.
  @Test(arguments: zip(ZeroStage.allCases, [3000.0, 3000.0, 3000.0, 4500.0]))
  func aRingMovesTwiceTheGradients(stage: ZeroStage, bytes: Double) {
    #expect(StepPlan(load(small(), gpus: 4), stage, .nothing).bytes == bytes)
  }

  /// Only what is divided moves in each of several passes.
  @Test(arguments: zip(ZeroStage.allCases, [3000.0, 3000.0, 6000.0, 13500.0]))
  func passesOfAStep(stage: ZeroStage, bytes: Double) {
    var load = load(small(), gpus: 4)
    load.accumulation = 3
    #expect(StepPlan(load, stage, .nothing).bytes == bytes)
  }

  @Test func oneGPUSendsNothing() {
    let step = StepPlan(load(small(), gpus: 1), .none, .nothing)
    #expect(step.bytes == 0)
    #expect(step.efficiency == (1, 1))
  }

  // MARK: Time

  /// 24 tokens at 500 operations a second: 6 P + 12 L h s = 6768 each; 2 P + 4 L h s = 2256 more with all computed again.
  @Test func arithmeticOfAStep() {
    var load = load(small(), gpus: 1)
    (load.batchSize, load.maxLength, load.accumulation) = (3, 4, 2)
    (load.machine.flops, load.machine.utilisation) = (1000, 0.5)
    #expect(StepPlan(load, .none, .nothing).workTime == 324.864)
    #expect(StepPlan(load, .none, .everything).workTime == 433.152)
  }

  /// Each of two tokens reads the weights, 2000 bytes, and the cache: 96 bytes for each of 3 tokens before it, on average.
  @Test func generationReadsMemory() {
    var load = load(.grpo, small(), gpus: 1)
    (load.batchSize, load.maxLength, load.completionLength) = (3, 4, 2)
    load.machine.memoryBandwidth = 100
    let step = StepPlan(load, .none, .nothing)
    #expect(amount("generating", in: step.work) == 45.76)
    #expect(step.work.map(\.name) == ["reading prompts", "generating", "forward, backward"])
    load.machine.flops = 10
    // Slower at arithmetic than at reading.
    #expect(amount("generating", in: StepPlan(load, .none, .nothing).work) == 3000.0)
  }

  /// The gradients of plain data parallelism travel while the backward pass goes on, two thirds of the work.
  @Test func trafficHidesBehindTheBackwardPass() {
    var load = load(small(), gpus: 2)
    (load.batchSize, load.maxLength) = (1, 2)
    (load.machine.flops, load.machine.utilisation) = (2 * (6000 + 12 * 2 * 8 * 2), 1)
    // A second of work, two of traffic.
    load.machine.bandwidth = 1000
    let step = StepPlan(load, .none, .nothing)
    #expect(step.workTime == 1)
    #expect(step.trafficTime == 2)
    #expect(abs(step.exposed - 4 / 3.0) < 1e-12)
    #expect(abs(step.efficiency.best - 3 / 7.0) < 1e-12)
    #expect(step.efficiency.worst == 1 / 3.0)
    // New weights, the second half, cannot be waited for by anything.
    #expect(abs(StepPlan(load, .optimizer, .nothing).exposed - (1 + 1 / 3.0)) < 1e-12)
  }

  // MARK: Choice

  @Test func theFastestThatFitsIsTaken() {
    let plan = GPUPlan(load(sized(7e9), gpus: 8))
    #expect(plan.memory.stage == .gradients)
    #expect(plan.memory.recomputation == .attention)
    #expect(plan.fit == .ok)
    #expect(plan.memories.count == 12)
    #expect(GPUPlan(load(sized(1e8), gpus: 8)).memory.stage == .none)
  }

  @Test func whatIsAskedForIsShownWhetherItFitsOrNot() {
    let plan = GPUPlan(load(sized(7e9), gpus: 8), stage: ZeroStage.none)
    #expect(plan.memory.stage == .none)
    #expect(plan.memory.recomputation == .everything)
    #expect(plan.fit == .no)
  }

  @Test func theLastTenthIsTight() {
    var load = load(small(), gpus: 1)
    let peak = MemoryPlan(load, .none, .nothing).peak
    for (memory, fit) in [(peak * 0.99, GPUPlan.Fit.no), (peak, .tight), (peak / 0.89, .ok)] {
      load.machine.memory = memory
      #expect(GPUPlan(load, stage: ZeroStage.none, recomputation: .nothing).fit == fit)
    }
  }

  @Test func enoughGPUsAreCounted() {
    #expect(GPUPlan(load(sized(70e9), gpus: 8)).enoughGPUs == 32)
    var load = load(sized(70e9), gpus: 8)
    load.batchSize = 10_000
    #expect(GPUPlan(load).enoughGPUs == nil)
    #expect(GPUPlan(load).text.replacing("\n", with: " ").contains("shorten --max-length or lower --batch-size"))
    // Two of 71 layers take 3.9 GB.
    (load.batchSize, load.maxLength, load.machine.memory) = (1, 2, 3e9)
    #expect(GPUPlan(load).text.replacing("\n", with: " ").contains("the layers at work alone take too much"))
  }

  @Test(arguments: Trainer.all)
  func textFitsATerminal(trainer: Trainer) {
    for parameters in [1e6, 7e9, 1e15] {
      for gpus in [1, 8, 1024] {
        let text = GPUPlan(load(trainer, sized(parameters), gpus: gpus)).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 && !$0.hasSuffix(" ") })
        let ranks = RankPlan(load(trainer, sized(parameters), gpus: 1), ranks: gpus).text
        #expect(ranks.split(separator: "\n").allSatisfy { $0.count <= 80 && !$0.hasSuffix(" ") })
      }
    }
  }
}
