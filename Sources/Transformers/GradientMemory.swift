/// What a backward pass keeps of one layer at a time: the gradients of its products, and the other factors, packed.
final class GradientMemory: @unchecked Sendable {
  let tokens, packs: Int
  /// Gradients of the residual stream after the layer, in its middle and before it: [tokens, hidden].
  var after: Matrix
  let middle: Matrix
  var before: Matrix
  /// The gradients of what attention and the MLP add to the stream before their norms, if they have these.
  let attentionOutput, mlpOutput: Matrix?
  let gateUp, qkv: Matrix
  /// Each pack's share of the gradient of the stems' keys and values: [rows of partial gradients, 2 keySize].
  let shared: Matrix
  /// The inputs of the layer's four projections.
  let normedInput, mixed, normedMiddle, inner: Panels
  /// Each pack's share of the gradient of a norm's weights: [packs, normSize]; for the head norms those of the queries' and
  /// of the keys' norm beside each other.
  let inputNorm, attentionNorm, middleNorm, mlpNorm, finalNorm, headNorms: Matrix
  /// The head's: the gradient of the logits, and the normed states.
  let logits: Matrix
  let normedReads: Panels
  /// The head's gradient on its way to the final norm: [rows read, hidden].
  let reads: Matrix
  /// Of the four products, those that have adapters.
  let adapters: [AdapterMemory?]

  init(_ model: ModelConfiguration, _ adapters: Adapters?, tokens: Int, packs: Int) {
    self.tokens = tokens
    self.packs = packs
    func stream() -> Matrix { Matrix(rows: tokens, columns: model.hiddenSize) }
    let rounds = model.roundsFactors
    func panels(_ columns: Int, rows: Int) -> Panels {
      Panels(rows: rows, columns: columns, rounds: rounds)
    }
    func partials(_ columns: Int) -> Matrix { Matrix(rows: packs, columns: columns) }
    (after, middle, before) = (stream(), stream(), stream())
    attentionOutput = model.normPlace.isAfter ? stream() : nil
    mlpOutput = model.normPlace.isAfter ? stream() : nil
    gateUp = Matrix(rows: tokens, columns: model.expandedSize)
    qkv = Matrix(rows: tokens, columns: model.querySize + 2 * model.keySize)
    shared = Matrix(rows: 0, columns: 2 * model.keySize)
    (normedInput, normedMiddle) = (panels(model.hiddenSize, rows: tokens), panels(model.hiddenSize, rows: tokens))
    (mixed, inner) = (panels(model.querySize, rows: tokens), panels(model.intermediateSize, rows: tokens))
    func norm() -> Matrix { partials(model.normSize) }
    (inputNorm, attentionNorm, middleNorm, mlpNorm, finalNorm) = (norm(), norm(), norm(), norm(), norm())
    headNorms = partials(model.queryKeyNorms.querySize + model.queryKeyNorms.keySize)
    logits = Matrix(rows: 0, columns: model.outputSize)
    normedReads = panels(model.hiddenSize, rows: 0)
    reads = Matrix(rows: 0, columns: model.hiddenSize)
    // All layers have the same adapters.
    self.adapters = Projection.allCases.map { projection in
      guard let adapters, let group = adapters.layers.first?[projection.rawValue] else { return nil }
      return AdapterMemory(group, adapters.shape, tokens: tokens, rounds: rounds)
    }
  }

  /// The input of a product, packed, and its result's gradient.
  func factors(of projection: Projection) -> (input: Panels, gradient: Matrix) {
    switch projection {
    case .qkv: (normedInput, qkv)
    case .output: (mixed, outputGradient)
    case .gateUp: (normedMiddle, gateUp)
    case .down: (inner, downGradient)
    }
  }

  /// The gradients of the results of the two projections that end a layer's branches.
  var outputGradient: Matrix { attentionOutput ?? middle }
  var downGradient: Matrix { mlpOutput ?? after }
}
