import Autodiff
import Testing

@testable import Transformers

/// Products whose factors are bfloat16 and whose sums are 32-bit floats.
@Suite struct RoundedFactorsTests {
  struct Product: CustomTestStringConvertible {
    let rows, outputs, inputs: Int

    var testDescription: String { "\(rows) × \(inputs) × \(outputs)" }

    func random(_ stream: UInt32, _ rows: Int, _ columns: Int) -> Matrix {
      var random = RandomStream(seed: 7, purpose: 92, stream)
      let matrix = Matrix(rows: rows, columns: columns)
      for row in 0..<rows { for column in 0..<columns { matrix.row(row)[column] = Float(random.normal()) } }
      return matrix
    }

    /// W without gaps between its rows, as parameters have it.
    var weight: Parameters {
      var random = RandomStream(seed: 7, purpose: 92, 9)
      let weight = Parameters(count: outputs * inputs)
      for i in 0..<weight.count { weight.values[i] = Float(random.normal()) }
      return weight
    }
  }

  private static func rounded(_ x: Float) -> Double { ReducedPrecision.bfloat16.rounded([Double(x)])[0] }

  // A row of one number, an odd number of rows that share words, more than a block, and edges of tiles.
  private static let products = [
    Product(rows: 1, outputs: 1, inputs: 1), Product(rows: 13, outputs: 33, inputs: 7),
    Product(rows: 5, outputs: 70, inputs: 40), Product(rows: 140, outputs: 17, inputs: 300),
    Product(rows: 301, outputs: 45, inputs: 33),
  ]

  /// The error of a sum of so many products of numbers of about 1.
  private static func isNear(_ a: Float, _ b: Double, terms: Int) -> Bool {
    abs(Double(a) - b) < 3e-6 * Double(terms + 1)
  }

  @Test(arguments: products, [MatrixFormat.floats, .pairs])
  func xWIsThatOfRoundedFactors(product: Product, format: MatrixFormat) {
    let (x, weight) = (product.random(1, product.rows, product.inputs), product.weight)
    let matrix = PackedMatrix(outputs: product.outputs, inputs: product.inputs, rounds: true, format: format)
    matrix.pack(product.outputs, of: weight.values)
    let y = Matrix(rows: product.rows, columns: product.outputs)
    matrix.apply(product.rows, x.start, x.stride, initial: nil, 0, to: y.start, y.stride, workers: .one)
    for row in 0..<product.rows {
      for output in 0..<product.outputs {
        let sum = (0..<product.inputs).reduce(0.0) {
          $0 + Self.rounded(x.row(row)[$1]) * Self.rounded(weight.values[output * product.inputs + $1])
        }
        #expect(Self.isNear(y.row(row)[output], sum, terms: product.inputs))
      }
    }
  }

  /// With the weight packed for it, turned while multiplying, and turned from floats: the same bits.
  @Test(arguments: products)
  func theWayBackIsThatOfRoundedFactors(product: Product) {
    let (dy, weight) = (product.random(2, product.rows, product.outputs), product.weight)
    let results = [(MatrixFormat.pairs, true), (.pairs, false), (.floats, false)].map { format, packsTwice in
      let matrix = PackedMatrix(
        outputs: product.outputs, inputs: product.inputs, rounds: true, format: format, packsTwice: packsTwice)
      matrix.pack(product.outputs, of: weight.values)
      matrix.prepareBackward(weight.values)
      let dx = Matrix(rows: product.rows, columns: product.inputs)
      matrix.applyBackward(product.rows, dy.start, dy.stride, to: dx.start, dx.stride)
      return (0..<product.rows).flatMap { row in (0..<product.inputs).map { dx.row(row)[$0] } }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    for row in 0..<product.rows {
      for input in 0..<product.inputs {
        let sum = (0..<product.outputs).reduce(0.0) {
          $0 + Self.rounded(dy.row(row)[$1]) * Self.rounded(weight.values[$1 * product.inputs + input])
        }
        #expect(Self.isNear(results[0][row * product.inputs + input], sum, terms: product.outputs))
      }
    }
  }

  /// Rows come in two parts that share a word, into memory that held larger ones.
  @Test(arguments: products)
  func aWeightsGradientIsThatOfRoundedFactors(product: Product) {
    let (x, dy) = (product.random(3, product.rows, product.inputs), product.random(4, product.rows, product.outputs))
    let panels = Panels(rows: product.rows + 3, columns: product.inputs, rounds: true)
    let nothing = Matrix(rows: product.rows + 3, columns: product.inputs)
    for i in 0..<nothing.rows * nothing.stride { nothing.start[i] = .nan }
    panels.pack(nothing.rows, of: nothing.start, stride: nothing.stride, at: 0)
    let first = product.rows / 3
    panels.pack(product.rows - first, of: x.row(first), stride: x.stride, at: first)
    panels.pack(first, of: x.start, stride: x.stride, at: 0)
    let gradient = Parameters(count: product.outputs * product.inputs)
    let sum = WeightProduct(
      gradient: dy, input: panels, offset: 0, outputs: product.outputs, inputs: product.inputs, rows: product.rows)
    WeightProduct.run([sum], Workers(2), into: gradient)
    for output in 0..<product.outputs {
      for input in 0..<product.inputs {
        let sum = (0..<product.rows).reduce(0.0) {
          $0 + Self.rounded(dy.row($1)[output]) * Self.rounded(x.row($1)[input])
        }
        #expect(Self.isNear(gradient.values[output * product.inputs + input], sum, terms: product.rows))
      }
    }
  }

  /// Rounding every factor moves the gradient by little more than rounding the weights alone, in 32 bits.
  @Test(arguments: SmallModel.allCases, [false, true])
  func gradientsAreAsNearAsRoundingLeavesThem(kind: SmallModel, hasAdapters: Bool) {
    func gradient(isHalf: Bool, rounds: Bool) -> (blocks: [ParameterBlock], gradient: Parameters) {
      let base = AdapterTests.base(kind, isHalf: isHalf, rounds: rounds)
      let model = hasAdapters ? AdapterTests.adapted(base) : base
      let batch =
        kind == .scalar
        ? TokenBatch(kind.sequences, reading: kind.sequences.map { 0..<$0.count })
        : .scoring(kind.sequences, from: kind.sequences.map { _ in 1 })
      let pass = model.forward(batch, keepsActivations: true)
      let gradient = Parameters(count: model.trainedParameters.count)
      pass.backward((0..<batch.rowCount).map { Float($0 % 5) - 2 }, into: gradient)
      return (model.trainedLayout.blocks, gradient)
    }
    func length(_ range: Range<Int>, _ number: (Int) -> Float) -> Double {
      range.reduce(0.0) { $0 + Double(number($1) * number($1)) }.squareRoot()
    }
    let (blocks, exact) = gradient(isHalf: false, rounds: false)
    let weightsAlone = gradient(isHalf: true, rounds: false).gradient
    let rounded = gradient(isHalf: false, rounds: true).gradient
    let whole = 0..<exact.count
    let error = length(whole) { rounded.values[$0] - exact.values[$0] }
    #expect(error > 0 && error < 3 * length(whole) { weightsAlone.values[$0] - exact.values[$0] })
    for block in blocks {
      let error = length(block.range) { rounded.values[$0] - exact.values[$0] }
      let size = length(block.range) { exact.values[$0] }
      #expect(error < 0.1 * size + 1e-3 * length(whole) { exact.values[$0] }, "\(block.name): \(error / size)")
    }
  }
}
