import Autodiff
import Testing

@testable import Transformers

/// Models with fewer bits, as engines have them that sample.
@Suite struct EngineTests {
  // A row of one number, edges of tiles and panels, more than a block of bytes.
  private static let shapes = [(rows: 1, outputs: 1, inputs: 1), (13, 33, 7), (140, 70, 300), (5, 45, 530)]

  private static func numbers(_ count: Int, _ stream: UInt32) -> Parameters {
    var random = RandomStream(seed: 5, purpose: 97, stream)
    let numbers = Parameters(count: count)
    for i in 0..<count { numbers.values[i] = Float(random.normal()) }
    return numbers
  }

  /// Each row in blocks of 256 numbers, rounded to 127 steps of the block's largest.
  private static func rounded(_ row: UnsafeMutableBufferPointer<Float>) -> [Double] {
    stride(from: 0, to: row.count, by: 256).flatMap { start in
      ReducedPrecision.int8.rounded(row[start..<min(start + 256, row.count)].map { Double($0) })
    }
  }

  @Test(arguments: shapes)
  func productsOfBytesAreThoseOfRoundedWeights(shape: (rows: Int, outputs: Int, inputs: Int)) {
    let (rows, outputs, inputs) = shape
    let (x, dy) = (Self.numbers(rows * inputs, 1), Self.numbers(rows * outputs, 2))
    let weight = Self.numbers(outputs * inputs, 3)
    let exact = (0..<outputs).map { Self.rounded(weight[$0 * inputs..<($0 + 1) * inputs]) }
    let matrix = PackedMatrix(outputs: outputs, inputs: inputs, rounds: true, format: .bytes)
    matrix.pack(outputs, of: weight.values)
    let row = Parameters(count: inputs)
    for output in 0..<outputs {
      matrix.takeRow(output, to: row.values)
      for input in 0..<inputs { #expect(abs(Double(row.values[input]) - exact[output][input]) < 1e-6) }
    }
    let (y, dx) = (Parameters(count: rows * outputs), Parameters(count: rows * inputs))
    matrix.apply(rows, x.values, inputs, initial: nil, 0, to: y.values, outputs, workers: Workers(3))
    matrix.applyBackward(rows, dy.values, outputs, to: dx.values, inputs)
    for row in 0..<rows {
      for output in 0..<outputs {
        let sum = (0..<inputs).reduce(0.0) { $0 + Double(x.values[row * inputs + $1]) * exact[output][$1] }
        #expect(abs(Double(y.values[row * outputs + output]) - sum) < 3e-6 * Double(inputs + 1))
      }
      for input in 0..<inputs {
        let sum = (0..<outputs).reduce(0.0) { $0 + Double(dy.values[row * outputs + $1]) * exact[$1][input] }
        #expect(abs(Double(dx.values[row * inputs + input]) - sum) < 3e-6 * Double(outputs + 1))
      }
    }
    // A row is the same whatever stands beside it.
    let alone = Parameters(count: outputs)
    matrix.apply(
      1, x.values + (rows - 1) * inputs, inputs, initial: nil, 0, to: alone.values, outputs, workers: .one)
    #expect((0..<outputs).allSatisfy { alone.values[$0] == y.values[(rows - 1) * outputs + $0] })
  }

  /// A number that is none is not taken for one.
  @Test(arguments: [Float.nan, .infinity])
  func whatIsNotFiniteStaysSo(number: Float) {
    let weight = Self.numbers(40, 4)
    weight.values[11] = number
    let matrix = PackedMatrix(outputs: 2, inputs: 20, rounds: false, format: .bytes)
    matrix.pack(2, of: weight.values)
    let (x, y) = (Self.numbers(20, 5), Parameters(count: 2))
    matrix.apply(1, x.values, 20, initial: nil, 0, to: y.values, 2, workers: .one)
    #expect(!y.values[0].isFinite && y.values[1].isFinite)
  }

  /// A model whose products have the factors that an engine's have.
  private static func rounded(_ model: Transformer, _ precision: ReducedPrecision) -> Transformer {
    var shape = model.configuration
    shape.roundsFactors = precision == .bfloat16
    let copy = Transformer(shape, parameters: Parameters(copying: model.parameters))
    let kept = Set(model.frozen().layout.blocks.map { $0.name })
    for block in copy.layout.blocks where !kept.contains(block.name) {
      let inputs = block.shape[1]
      for start in stride(from: block.offset, to: block.offset + block.count, by: inputs) {
        let row = copy.parameters[start..<start + inputs]
        let scale = precision == .float8 ? 448 / Double(row.reduce(0) { max($0, $1.magnitude) }) : 1
        let new = precision == .int8 ? rounded(row) : precision.rounded(row.map { Double($0) * scale })
        for (place, x) in new.enumerated() { row[place] = Float(x / scale) }
      }
    }
    copy.parametersChanged()
    return copy
  }

  /// Its samples have its own log-probabilities, with adapters too, which are those of rounded weights.
  @Test(arguments: [SmallModel.llama, .windowOfBlocks, .layerNorm], [ReducedPrecision.bfloat16, .float8, .int8])
  func anEngineSaysWhatItSamplesFrom(kind: SmallModel, precision: ReducedPrecision) {
    let base = AdapterTests.base(kind, isHalf: false, workers: 3)
    for model in [base, base.frozen(), AdapterTests.adapted(base)] {
      let engine = model.engine(precision)
      #expect(engine.isFrozen && engine.panels.all.allSatisfy { $0.matrix.format != .floats } == (precision != .float8))
      let prompts = kind.sequences.map { Array($0.prefix(9)) }
      let texts = engine.generate(prompts, Sampling(maxTokens: 12, stopTokens: [])) { n in
        RandomStream(seed: 2, purpose: 94, UInt32(n))
      }
      let batch = TokenBatch.scoring(zip(prompts, texts).map { $0 + $1.tokens }, from: prompts.map { $0.count })
      let (own, models) = (engine.forward(batch).logps, model.forward(batch).logps)
      #expect(own == texts.flatMap { $0.logps })
      #expect(own != models)
      guard !model.isFrozen else { continue }
      let exact = Self.rounded(model, precision).forward(batch).logps
      let distance = zip(own, exact).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(distance < 1e-4, "\(distance)")
    }
  }

  /// What is frozen is rounded once; adapters that were trained meanwhile are the model's.
  @Test func anEngineFollowsItsAdapters() {
    let model = AdapterTests.adapted(AdapterTests.base(.llama, isHalf: false))
    let engine = model.engine(.int8)
    model.trainedParameters.values[0] += 1
    model.parametersChanged()
    let (again, new) = (model.engine(.int8, reusing: engine), model.engine(.int8))
    let batch = TokenBatch.scoring(SmallModel.llama.sequences, from: SmallModel.llama.sequences.map { _ in 1 })
    #expect(again.panels === engine.panels && new.panels !== engine.panels)
    #expect(again.forward(batch).logps == new.forward(batch).logps)
  }
}
