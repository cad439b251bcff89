internal import CKernels

/// One layer, forward:
///
///     x̂ = norm(h)   q k v = x̂ Wqkvᵀ   m = h + attention(q, k, v) Woᵀ   h' = m + (silu(g) ∘ u) Wdᵀ,  g u = norm(m) Wguᵀ
extension ForwardPass {
  func forward(layer number: Int, pack: Range<Int>, _ memory: Activations, firstRow: Int, _ scratch: WorkerScratch) {
    let (weights, place) = (model.panels.layers[number], model.layout.layers[number])
    let (layer, rows) = (memory.layer(number), batch.tokens(of: pack).count)
    let (input, output) = (memory.stream(number), memory.stream(number + 1))
    let model = model.configuration

    norm(rows, input.row(firstRow), input.stride, place.inputNorm, scratch.normed, layer.inputScale.start + firstRow)
    weights.qkv.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: bias(place.qkvBias), 0,
      to: layer.qkv.row(firstRow), layer.qkv.stride)
    if model.hasQueryKeyNorm { normHeads(place, layer, firstRow, rows) }
    rotate(layer.qkv, firstRow, batch.tokens(of: pack), sign: 1)
    attend(pack, layer, firstRow, scratch)
    project(
      weights.output, place.outputBias, rows, layer.mixed.row(firstRow), layer.mixed.stride, adding: input, firstRow,
      to: layer.middle)

    let middle = layer.middle.row(firstRow)
    norm(rows, middle, layer.middle.stride, place.postNorm, scratch.normed, layer.middleScale.start + firstRow)
    let gateUp = layer.gateUp.row(firstRow)
    weights.gateUp.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: bias(place.gateUpBias), 0, to: gateUp,
      layer.gateUp.stride)
    kernels.swiglu_forward(
      rows, model.intermediateSize, gateUp, layer.gateUp.stride, scratch.inner.start, scratch.inner.stride)
    project(
      weights.down, place.downBias, rows, scratch.inner.start, scratch.inner.stride, adding: layer.middle, firstRow,
      to: output)
  }

  func bias(_ offset: Int) -> UnsafePointer<Float>? {
    offset < 0 ? nil : UnsafePointer(model.parameters.values + offset)
  }

  func norm(
    _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ weight: Int, _ y: Matrix,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    kernels.norm_forward(
      rows, model.configuration.hiddenSize, x, ldx, model.parameters.values + weight,
      model.configuration.normEpsilon, y.start, y.stride, scales)
  }

  /// Adds a projection, and its bias if it has one, to the residual stream.
  private func project(
    _ weight: WeightPanels.Weight, _ biasOffset: Int, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    adding residual: Matrix, _ firstRow: Int, to result: Matrix
  ) {
    weight.apply(
      rows, x, ldx, initial: residual.row(firstRow), residual.stride, to: result.row(firstRow), result.stride)
    guard let bias = bias(biasOffset) else { return }
    for row in firstRow..<firstRow + rows { kernels.add_rows(1, result.columns, bias, 0, result.row(row)) }
  }

  /// Qwen3's norms over each head's query and key, with one weight for all heads.
  private func normHeads(_ place: ParameterLayout.Layer, _ layer: LayerActivations, _ firstRow: Int, _ rows: Int) {
    guard let unnormed = layer.unnormed, let scales = layer.headScales else { return }
    let model = model.configuration
    let weights = self.model.parameters.values
    for row in firstRow..<firstRow + rows {
      let (from, to, scale) = (unnormed.row(row), layer.qkv.row(row), scales.row(row))
      from.update(from: to, count: unnormed.columns)
      kernels.norm_forward(
        model.headCount, model.headSize, from, model.headSize, weights + place.queryNorm, model.normEpsilon, to,
        model.headSize, scale)
      kernels.norm_forward(
        model.keyValueHeadCount, model.headSize, from + model.querySize, model.headSize, weights + place.keyNorm,
        model.normEpsilon, to + model.querySize, model.headSize, scale + model.headCount)
    }
  }

  /// Turns queries and keys to their positions, or their gradients back.
  func rotate(_ qkv: Matrix, _ firstRow: Int, _ tokens: Range<Int>, sign: Float) {
    let model = model.configuration
    positions.withUnsafeBufferPointer { positions in
      self.model.rotary.cosines.withUnsafeBufferPointer { cosines in
        self.model.rotary.sines.withUnsafeBufferPointer { sines in
          guard let positions = positions.baseAddress, let cosines = cosines.baseAddress, let sines = sines.baseAddress
          else { return }
          kernels.rotate(
            tokens.count, model.headCount + model.keyValueHeadCount, model.headSize, qkv.row(firstRow), qkv.stride,
            positions + tokens.lowerBound, cosines, sines, sign)
        }
      }
    }
  }

  private func attend(_ pack: Range<Int>, _ layer: LayerActivations, _ firstRow: Int, _ scratch: WorkerScratch) {
    var shape = model.configuration.attentionShape
    let heads = model.configuration.headCount
    scratch.withAttention { memory in
      for sequence in pack {
        let row = firstRow + batch.tokenStarts[sequence] - batch.tokenStarts[pack.lowerBound]
        kernels.attention_forward(
          batch.sequences[sequence].count, &shape, layer.qkv.row(row), layer.qkv.stride, layer.mixed.row(row),
          layer.mixed.stride, layer.logSums.start + row * heads, memory)
      }
    }
  }
}
