internal import CKernels

/// One layer, backward; the mirror of `LayerForward.swift`, from the last line to the first.
extension ForwardPass {
  func backward(
    layer number: Int, pack packNumber: Int, _ activations: Activations, _ memory: GradientMemory,
    _ scratch: WorkerScratch
  ) {
    let pack = own.packs[packNumber]
    let (weights, place) = (model.panels.layers[number], model.layout.layers[number])
    let (layer, input) = (activations.layer(number), activations.stream(number))
    let (tokens, model) = (own.tokens(of: pack), model.configuration)
    let (first, rows) = (tokens.lowerBound, tokens.count)
    let (normed, gateUp, dgateUp) = (scratch.normed, layer.gateUp.row(first), memory.gateUp.row(first))

    // h' = m + (silu(g) ∘ u) Wdᵀ
    kernels.swiglu_forward(
      rows, model.intermediateSize, gateUp, layer.gateUp.stride, scratch.inner.start, scratch.inner.stride)
    memory.inner.pack(rows, of: scratch.inner.start, stride: scratch.inner.stride, at: first)
    keepAdapted(number, .down, rows, at: first, scratch.inner.start, scratch.inner.stride, memory, scratch)
    let dinner = scratch.innerGradient
    weights.down.applyBackward(rows, memory.after.row(first), memory.after.stride, to: dinner.start, dinner.stride)
    adaptBackward(number, .down, rows, at: first, memory.after, adding: dinner.start, dinner.stride, memory)
    kernels.swiglu_backward(
      rows, model.intermediateSize, gateUp, layer.gateUp.stride, dinner.start, dinner.stride, dgateUp,
      memory.gateUp.stride)

    // g u = norm(m) Wguᵀ
    self.model.norm(
      rows, layer.middle.row(first), layer.middle.stride, place.postNorm, normed, layer.middleScale.start + first)
    memory.normedMiddle.pack(rows, of: normed.start, stride: normed.stride, at: first)
    keepAdapted(number, .gateUp, rows, at: first, normed.start, normed.stride, memory, scratch)
    weights.gateUp.applyBackward(rows, dgateUp, memory.gateUp.stride, to: normed.start, normed.stride)
    adaptBackward(number, .gateUp, rows, at: first, memory.gateUp, adding: normed.start, normed.stride, memory)
    normBackward(
      rows, normed, layer.middle.row(first), layer.middle.stride, place.postNorm, layer.middleScale.start + first,
      from: memory.after, to: memory.middle, first, weight: memory.postNorm.row(packNumber))

    // m = h + attention(q, k, v) Woᵀ
    memory.mixed.pack(rows, of: layer.mixed.row(first), stride: layer.mixed.stride, at: first)
    keepAdapted(number, .output, rows, at: first, layer.mixed.row(first), layer.mixed.stride, memory, scratch)
    weights.output.applyBackward(
      rows, memory.middle.row(first), memory.middle.stride, to: scratch.mixedGradient.start,
      scratch.mixedGradient.stride)
    adaptBackward(
      number, .output, rows, at: first, memory.middle, adding: scratch.mixedGradient.start,
      scratch.mixedGradient.stride, memory)
    attendBackward(pack, layer, memory.qkv, scratch)
    rotate(memory.qkv, first, tokens, sign: -1)
    if model.hasQueryKeyNorm {
      normHeadsBackward(place, layer, memory.qkv, first, rows, partial: memory.headNorms.row(packNumber))
    }

    // q k v = norm(h) Wqkvᵀ
    self.model.norm(rows, input.row(first), input.stride, place.inputNorm, normed, layer.inputScale.start + first)
    memory.normedInput.pack(rows, of: normed.start, stride: normed.stride, at: first)
    keepAdapted(number, .qkv, rows, at: first, normed.start, normed.stride, memory, scratch)
    weights.qkv.applyBackward(rows, memory.qkv.row(first), memory.qkv.stride, to: normed.start, normed.stride)
    adaptBackward(number, .qkv, rows, at: first, memory.qkv, adding: normed.start, normed.stride, memory)
    normBackward(
      rows, normed, input.row(first), input.stride, place.inputNorm, layer.inputScale.start + first,
      from: memory.middle, to: memory.before, first, weight: memory.inputNorm.row(packNumber))
  }

  /// `to = from + ∂norm`: the gradient passes both by the residual connection and through the norm.
  private func normBackward(
    _ rows: Int, _ dy: Matrix, _ x: UnsafePointer<Float>, _ ldx: Int, _ weightOffset: Int,
    _ scales: UnsafePointer<Float>, from: Matrix, to: Matrix, _ first: Int, weight: UnsafeMutablePointer<Float>
  ) {
    let hidden = model.configuration.hiddenSize
    to.row(first).update(from: from.row(first), count: rows * from.stride)
    weight.update(repeating: 0, count: hidden)
    kernels.norm_backward(
      rows, hidden, dy.start, dy.stride, x, ldx, model.parameters.values + weightOffset, scales, to.row(first),
      to.stride, weight)
  }

  private func attendBackward(
    _ pack: Range<Int>, _ layer: LayerActivations, _ dqkv: Matrix, _ scratch: WorkerScratch
  ) {
    var shape = model.configuration.attentionShape
    let heads = model.configuration.headCount
    let firstOfPack = own.tokenStarts[pack.lowerBound]
    precondition(scratch.mixedGradient.stride == layer.mixed.stride)
    scratch.withAttention { memory in
      for sequence in pack {
        let row = own.tokenStarts[sequence]
        kernels.attention_backward(
          own.sequences[sequence].count, &shape, layer.qkv.row(row), layer.qkv.stride, layer.mixed.row(row),
          scratch.mixedGradient.row(row - firstOfPack), layer.mixed.stride, layer.logSums.start + row * heads,
          dqkv.row(row), dqkv.stride, memory)
      }
    }
  }

  private func normHeadsBackward(
    _ place: ParameterLayout.Layer, _ layer: LayerActivations, _ dqkv: Matrix, _ first: Int, _ rows: Int,
    partial: UnsafeMutablePointer<Float>
  ) {
    guard let unnormed = layer.unnormed, let scales = layer.headScales else { return }
    let (model, weights) = (model.configuration, self.model.parameters.values)
    let size = model.headSize
    partial.update(repeating: 0, count: 2 * size)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: unnormed.columns) { result in
      guard let dx = result.baseAddress else { return }
      for row in first..<first + rows {
        let (x, dy, scale) = (unnormed.row(row), dqkv.row(row), scales.row(row))
        dx.update(repeating: 0, count: unnormed.columns)
        kernels.norm_backward(
          model.headCount, size, dy, size, x, size, weights + place.queryNorm, scale, dx, size, partial)
        kernels.norm_backward(
          model.keyValueHeadCount, size, dy + model.querySize, size, x + model.querySize, size,
          weights + place.keyNorm, scale + model.headCount, dx + model.querySize, size, partial + size)
        dy.update(from: dx, count: unnormed.columns)
      }
    }
  }
}
