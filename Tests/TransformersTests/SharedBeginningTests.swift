import Autodiff
import Foundation
import Testing

@testable import Transformers

/// What several sequences begin with goes through the model once: the same numbers, and the same gradient up to its rounding.
@Suite struct SharedBeginningTests {
  /// Two groups, whose members are not neighbours, a pair that ends alike, and what shares nothing.
  private static func sequences(_ kind: SmallModel) -> [[Int32]] {
    var random = RandomStream(seed: 12, purpose: 98)
    func text(_ length: Int) -> [Int32] {
      (0..<length).map { _ in Int32(random.below(kind.configuration.vocabularySize)) }
    }
    // Longer than a window and than a block of attention, and shorter than a vector.
    let (long, short) = (text(51), text(5))
    let group = (0..<5).map { n in long + text([9, 1, 3, 11, 2][n]) }
    let other = (0..<6).map { n in short + text(3 + n) }
    return zip(group, other).flatMap { [$0, $1] } + [other[5], text(7), group[0], [3]]
  }

  private static func batch(_ kind: SmallModel, _ sequences: [[Int32]], from: [Int]? = nil) -> TokenBatch {
    if kind == .scalar { return TokenBatch(sequences, reading: sequences.map { 0..<$0.count }) }
    // Of most sequences what is read begins within what they share.
    return .scoring(sequences, from: from ?? sequences.map { min($0.count, 5) })
  }

  /// A pass, and the gradient of a weighted sum of what was read.
  private static func pass(_ model: Transformer, _ batch: TokenBatch, _ weights: [Float]) -> (ForwardPass, Parameters) {
    let isScalar = model.configuration.head == .scalar
    let pass = model.forward(batch, temperature: 0.8, wantsEntropy: !isScalar, keepsActivations: true)
    let gradient = Parameters(count: model.trainedParameters.count)
    pass.backward(weights, entropies: isScalar ? nil : weights.reversed(), into: gradient)
    return (pass, gradient)
  }

  @Test(arguments: SmallModel.allCases, [false, true])
  func whatIsSharedChangesNoNumberAndNoGradient(kind: SmallModel, rounds: Bool) {
    let base = AdapterTests.base(kind, isHalf: false, rounds: rounds)
    for model in [base, AdapterTests.adapted(base)] {
      for checkpoints in [false, true] {

        Self.check(model.copied(checkpoints), kind, tolerance: rounds ? 2e-2 : 2e-5)
      }
    }
  }

  private static func check(_ model: Transformer, _ kind: SmallModel, tolerance: Double) {
    let batch = batch(kind, sequences(kind))
    let weights = (0..<batch.rowCount).map { Float($0 % 7) - 2.5 }
    let (pass, gradient) = pass(model, batch, weights)
    #expect(pass.own.stemCount > 51 && pass.own.count < batch.tokenCount / 2)
    #expect(model.forward(batch, temperature: 0.8).logps == pass.logps, "with activations and without")
    let expected = Parameters(count: gradient.count)
    for number in batch.sequences.indices {
      let alone = Self.batch(kind, [batch.sequences[number]])
      let rows = batch.rows(of: number)
      let one = model.forward(alone, temperature: 0.8, wantsEntropy: kind != .scalar, keepsActivations: true)
      #expect(one.logps == Array(pass.logps[rows]) && one.own.stemCount == 0)
      #expect(one.entropies == pass.entropies.map { Array($0[rows]) })
      let entropies = Array(Array(weights.reversed())[rows])
      one.backward(Array(weights[rows]), entropies: kind == .scalar ? nil : entropies, into: expected)
    }
    var (difference, size) = (0.0, 0.0)
    for i in 0..<gradient.count {
      difference += pow(Double(gradient.values[i] - expected.values[i]), 2)
      size += pow(Double(expected.values[i]), 2)
    }
    #expect(size > 1 && difference.squareRoot() < tolerance * size.squareRoot(), "\(kind) \(difference / size)")
  }

  @Test(arguments: [SmallModel.qwen3, .window, .normsAround, .layerNorm], [false, true])
  func theNumberOfWorkersChangesNoBit(kind: SmallModel, rounds: Bool) {
    let results = [1, 2, 4].map { workers in
      let model = AdapterTests.base(kind, isHalf: false, workers: workers, rounds: rounds)
      let sequences = (0..<5).flatMap { n in Self.sequences(kind).map { [Int32(n)] + $0.suffix(50) } }
      let batch = Self.batch(kind, sequences)
      return Self.pass(model, batch, (0..<batch.rowCount).map { Float($0 % 7) - 3 })
    }
    #expect(results[0].0.own.stemPacks.count > 1 && results[0].0.own.endPacks.count > 2)
    for (pass, gradient) in results.dropFirst() {
      #expect(pass.logps == results[0].0.logps && gradient.hasSameBits(as: results[0].1))
    }
  }

  /// Along one direction of each block, against central differences of a model in double precision that shares nothing.
  @Test(arguments: [SmallModel.llama, .windowOfBlocks, .normsAround, .layerNorm])
  func gradientsEqualFiniteDifferences(kind: SmallModel) {
    let model = kind.transformer()
    let sequences = Array(Self.sequences(kind).prefix(6))
    let from = sequences.map { min($0.count, 5) }
    let batch = TokenBatch.scoring(sequences, from: from)
    var random = RandomStream(seed: 4, purpose: 97)
    let weights = (0..<batch.rowCount).map { _ in random.normal() }
    let pass = model.forward(batch, keepsActivations: true)
    #expect(pass.own.stemCount > 0)
    let gradient = Parameters(count: model.parameters.count)
    pass.backward(weights.map { Float($0) }, into: gradient)
    var naive = NaiveTransformer(model)
    for block in model.layout.blocks {
      let direction = block.range.map { _ in random.normal() / Double(block.count).squareRoot() }
      let center = Array(naive.parameters[block.range])
      func value(at step: Double) -> Double {
        naive.parameters.replaceSubrange(block.range, with: zip(center, direction).map { $0 + step * $1 })
        let logps = zip(sequences, from).flatMap { naive.logps($0, from: $1, temperature: 1).logps }
        return zip(logps, weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let expected = (value(at: 1e-4) - value(at: -1e-4)) / 2e-4
      naive.parameters.replaceSubrange(block.range, with: center)
      let slope = zip(block.range, direction).reduce(0) { $0 + Double(gradient.values[$1.0]) * $1.1 }
      #expect(abs(slope - expected) < 3e-3 * max(1, abs(expected)), "\(block.name) \(slope) \(expected)")
    }
  }

  // MARK: - What is shared

  /// The most that groups of neighbours can save, by trying all ways to cut.
  private static func mostSaved(_ sequences: ArraySlice<[Int32]>) -> Int {
    guard let first = sequences.first else { return 0 }
    var best = 0
    for count in 1...sequences.count {
      let group = sequences.prefix(count)
      let length = group.map { other in zip(first, other).prefix { $0 == $1 }.count }.min() ?? 0
      let shared = min(length, (group.map(\.count).min() ?? 1) - 1)
      best = max(best, (shared >= 4 ? shared * (count - 1) : 0) + mostSaved(sequences.dropFirst(count)))
    }
    return best
  }

  @Test func theGroupsSaveTheMost() {
    var random = RandomStream(seed: 1, purpose: 98)
    for _ in 0..<200 {
      let sequences = (0..<8).map { _ in
        (0..<(1 + random.below(20))).map { n in n < 9 ? Int32(n / 9) : Int32(random.below(2)) }
      }.sorted { $0.lexicographicallyPrecedes($1) }
      let groups = SharedBeginnings.groups(of: sequences)
      let saved = groups.reduce(0) { $0 + $1.length * ($1.sequences.count - 1) }
      let most = Self.mostSaved(sequences[...])
      #expect(saved == most || groups.isEmpty && most * 16 < sequences.reduce(0) { $0 + $1.count })
    }
  }

  @Test func whatSharesNothingKeepsItsOrder() {
    let sequences: [[Int32]] = [[9, 1, 2, 3, 4, 5], [1, 2, 3], [9, 1, 2, 8], [7]]
    #expect(TokenBatch.scoring(sequences, from: [1, 1, 1, 1]).order == [0, 1, 2, 3])
  }

  /// A prompt of 100 tokens with eight answers of 20: 260 rows instead of 960, and one row for all that read the prompt's end.
  @Test func aGroupsPromptIsThereOnce() {
    let prompt = (0..<100).map { Int32($0) }
    let texts = (0..<8).map { n in prompt + (0..<20).map { Int32(($0 + 1) * (n + 1)) } }
    let batch = TokenBatch.scoring(texts, from: texts.map { _ in 100 })
    let rows = TokenRows(batch, batch.order, share: 0..<8)
    #expect((rows.count, rows.stemCount, batch.tokenCount, rows.readCount) == (260, 100, 960, 160))
    let stem = rows.packs[rows.stemPacks][0]
    #expect(rows.reads(of: stem).map(\.row) == [Int](repeating: 99, count: 8))
    #expect(rows.reads(of: stem).map(\.number) == (0..<8).map { $0 * 20 })
  }
}

extension Transformer {
  /// The same model with memory of its own: what is kept of a layer is decided when memory is taken for the first time.
  fileprivate func copied(_ checkpoints: Bool) -> Transformer {
    let model = copy()
    model.checkpointsActivations = checkpoints
    return model
  }
}
