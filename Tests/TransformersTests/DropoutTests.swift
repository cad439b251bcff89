import Autodiff
import Testing

@testable import Transformers

/// Dropout of adapters' inputs.
@Suite struct DropoutTests {
  private static func adapted(_ kind: SmallModel, dropout: Double, workers: Int = 2, rounds: Bool = false)
    -> Transformer
  {
    let base = AdapterTests.base(kind, isHalf: true, workers: workers, rounds: rounds)
    var shape = LowRank(rank: 3, alpha: 4.5, targets: base.configuration.adaptableModules)
    shape.dropout = dropout
    let model = base.adapted(shape, seed: 1)
    var random = RandomStream(seed: 8, purpose: 96)
    for i in 0..<model.trainedParameters.count { model.trainedParameters.values[i] += Float(0.2 * random.normal()) }
    model.parametersChanged()
    model.begin(step: 0, seed: 5)
    return model
  }

  private static func batch(_ kind: SmallModel) -> TokenBatch {
    kind == .scalar
      ? TokenBatch(kind.sequences, reading: kind.sequences.map { 0..<$0.count })
      : .scoring(kind.sequences, from: kind.sequences.map { _ in 1 })
  }

  private func factors(
    _ dropout: Dropout, token: Int = 0, layer: Int = 0, of projection: Projection = .qkv, part: Int = 0, count: Int = 64
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      dropout.factors(
        token: token, layer: layer, projection, part: part, UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      filled = count
    }
  }

  /// The share of zeros is p up to four standard deviations, and what is kept is divided by 1 − p.
  @Test(arguments: [0.05, 0.25, 0.8])
  func masksDropTheShare(probability: Double) {
    let count = 100_001
    let factors = factors(Dropout(probability, seed: 1, step: 2, pass: 3), count: count)
    let share = Double(factors.count { $0 == 0 }) / Double(count)
    #expect(abs(share - probability) < 4 * (probability * (1 - probability) / Double(count)).squareRoot())
    #expect(factors.allSatisfy { $0 == 0 || $0 == Float(1 / (1 - probability)) })
  }

  @Test func everyPlaceHasItsOwnMask() {
    let dropout = Dropout(0.5, seed: 1, step: 2, pass: 3)
    let masks = [
      factors(dropout), factors(dropout, token: 1), factors(dropout, layer: 1),
      factors(dropout, of: .down), factors(dropout, part: 1), factors(Dropout(0.5, seed: 2, step: 2, pass: 3)),
      factors(Dropout(0.5, seed: 1, step: 3, pass: 3)), factors(Dropout(0.5, seed: 1, step: 2, pass: 4)),
    ]
    #expect(Set(masks).count == masks.count)
    #expect(factors(Dropout(0.5, seed: 1, step: 2, pass: 3)) == masks[0])
  }

  /// y = s · B (A (mask ∘ x / (1 − p))) for queries, keys and values, each with its own mask, written out.
  @Test func adaptersSeeWhatIsLeft() throws {
    let model = Self.adapted(.llama, dropout: 0.4)
    let adapters = try #require(model.adapters)
    let group = try #require(adapters.layers[1][Projection.qkv.rawValue])
    let (rows, inputs, rank) = (5, model.configuration.hiddenSize, 3)
    let outputs = model.configuration.querySize + 2 * model.configuration.keySize
    var random = RandomStream(seed: 6, purpose: 96)
    let x = Matrix(rows: rows, columns: inputs)
    for row in 0..<rows { for column in 0..<inputs { x.row(row)[column] = Float(random.normal()) } }
    let dropout = Dropout(0.4, seed: 9, step: 1, pass: 0)
    let y = Matrix(rows: rows, columns: outputs)
    y.clear(rows: rows)
    adapters.prepare()
    model.adapt(
      1, .qkv, rows, x.start, x.stride, adding: y.start, y.stride,
      dropping: RowDropout(dropout: dropout, layer: 1, firstToken: 7, memory: Matrix(rows: 0, columns: inputs)),
      Matrix(rows: 0, columns: adapters.width))
    #expect(group.downs.count == 3 && group.parts.count == 3)
    let numbers = model.trainedParameters
    for (number, part) in group.parts.enumerated() {
      let (down, up) = (group.downs[number].weight.offset, part.up.offset)
      for row in 0..<rows {
        let mask = factors(dropout, token: 7 + row, layer: 1, of: .qkv, part: number, count: inputs)
        let inner = (0..<rank).map { r in
          (0..<inputs).reduce(0.0) { sum, i in
            sum + Double(numbers.values[down + r * inputs + i]) * Double(x.row(row)[i]) * (mask[i] == 0 ? 0 : 1 / 0.6)
          }
        }
        for output in 0..<part.up.outputs {
          let expected =
            1.5 * (0..<rank).reduce(0.0) { $0 + Double(numbers.values[up + output * rank + $1]) * inner[$1] }
          #expect(abs(Double(y.row(row)[part.firstOutput + output]) - expected) < 1e-4)
        }
      }
    }
  }

  /// The gradient under one mask against central differences under the same.
  @Test(arguments: SmallModel.allCases)
  func gradientsEqualFiniteDifferences(kind: SmallModel) {
    let (model, batch) = (Self.adapted(kind, dropout: 0.3), Self.batch(kind))
    var random = RandomStream(seed: 4, purpose: 95)
    let weights = (0..<batch.rowCount).map { _ in random.normal() / Double(batch.rowCount) }
    func pass() -> ForwardPass {
      model.begin(step: 3)
      return model.forward(batch, keepsActivations: true)
    }
    let gradient = Parameters(count: model.trainedParameters.count)
    pass().backward(weights.map { Float($0) }, into: gradient)
    let start = (0..<gradient.count).map { model.trainedParameters.values[$0] }
    for block in model.trainedLayout.blocks {
      let direction = block.range.map { _ in random.normal() }
      func value(at step: Double) -> Double {
        for (i, d) in zip(block.range, direction) { model.trainedParameters.values[i] = start[i] + Float(step * d) }
        model.parametersChanged()
        return zip(pass().logps, weights).reduce(0) { $0 + Double($1.0) * $1.1 }
      }
      let expected = (value(at: 2e-3) - value(at: -2e-3)) / 4e-3
      _ = value(at: 0)
      let slope = zip(block.range, direction).reduce(0) { $0 + Double(gradient.values[$1.0]) * $1.1 }
      #expect(abs(slope - expected) < 2e-2 * max(0.1, abs(expected)), "\(block.name) \(slope) \(expected)")
    }
  }

  /// Neither layers that are computed again nor the number of threads draw other masks.
  @Test(arguments: [SmallModel.llama, .qwen3, .everyBias], [false, true])
  func whoComputesChangesNoBit(kind: SmallModel, rounds: Bool) {
    let results = [(1, false), (2, true), (4, false)].map { workers, isCheckpointed in
      let model = Self.adapted(kind, dropout: 0.3, workers: workers, rounds: rounds)
      model.checkpointsActivations = isCheckpointed
      let sequences = (0..<12).flatMap { _ in kind.sequences }
      let pass = model.forward(.scoring(sequences, from: sequences.map { _ in 1 }), keepsActivations: true)
      let gradient = Parameters(count: model.trainedParameters.count)
      pass.backward((0..<pass.batch.rowCount).map { Float($0 % 7) - 3 }, into: gradient)
      return (pass.logps, gradient)
    }
    for other in results.dropFirst() {
      #expect(results[0].0 == other.0 && results[0].1.hasSameBits(as: other.1))
    }
  }

  /// What is scored or sampled loses nothing; what learns does, otherwise in each pass, and again the same after as many steps.
  @Test func onlyWhatLearnsLosesSomething() {
    let (model, plain) = (Self.adapted(.llama, dropout: 0.3), Self.adapted(.llama, dropout: 0))
    let batch = Self.batch(.llama)
    let scored = model.forward(batch).logps
    #expect(scored == plain.forward(batch).logps && scored == plain.forward(batch, keepsActivations: true).logps)
    let passes = (0..<2).map { _ in model.forward(batch, keepsActivations: true).logps }
    #expect(passes[0] != scored && passes[1] != scored && passes[0] != passes[1])
    model.begin(step: 1)
    #expect(model.forward(batch, keepsActivations: true).logps != passes[0])
    model.begin(step: 0)
    #expect(model.forward(batch, keepsActivations: true).logps == passes[0])
    let prompts: [[Int32]] = [[1, 2, 3]]
    let texts = [model, plain].map {
      $0.generate(prompts, Sampling(maxTokens: 8, stopTokens: [])) { _ in RandomStream(seed: 2, purpose: 94) }
    }
    #expect(texts[0].map(\.tokens) == texts[1].map(\.tokens) && texts[0].map(\.logps) == texts[1].map(\.logps))
    let merged = [model, plain].map { $0.merged() }
    #expect(merged[0].parameters.hasSameBits(as: merged[1].parameters))
  }
}
