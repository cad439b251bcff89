internal import CKernels

/// One layer, forward:
///
///     x̂ = norm(h)   q k v = x̂ Wqkvᵀ   m = h + attention(q, k, v) Woᵀ   h' = m + (silu(g) ∘ u) Wdᵀ,  g u = norm(m) Wguᵀ
extension ForwardPass {
  func forward(layer number: Int, pack: Range<Int>, _ memory: Activations, firstRow: Int, _ scratch: WorkerScratch) {
    let (weights, place) = (model.panels.layers[number], model.layout.layers[number])
    let (layer, rows) = (memory.layer(number), own.tokens(of: pack).count)
    let (input, output) = (memory.stream(number), memory.stream(number + 1))

    model.norm(
      rows, input.row(firstRow), input.stride, place.inputNorm, scratch.normed, layer.inputScale.start + firstRow)
    weights.qkv.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: model.bias(place.qkvBias), 0,
      to: layer.qkv.row(firstRow), layer.qkv.stride)
    model.adapt(
      number, .qkv, rows, scratch.normed.start, scratch.normed.stride, adding: layer.qkv.row(firstRow),
      layer.qkv.stride, scratch.adapted)
    if let unnormed = layer.unnormed, let scales = layer.headScales {
      for row in firstRow..<firstRow + rows {
        model.normHeads(place, layer.qkv.row(row), keeping: unnormed.row(row), scales.row(row))
      }
    }
    rotate(layer.qkv, firstRow, own.tokens(of: pack), sign: 1)
    attend(pack, layer, firstRow, scratch)
    model.project(
      weights.output, place.outputBias, rows, layer.mixed.row(firstRow), layer.mixed.stride,
      adding: input.row(firstRow), input.stride, to: layer.middle.row(firstRow), layer.middle.stride)
    model.adapt(
      number, .output, rows, layer.mixed.row(firstRow), layer.mixed.stride, adding: layer.middle.row(firstRow),
      layer.middle.stride, scratch.adapted)

    let middle = layer.middle.row(firstRow)
    model.norm(rows, middle, layer.middle.stride, place.postNorm, scratch.normed, layer.middleScale.start + firstRow)
    let gateUp = layer.gateUp.row(firstRow)
    weights.gateUp.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: model.bias(place.gateUpBias), 0, to: gateUp,
      layer.gateUp.stride)
    model.adapt(
      number, .gateUp, rows, scratch.normed.start, scratch.normed.stride, adding: gateUp, layer.gateUp.stride,
      scratch.adapted)
    kernels.swiglu_forward(
      rows, model.configuration.intermediateSize, gateUp, layer.gateUp.stride, scratch.inner.start,
      scratch.inner.stride)
    model.project(
      weights.down, place.downBias, rows, scratch.inner.start, scratch.inner.stride, adding: middle,
      layer.middle.stride, to: output.row(firstRow), output.stride)
    model.adapt(
      number, .down, rows, scratch.inner.start, scratch.inner.stride, adding: output.row(firstRow), output.stride,
      scratch.adapted)
  }

  /// Rotates queries and keys to their positions, or their gradients back.
  func rotate(_ qkv: Matrix, _ firstRow: Int, _ tokens: Range<Int>, sign: Float) {
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      model.rotate(tokens.count, qkv.row(firstRow), qkv.stride, positions + tokens.lowerBound, sign: sign)
    }
  }

  private func attend(_ pack: Range<Int>, _ layer: LayerActivations, _ firstRow: Int, _ scratch: WorkerScratch) {
    var shape = model.configuration.attentionShape
    let heads = model.configuration.headCount
    scratch.withAttention { memory in
      for sequence in pack {
        let row = firstRow + own.tokenStarts[sequence] - own.tokenStarts[pack.lowerBound]
        kernels.attention_forward(
          own.sequences[sequence].count, &shape, layer.qkv.row(row), layer.qkv.stride, layer.mixed.row(row),
          layer.mixed.stride, layer.logSums.start + row * heads, memory)
      }
    }
  }
}
