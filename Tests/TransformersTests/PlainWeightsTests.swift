import Autodiff
import Testing

@testable import Transformers

/// Products with weights that are not packed, as those of a large model are while it trains.
@Suite struct PlainWeightsTests {
  struct Product: CustomTestStringConvertible {
    let rows, outputs, inputs: Int

    var testDescription: String { "\(rows) × \(inputs) × \(outputs)" }
  }

  // One number, edges of blocks of 16 and panels of 32, and more than a block of 256.
  private static let products = [
    Product(rows: 1, outputs: 1, inputs: 1), Product(rows: 13, outputs: 33, inputs: 7),
    Product(rows: 5, outputs: 72, inputs: 40), Product(rows: 30, outputs: 17, inputs: 300),
    Product(rows: 14, outputs: 530, inputs: 48), Product(rows: 12, outputs: 64, inputs: 256),
  ]

  private static func numbers(_ count: Int, _ stream: UInt32) -> Parameters {
    var random = RandomStream(seed: 3, purpose: 95, stream)
    let numbers = Parameters(count: count)
    for i in 0..<count { numbers.values[i] = Float(random.normal()) }
    return numbers
  }

  /// On one thread and shared by three.
  @Test(arguments: products, [false, true])
  func theyHaveTheBitsOfPackedOnes(product: Product, rounds: Bool) {
    let weight = Self.numbers(product.outputs * product.inputs, 1)
    let (x, dy) = (Self.numbers(product.rows * product.inputs, 2), Self.numbers(product.rows * product.outputs, 3))
    let plain = UnsafePointer(weight.values)
    let results = [(nil, 1), (plain, 1), (plain, 3)].map { plain, workers in
      let matrix = PackedMatrix(
        outputs: product.outputs, inputs: product.inputs, rounds: rounds, format: .floats, plain: plain)
      if plain == nil { matrix.pack(product.outputs, of: weight.values) }
      let (y, dx) = (Parameters(count: dy.count), Parameters(count: x.count))
      matrix.apply(
        product.rows, x.values, product.inputs, initial: nil, 0, to: y.values, product.outputs,
        workers: Workers(workers))
      matrix.applyBackward(product.rows, dy.values, product.outputs, to: dx.values, product.inputs)
      return (y, dx)
    }
    for (y, dx) in results.dropFirst() {
      #expect(results[0].0.hasSameBits(as: y) && results[0].1.hasSameBits(as: dx))
    }
    #expect(results[1].0.norm(.all) > 0 && results[1].1.norm(.all) > 0)
  }

  /// 38 million numbers of matrices: what samples packs them, what scores does not, and a frozen copy always does.
  @Test func aLargeModelSaysTheSameWhetherItIsPacked() {
    let shape = ModelConfiguration(
      vocabularySize: 40, hiddenSize: 1024, intermediateSize: 2048, layerCount: 4, headCount: 8, keyValueHeadCount: 4)
    let model = Transformer(shape, seed: 4)
    #expect(!shape.isPackedTwice)
    let prompts: [[Int32]] = [[3, 5, 7], [11, 2]]
    let texts = model.generate(prompts, Sampling(maxTokens: 4, stopTokens: [])) { n in
      RandomStream(seed: 2, purpose: 94, UInt32(n))
    }
    let batch = TokenBatch.scoring(zip(prompts, texts).map { $0 + $1.tokens }, from: prompts.map { $0.count })
    let logps = model.forward(batch).logps
    #expect(logps == texts.flatMap { $0.logps })
    #expect(logps == model.frozen().forward(batch).logps)
    let gradient = Parameters(count: model.parameters.count)
    model.forward(batch, keepsActivations: true).backward([Float](repeating: -1, count: batch.rowCount), into: gradient)
    AdamW(for: model).step(gradient, scale: 1, learningRate: 1e-4)
    // The weights are others now, and so is what is packed of them.
    let next = model.generate(prompts, Sampling(maxTokens: 4, stopTokens: [])) { n in
      RandomStream(seed: 2, purpose: 94, UInt32(n))
    }
    let again = TokenBatch.scoring(zip(prompts, next).map { $0 + $1.tokens }, from: prompts.map { $0.count })
    #expect(model.forward(again).logps == next.flatMap { $0.logps })
    #expect(model.forward(batch).logps != logps)
  }

  @Test(arguments: [1000, 20_000_000])
  func aClearedArrayIsZero(count: Int) {
    let numbers = Parameters(count: count)
    #expect(numbers.norm(.all) == 0)
    for clears in [true, false] {
      for i in stride(from: 0, to: count, by: 999) { numbers.values[i] = 1 }
      numbers.values[count - 1] = 1
      if clears { numbers.clear() } else { numbers.release() }
      // A small array keeps its numbers until it is cleared.
      #expect((numbers.norm(.all) == 0) == (clears || count > 1000))
    }
  }
}
