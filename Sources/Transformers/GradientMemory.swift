/// What a backward pass keeps of one layer at a time: the gradients of its products, and the other factors, packed.
final class GradientMemory: @unchecked Sendable {
  let tokens, packs: Int
  /// Gradients of the residual stream after the layer, in its middle and before it: [tokens, hidden].
  var after: Matrix
  let middle: Matrix
  var before: Matrix
  let gateUp, qkv: Matrix
  /// The inputs of the layer's four projections.
  let normedInput, mixed, normedMiddle, inner: Panels
  /// Each pack's share of the gradient of a norm's weight: [packs, hidden] or, for the head norms, [packs, 2 headSize].
  let inputNorm, postNorm, finalNorm, headNorms: Matrix
  /// The head's: the gradient of the logits, and the normed states.
  let logits: Matrix
  let normedReads: Panels

  init(_ model: ModelConfiguration, tokens: Int, packs: Int) {
    self.tokens = tokens
    self.packs = packs
    func stream() -> Matrix { Matrix(rows: tokens, columns: model.hiddenSize) }
    func panels(_ columns: Int) -> Panels { Panels(rows: tokens, columns: columns) }
    func partials(_ columns: Int) -> Matrix { Matrix(rows: packs, columns: columns) }
    (after, middle, before) = (stream(), stream(), stream())
    gateUp = Matrix(rows: tokens, columns: 2 * model.intermediateSize)
    qkv = Matrix(rows: tokens, columns: model.querySize + 2 * model.keySize)
    (normedInput, normedMiddle) = (panels(model.hiddenSize), panels(model.hiddenSize))
    (mixed, inner) = (panels(model.querySize), panels(model.intermediateSize))
    (inputNorm, postNorm, finalNorm) = (
      partials(model.hiddenSize), partials(model.hiddenSize), partials(model.hiddenSize)
    )
    headNorms = partials(2 * model.headSize)
    logits = Matrix(rows: 0, columns: model.outputSize)
    normedReads = Panels(rows: 0, columns: model.hiddenSize)
  }
}
