import Autodiff
import Foundation
import Testing

@testable import Transformers

/// One small model of each kind.
enum SmallModel: String, CaseIterable, CustomTestStringConvertible {
  case llama, qwen2, qwen3, everyBias, scalar, wide
  /// A feature that some family has.
  case window, windowOfBlocks, unrotated, partlyRotated, normsAfter, normsAround, multipliers, fused, layerNorm

  var testDescription: String { rawValue }

  var configuration: ModelConfiguration {
    var model = ModelConfiguration(
      vocabularySize: 21, hiddenSize: 24, intermediateSize: 40, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
      headSize: 6)
    model.initializerRange = 0.3
    switch self {
    case .llama: break
    case .qwen2: model.hasQueryKeyValueBias = true
    case .qwen3:
      model.queryKeyNorm = .perHead
      model.tiesEmbeddings = false
      model.headSize = 10
    case .everyBias:
      model.hasQueryKeyValueBias = true
      model.hasOutputBias = true
      model.hasMLPBias = true
      model.tiesEmbeddings = false
    case .scalar: model.head = .scalar
    case .wide:
      model.headSize = 34
      model.vocabularySize = 70
      model.keyValueHeadCount = 4
    case .window:
      // Shorter than a block of attention, and not a multiple of a vector.
      (model.slidingWindow, model.slidingLayers, model.slidingRopeTheta) = (7, [1], 100)
    case .windowOfBlocks: (model.slidingWindow, model.slidingLayers) = (37, [0, 1])
    case .unrotated: model.unrotatedLayers = [1]
    case .partlyRotated:
      model.headSize = 12
      model.rotaryShare = 0.7
    case .normsAfter:
      (model.normPlace, model.queryKeyNorm) = (.after, .whole)
      model.hasOutputBias = true
    case .normsAround:
      (model.norm, model.normPlace, model.queryKeyNorm) = (.rootMeanSquareAroundOne, .around, .perHead)
      model.names.middleNorm = "pre_feedforward_layernorm"
      (model.activation, model.embeddingMultiplier) = (.geGLU, Float(24).squareRoot())
    case .multipliers:
      (model.embeddingMultiplier, model.residualMultiplier) = (3, 0.4)
      (model.logitsScaling, model.attentionScale) = (2, 0.3)
    case .fused:
      model.names.queryKeyValue = ["self_attn.qkv_proj"]
      model.names.gateUp = ["mlp.gate_up_proj"]
    case .layerNorm:
      model.names.positions = "model.positions"
      model.names.gateUp = ["mlp.up_proj"]
      (model.norm, model.positions, model.activation) = (.layer, .learned, .gelu)
      (model.hasQueryKeyValueBias, model.hasOutputBias, model.hasMLPBias) = (true, true, true)
      model.maxPositions = 64
    }
    return model
  }

  /// - Parameter rounds: Whether products take their factors as bfloat16.
  func transformer(workers: Int = 2, rounds: Bool = false) -> Transformer {
    var configuration = configuration
    configuration.roundsFactors = rounds
    let transformer = Transformer(configuration, seed: 5, workers: Workers(workers))
    // Norms and biases away from 1 and 0, so that a forgotten one shows.
    var random = RandomStream(seed: 9, purpose: 99)
    for block in transformer.layout.blocks where block.shape.count == 1 {
      for i in block.range { transformer.parameters.values[i] += Float(0.2 * random.normal()) }
    }
    return transformer
  }

  /// Sequences of several lengths, one of them longer than a block of attention.
  var sequences: [[Int32]] {
    var random = RandomStream(seed: 3, purpose: 98)
    return [2, 7, 60, 1, 33].map { length in
      (0..<length).map { _ in Int32(random.below(configuration.vocabularySize)) }
    }
  }
}

@Suite struct TransformerTests {
  @Test(arguments: SmallModel.allCases)
  func theForwardPassEqualsTheNaiveOne(kind: SmallModel) {
    let model = kind.transformer()
    let naive = NaiveTransformer(model)
    if kind == .scalar {
      let batch = TokenBatch(kind.sequences, reading: kind.sequences.map { 0..<$0.count })
      let values = model.forward(batch).values
      let expected = kind.sequences.flatMap { naive.outputs($0).map { $0[0] } }
      #expect(zip(values, expected).allSatisfy { abs(Double($0) - $1) < 2e-4 })
      return
    }
    let from = [1, 3, 1, 1, 20]
    let pass = model.forward(.scoring(kind.sequences, from: from), temperature: 0.7, wantsEntropy: true)
    let expected = zip(kind.sequences, from).filter { $0.0.count > 1 }.map {
      naive.logps($0, from: $1, temperature: 0.7)
    }
    let logps = expected.flatMap(\.logps)
    #expect(pass.logps.count == logps.count)
    #expect(zip(pass.logps, logps).allSatisfy { abs(Double($0) - $1) < 2e-4 })
    #expect(zip(pass.entropies ?? [], expected.flatMap(\.entropies)).allSatisfy { abs(Double($0) - $1) < 2e-4 })
  }

  /// The gradient of Σ wᵢ log πᵢ + Σ uᵢ Hᵢ against central differences of the naive model, along one direction a block.
  @Test(arguments: SmallModel.allCases)
  func gradientsEqualFiniteDifferences(kind: SmallModel) {
    let model = kind.transformer()
    let sequences = [kind.sequences[1], Array(kind.sequences[2].prefix(50))]
    let from = [1, 20]
    let batch =
      kind == .scalar
      ? TokenBatch(sequences, reading: [6..<7, 45..<50]) : TokenBatch.scoring(sequences, from: from)
    let rows = batch.rowCount
    var random = RandomStream(seed: 4, purpose: 97)
    let weights = (0..<rows).map { _ in random.normal() }
    let entropyWeights = (0..<rows).map { _ in random.normal() }
    let pass = model.forward(batch, temperature: 0.8, wantsEntropy: kind != .scalar, keepsActivations: true)
    let gradient = Parameters(count: model.parameters.count)
    pass.backward(
      weights.map { Float($0) }, entropies: kind == .scalar ? nil : entropyWeights.map { Float($0) }, into: gradient)

    func loss(_ naive: NaiveTransformer) -> Double {
      if kind == .scalar {
        let values = zip(sequences, batch.readPositions).flatMap { sequence, positions in
          naive.outputs(sequence)[positions].map { $0[0] }
        }
        return zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let all = zip(sequences, from).map { naive.logps($0, from: $1, temperature: 0.8) }
      return zip(all.flatMap(\.logps), weights).reduce(0) { $0 + $1.0 * $1.1 }
        + zip(all.flatMap(\.entropies), entropyWeights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var naive = NaiveTransformer(model)
    // One random direction through all of a block's parameters feels each of them.
    for block in model.layout.blocks {
      let direction = block.range.map { _ in random.normal() / Double(block.count).squareRoot() }
      let center = Array(naive.parameters[block.range])
      func value(at step: Double) -> Double {
        naive.parameters.replaceSubrange(block.range, with: zip(center, direction).map { $0 + step * $1 })
        return loss(naive)
      }
      let step = 1e-4
      let expected = (value(at: step) - value(at: -step)) / (2 * step)
      naive.parameters.replaceSubrange(block.range, with: center)
      let slope = zip(block.range, direction).reduce(0) { $0 + Double(gradient.values[$1.0]) * $1.1 }
      #expect(abs(slope - expected) < 2e-3 * max(1, abs(expected)), "\(block.name) \(slope) \(expected)")
    }
  }

  /// The divergence from a teacher, and the gradient of Σ wᵢ Dᵢ against central differences of the naive model.
  @Test(
    arguments: [SmallModel.llama, .qwen2],
    [(0, nil), (0.3, nil), (1, nil), (0, false), (0.3, true), (1, true), (1, false)])
  func divergencesAndTheirGradientsEqualTheNaiveOnes(kind: SmallModel, choice: (beta: Double, addsTail: Bool?)) {
    let (beta, count) = (choice.beta, 4)
    let (model, teacher) = (kind.transformer(), kind.transformer())
    for i in 0..<teacher.parameters.count { teacher.parameters.values[i] *= i % 3 == 0 ? 1.4 : 0.9 }
    teacher.parametersChanged()
    let sequences = [kind.sequences[1], Array(kind.sequences[2].prefix(50))]
    // The teacher sees something more before the prompt.
    let (from, longer) = ([1, 20], sequences.map { [3, 1] + $0 })
    let pass = model.forward(.scoring(sequences, from: from), temperature: 0.8, keepsActivations: true)
    let asked = TeacherPass(
      teacher.forward(.scoring(longer, from: from.map { $0 + 2 }), temperature: 0.8, sharedAs: pass), beta: beta,
      likeliest: choice.addsTail.map { TeacherPass.Likeliest(count: count, addsTail: $0) })
    let others = NaiveTransformer(teacher)
    func distributions(_ naive: NaiveTransformer, _ sequences: [[Int32]], _ from: [Int]) -> [[Double]] {
      zip(sequences, from).flatMap { sequence, first in
        naive.outputs(sequence)[(first - 1)..<(sequence.count - 1)].map { logits in
          let scaled = logits.map { $0 / 0.8 }
          let largest = scaled.max() ?? 0
          let sum = largest + log(scaled.reduce(0) { $0 + exp($1 - largest) })
          return scaled.map { $0 - sum }
        }
      }
    }
    let theirs = distributions(others, longer, from.map { $0 + 2 })
    /// Of the student's likeliest tokens, where they alone are compared.
    func likeliest(_ p: [Double], _ q: [Double]) -> ([Double], [Double]) {
      guard let addsTail = choice.addsTail else { return (p, q) }
      let places = p.indices.sorted { p[$0] > p[$1] }.prefix(count)
      func cut(_ logps: [Double]) -> [Double] {
        let mass = places.reduce(0) { $0 + exp(logps[$1]) }
        return addsTail ? places.map { logps[$0] } + [log(1 - mass)] : places.map { logps[$0] - log(mass) }
      }
      return (cut(p), cut(q))
    }
    func divergences(_ naive: NaiveTransformer) -> [Double] {
      zip(distributions(naive, sequences, from), theirs).map { p, q in
        let (p, q) = likeliest(p, q)
        func kl(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } }
        if beta == 0 { return kl(q, p) }
        if beta == 1 { return kl(p, q) }
        let mixture = zip(p, q).map { log(beta * exp($1) + (1 - beta) * exp($0)) }
        return beta * kl(q, mixture) + (1 - beta) * kl(p, mixture)
      }
    }
    var naive = NaiveTransformer(model)
    let expected = divergences(naive)
    let own = pass.divergences(from: asked)
    #expect(own.count == expected.count && expected.allSatisfy { $0 > (choice.addsTail == false ? 0 : 1e-3) })
    #expect(zip(own, expected).allSatisfy { abs(Double($0) - $1) < 2e-4 * max(1, $1) })
    var random = RandomStream(seed: 6, purpose: 97)
    let weights = expected.map { _ in random.normal() }
    let gradient = Parameters(count: model.parameters.count)
    pass.backward(divergences: weights.map { Float($0) }, from: asked, into: gradient)
    for block in model.layout.blocks {
      let direction = block.range.map { _ in random.normal() / Double(block.count).squareRoot() }
      let center = Array(naive.parameters[block.range])
      func value(at step: Double) -> Double {
        naive.parameters.replaceSubrange(block.range, with: zip(center, direction).map { $0 + step * $1 })
        return zip(divergences(naive), weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let expected = (value(at: 1e-4) - value(at: -1e-4)) / 2e-4
      naive.parameters.replaceSubrange(block.range, with: center)
      let slope = zip(block.range, direction).reduce(0) { $0 + Double(gradient.values[$1.0]) * $1.1 }
      #expect(abs(slope - expected) < 2e-3 * max(1, abs(expected)), "\(block.name) \(slope) \(expected)")
    }
  }

  @Test(arguments: [SmallModel.qwen3, .window, .normsAround, .normsAfter, .multipliers, .layerNorm], [false, true])
  func theNumberOfWorkersChangesNoBit(kind: SmallModel, rounds: Bool) {
    func gradient(workers: Int) -> (ForwardPass, Parameters) {
      let model = kind.transformer(workers: workers, rounds: rounds)
      // Each begins in its own way, so that none shares rows with another.
      let sequences = (0..<12).flatMap { n in kind.sequences.map { [Int32(n)] + $0 } }
      let batch = TokenBatch.scoring(sequences, from: sequences.map { _ in 1 })
      let pass = model.forward(batch, keepsActivations: true)
      #expect(pass.own.packs.count > 3 && pass.own.stemCount == 0)
      let result = Parameters(count: model.parameters.count)
      pass.backward((0..<batch.rowCount).map { Float($0 % 7) - 3 }, into: result)
      return (pass, result)
    }
    let (one, gradientOfOne) = gradient(workers: 1)
    for workers in [2, 4] {
      let (many, gradientOfMany) = gradient(workers: workers)
      #expect(one.logps == many.logps)
      #expect(gradientOfOne.hasSameBits(as: gradientOfMany))
    }
  }

  @Test(arguments: SmallModel.allCases.filter { $0 != .scalar }, [false, true])
  func aSequenceGetsTheSameBitsInEveryBatch(kind: SmallModel, rounds: Bool) {
    let model = kind.transformer(rounds: rounds)
    let sequences = kind.sequences
    let together = model.forward(.scoring(sequences, from: sequences.map { _ in 1 }))
    let kept = model.forward(.scoring(sequences, from: sequences.map { _ in 1 }), keepsActivations: true)
    #expect(together.logps == kept.logps)
    for (number, sequence) in sequences.enumerated() {
      let alone = model.forward(.scoring([sequence], from: [1]))
      #expect(alone.logps == Array(together.logps[together.batch.rows(of: number)]))
    }
  }

  @Test func adamWTakesTheStepsOfItsDefinition() {
    let model = SmallModel.llama.transformer()
    let optimizer = AdamW(for: model)
    optimizer.weightDecay = 0.1
    let gradient = Parameters(count: model.parameters.count)
    let (matrix, norm) = (3, model.layout.blocks[1].offset)
    #expect(model.layout.blocks[1].shape.count == 1)
    var expected = [Double(model.parameters.values[matrix]), Double(model.parameters.values[norm])]
    var (first, second) = (0.0, 0.0)
    for step in 1...3 {
      let g = 0.3 * Double(step)
      gradient.values[matrix] = Float(2 * g)
      gradient.values[norm] = Float(2 * g)
      optimizer.step(gradient, scale: 0.5, learningRate: 0.01)
      first = 0.9 * first + 0.1 * g
      second = 0.999 * second + 0.001 * g * g
      let move = first / (1 - pow(0.9, Double(step))) / ((second / (1 - pow(0.999, Double(step)))).squareRoot() + 1e-8)
      expected = [expected[0] * (1 - 0.01 * 0.1) - 0.01 * move, expected[1] - 0.01 * move]
    }
    #expect(abs(Double(model.parameters.values[matrix]) - expected[0]) < 1e-6)
    #expect(abs(Double(model.parameters.values[norm]) - expected[1]) < 1e-6)
  }
}
