internal import CKernels

/// The weight matrices of a model, packed for products, and packed again after the weights change.
///
/// A large model that is trained has no room for its weights a second time. They are packed while it generates, when products
/// have few rows and turning blocks would take as long as to multiply them; then they are as large as the gradient, which is
/// not in memory at that time.
final class WeightPanels: @unchecked Sendable {
  struct Weight: Sendable {
    /// Where it begins among all parameters of the model.
    let offset: Int
    let matrix: PackedMatrix

    var outputs: Int { matrix.outputs }
    var inputs: Int { matrix.inputs }
    var range: Range<Int> { offset..<offset + outputs * inputs }
  }

  struct Layer: Sendable {
    let qkv, output, gateUp, down: Weight

    var all: [Weight] { [qkv, output, gateUp, down] }
  }

  let layers: [Layer]
  let head: Weight
  /// A frozen model's embedding, which may be the head; a model that is trained has it among its parameters.
  let embedding: Weight?
  /// What a model that is trained packs; nil for one that is frozen.
  private let parameters: Parameters?
  private let packsToGenerateAlone: Bool
  private var isForwardFresh = false
  private var isBackwardFresh = false

  /// - Parameters:
  ///   - layout: Where each matrix begins in an array of all parameters.
  ///   - parameters: Those of a model that is trained.
  ///   - format: Of a frozen model, how a matrix of these parameters is kept; nil for a model that is trained.
  init(
    _ model: ModelConfiguration, _ layout: ParameterLayout, _ parameters: Parameters? = nil,
    frozen format: ((Range<Int>) -> MatrixFormat)? = nil
  ) {
    self.parameters = parameters
    let rounds = model.roundsFactors
    // As bfloat16, both packings take as much memory as one of floats.
    let packsTwice = format == nil && (rounds || model.isPackedTwice)
    let plain = packsTwice ? nil : parameters?.values
    packsToGenerateAlone = plain != nil
    func weight(_ offset: Int, _ outputs: Int, _ inputs: Int) -> Weight {
      let range = offset..<offset + outputs * inputs
      return Weight(
        offset: offset,
        matrix: PackedMatrix(
          outputs: outputs, inputs: inputs, rounds: rounds, format: format?(range), packsTwice: packsTwice,
          plain: plain.map { UnsafePointer($0 + offset) }))
    }
    layers = layout.layers.map { layer in
      Layer(
        qkv: weight(layer.qkv, model.querySize + 2 * model.keySize, model.hiddenSize),
        output: weight(layer.output, model.hiddenSize, model.querySize),
        gateUp: weight(layer.gateUp, model.expandedSize, model.hiddenSize),
        down: weight(layer.down, model.hiddenSize, model.intermediateSize))
    }
    head = weight(layout.head, model.outputSize, model.hiddenSize)
    if format == nil {
      embedding = nil
    } else if layout.head == layout.embedding {
      embedding = head
    } else {
      embedding = weight(layout.embedding, model.vocabularySize, model.hiddenSize)
    }
  }

  func weightsChanged() {
    endGeneration()
    isForwardFresh = false
    isBackwardFresh = false
  }

  /// Every matrix once.
  var all: [Weight] {
    let ends = [head] + (embedding.map { $0.offset == head.offset ? [] : [$0] } ?? [])
    return layers.flatMap { $0.all } + ends
  }

  func prepareForward(_ workers: Workers, generates: Bool = false) {
    guard !isForwardFresh, generates || !packsToGenerateAlone, let parameters else { return }
    let all = all
    workers.run(all.count) { task, _ in
      all[task].matrix.pack(all[task].outputs, of: parameters.values + all[task].offset)
    }
    isForwardFresh = true
  }

  /// Frees what is packed for generation alone; returns whether there was such.
  @discardableResult
  func endGeneration() -> Bool {
    guard packsToGenerateAlone else { return false }
    for weight in all { weight.matrix.unpack() }
    isForwardFresh = false
    return true
  }

  func prepareBackward(_ workers: Workers) {
    guard !isBackwardFresh, let parameters else { return }
    let all = all
    workers.run(all.count) { task, _ in all[task].matrix.prepareBackward(parameters.values + all[task].offset) }
    isBackwardFresh = true
  }
}

extension WeightPanels.Weight {
  /// `c = initial + a Wᵀ`, rows of `a` having `inputs` numbers.
  func apply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ lda: Int, initial: UnsafePointer<Float>?, _ ldinitial: Int,
    to c: UnsafeMutablePointer<Float>, _ ldc: Int, workers: Workers = .one
  ) {
    matrix.apply(rows, a, lda, initial: initial, ldinitial, to: c, ldc, workers: workers)
  }

  /// `dx = dy W`.
  func applyBackward(
    _ rows: Int, _ dy: UnsafePointer<Float>, _ lddy: Int, to dx: UnsafeMutablePointer<Float>, _ lddx: Int
  ) {
    matrix.applyBackward(rows, dy, lddy, to: dx, lddx)
  }
}
