import Autodiff
import Testing

@testable import Transformers

/// Frozen models, adapters on them, and what saves memory without changing a result.
@Suite struct AdapterTests {
  /// All projections of a family, or its first and its last one.
  private static func targets(_ kind: SmallModel, everywhere: Bool = true) -> [String] {
    let all = kind.configuration.adaptableModules
    return everywhere ? all : [all[0], all[all.count - 1]]
  }

  /// A model whose weights are bfloat16, or not.
  static func base(_ kind: SmallModel, isHalf: Bool, workers: Int = 2, rounds: Bool = false) -> Transformer {
    let model = kind.transformer(workers: workers, rounds: rounds)
    guard isHalf else { return model }
    for i in 0..<model.parameters.count {
      model.parameters.values[i] = Float(ReducedPrecision.bfloat16.rounded([Double(model.parameters.values[i])])[0])
    }
    return model
  }

  /// Adapters of rank 3 that change something.
  static func adapted(_ base: Transformer, _ targets: [String]? = nil) -> Transformer {
    let targets = targets ?? base.configuration.adaptableModules
    let model = base.adapted(LowRank(rank: 3, alpha: 4.5, targets: targets), seed: 1)
    var random = RandomStream(seed: 8, purpose: 96)
    for i in 0..<model.trainedParameters.count {
      model.trainedParameters.values[i] += Float(0.2 * random.normal())
    }
    model.parametersChanged()
    return model
  }

  private func batch(_ kind: SmallModel) -> TokenBatch {
    kind == .scalar
      ? TokenBatch(kind.sequences, reading: kind.sequences.map { 0..<$0.count })
      : .scoring(kind.sequences, from: kind.sequences.map { _ in 1 })
  }

  @Test(arguments: SmallModel.allCases, [false, true])
  func aFrozenModelGivesTheSameBits(kind: SmallModel, isHalf: Bool) {
    for rounds in [false, true] { aFrozenModelGivesTheSameBits(kind, isHalf, rounds) }
  }

  private func aFrozenModelGivesTheSameBits(_ kind: SmallModel, _ isHalf: Bool, _ rounds: Bool) {
    let model = Self.base(kind, isHalf: isHalf, rounds: rounds)
    let frozen = model.frozen()
    #expect(frozen.isFrozen && frozen.trainedParameters.count == 0)
    #expect(frozen.panels.all.allSatisfy { $0.matrix.format == (isHalf ? .pairs : .floats) })
    #expect(frozen.forward(batch(kind)).logps == model.forward(batch(kind)).logps)
    #expect(frozen.merged().parameters.hasSameBits(as: model.parameters))
    let other = Self.base(kind, isHalf: isHalf, rounds: rounds)
    other.parameters.values[0] += 1
    #expect(frozen.checksum == model.frozen().checksum && frozen.checksum != other.frozen().checksum)
    // A scalar head is drawn anew.
    guard kind != .scalar else { return }
    let new = model.adapted(LowRank(rank: 3, alpha: 6, targets: Self.targets(kind)), seed: 1)
    #expect(new.forward(batch(kind)).logps == model.forward(batch(kind)).logps)
  }

  @Test(arguments: SmallModel.allCases, [false, true])
  func adaptersAreWhatTheyAreMergedTo(kind: SmallModel, everywhere: Bool) {
    let model = Self.adapted(Self.base(kind, isHalf: true), Self.targets(kind, everywhere: everywhere))
    let merged = model.merged()
    let (own, others) = (model.forward(batch(kind)).logps, merged.forward(batch(kind)).logps)
    #expect(zip(own, others).allSatisfy { abs($0 - $1) < 2e-4 })
    #expect(own != Self.base(kind, isHalf: true).forward(batch(kind)).logps)
    let copy = model.copy()
    #expect(copy.forward(batch(kind)).logps == own)
    copy.trainedParameters.values[copy.trainedParameters.count - 1] += 1
    copy.parametersChanged()
    #expect(copy.forward(batch(kind)).logps != own && model.forward(batch(kind)).logps == own)
  }

  /// The gradient of Σ wᵢ yᵢ against central differences of the naive model with W + s B A.
  @Test(arguments: SmallModel.allCases, [false, true])
  func gradientsEqualFiniteDifferences(kind: SmallModel, everywhere: Bool) {
    let base = Self.base(kind, isHalf: true)
    let model = Self.adapted(base, Self.targets(kind, everywhere: everywhere))
    let sequences = [kind.sequences[1], Array(kind.sequences[2].prefix(50))]
    let batch =
      kind == .scalar
      ? TokenBatch(sequences, reading: [6..<7, 45..<50]) : TokenBatch.scoring(sequences, from: [1, 20])
    var random = RandomStream(seed: 4, purpose: 95)
    let weights = (0..<batch.rowCount).map { _ in random.normal() }
    let gradient = Parameters(count: model.trainedParameters.count)
    model.forward(batch, keepsActivations: true).backward(weights.map { Float($0) }, into: gradient)

    let adapters = (0..<gradient.count).map { Double(model.trainedParameters.values[$0]) }
    func loss(_ adapters: [Double]) -> Double {
      var naive = NaiveTransformer(base)
      naive.add(adapters, model.trainedLayout, rank: 3, scale: 1.5)
      let values =
        kind == .scalar
        ? zip(sequences, batch.readPositions).flatMap { naive.outputs($0)[$1].map { $0[0] } }
        : zip(sequences, [1, 20]).flatMap { naive.logps($0, from: $1).logps }
      return zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for block in model.trainedLayout.blocks {
      let direction = block.range.map { _ in random.normal() / Double(block.count).squareRoot() }
      func value(at step: Double) -> Double {
        var moved = adapters
        for (i, d) in zip(block.range, direction) { moved[i] += step * d }
        return loss(moved)
      }
      let expected = (value(at: 1e-4) - value(at: -1e-4)) / 2e-4
      let slope = zip(block.range, direction).reduce(0) { $0 + Double(gradient.values[$1.0]) * $1.1 }
      #expect(abs(slope - expected) < 2e-3 * max(1, abs(expected)), "\(block.name) \(slope) \(expected)")
    }
  }

  @Test(arguments: [false, true])
  func theNumberOfWorkersChangesNoBit(rounds: Bool) {
    let results = [1, 2, 4].map { workers in
      let model = Self.adapted(Self.base(.qwen3, isHalf: true, workers: workers, rounds: rounds))
      let sequences = (0..<12).flatMap { _ in SmallModel.qwen3.sequences }
      let pass = model.forward(.scoring(sequences, from: sequences.map { _ in 1 }), keepsActivations: true)
      let gradient = Parameters(count: model.trainedParameters.count)
      pass.backward((0..<pass.batch.rowCount).map { Float($0 % 7) - 3 }, into: gradient)
      return gradient
    }
    #expect(results[0].hasSameBits(as: results[1]) && results[0].hasSameBits(as: results[2]))
  }

  @Test(arguments: SmallModel.allCases, [false, true])
  func checkpointedActivationsChangeNoBit(kind: SmallModel, hasAdapters: Bool) {
    for rounds in [false, true] { checkpointedActivationsChangeNoBit(kind, hasAdapters, rounds) }
  }

  private func checkpointedActivationsChangeNoBit(_ kind: SmallModel, _ hasAdapters: Bool, _ rounds: Bool) {
    let base = Self.base(kind, isHalf: true, rounds: rounds)
    let results = [false, true].map { isCheckpointed in
      let model = hasAdapters ? Self.adapted(base) : base.copy()
      model.checkpointsActivations = isCheckpointed
      let pass = model.forward(batch(kind), wantsEntropy: kind != .scalar, keepsActivations: true)
      let gradient = Parameters(count: model.trainedParameters.count)
      pass.backward((0..<pass.batch.rowCount).map { Float($0 % 5) - 2 }, into: gradient)
      #expect(gradient.norm(.all) > 0)
      return gradient
    }
    #expect(results[0].hasSameBits(as: results[1]))
  }

  /// Training with adapters, in one step of which nothing but these moves.
  @Test func theOptimizerMovesAdaptersAlone() {
    let base = Self.base(.llama, isHalf: true).frozen()
    let model = base.adapted(LowRank(rank: 3, alpha: 6, targets: ["q_proj"]), seed: 1)
    let before = base.forward(batch(.llama)).logps
    let optimizer = AdamW(for: model)
    for _ in 0..<3 {
      let pass = model.forward(batch(.llama), keepsActivations: true)
      let gradient = Parameters(count: model.trainedParameters.count)
      pass.backward([Float](repeating: -1, count: pass.batch.rowCount), into: gradient)
      optimizer.step(gradient, scale: 1, learningRate: 0.01)
    }
    #expect(model.forward(batch(.llama)).logps.reduce(0, +) > before.reduce(0, +))
    #expect(base.forward(batch(.llama)).logps == before)
  }

  @Test(arguments: [SmallModel.llama, .qwen3, .everyBias], [false, true])
  func generationSaysWhatScoringSays(kind: SmallModel, isHalf: Bool) {
    for rounds in [false, true] { generationSaysWhatScoringSays(kind, isHalf, rounds) }
  }

  private func generationSaysWhatScoringSays(_ kind: SmallModel, _ isHalf: Bool, _ rounds: Bool) {
    let model = Self.adapted(Self.base(kind, isHalf: isHalf, rounds: rounds))
    let prompts = kind.sequences.map { Array($0.prefix(9)) }
    let texts = model.generate(prompts, Sampling(maxTokens: 12, stopTokens: [])) { n in
      RandomStream(seed: 2, purpose: 94, UInt32(n))
    }
    let pass = model.forward(.scoring(zip(prompts, texts).map { $0 + $1.tokens }, from: prompts.map { $0.count }))
    #expect(pass.logps == texts.flatMap { $0.logps })
  }

  @Test func anAdapterIsNamedAsPEFTNamesIt() {
    let model = Self.base(.llama, isHalf: false).adapted(
      LowRank(rank: 2, alpha: 4, targets: ["k_proj", "down_proj"]), seed: 0)
    let layer = model.trainedLayout.blocks.prefix(4)
    #expect(
      layer.map(\.name) == [
        "model.layers.0.self_attn.k_proj.lora_A.weight", "model.layers.0.self_attn.k_proj.lora_B.weight",
        "model.layers.0.mlp.down_proj.lora_A.weight", "model.layers.0.mlp.down_proj.lora_B.weight",
      ])
    #expect(layer.map(\.shape) == [[2, 24], [12, 2], [2, 40], [24, 2]])
    #expect(
      Self.targets(.llama) == ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
  }
}

extension NaiveTransformer {
  /// Adds s · B A to every weight that has adapters, and takes a scalar head as it is.
  fileprivate mutating func add(_ adapters: [Double], _ layout: ParameterLayout, rank: Int, scale: Double) {
    func numbers(_ name: String) -> ArraySlice<Double> {
      layout.blocks.first { $0.name == name }.map { adapters[$0.range] } ?? []
    }
    for block in self.layout.blocks where block.shape.count > 1 {
      let (down, up) = (numbers("\(block.path).lora_A.weight"), numbers("\(block.path).lora_B.weight"))
      if block.name == "score.weight" { parameters.replaceSubrange(block.range, with: numbers("score.weight")) }
      guard !down.isEmpty else { continue }
      for o in 0..<block.shape[0] {
        for i in 0..<block.shape[1] {
          parameters[block.offset + o * block.shape[1] + i] +=
            scale
            * (0..<rank).reduce(0) { sum, r in
              sum + up[up.startIndex + o * rank + r] * down[down.startIndex + r * block.shape[1] + i]
            }
        }
      }
    }
  }
}
