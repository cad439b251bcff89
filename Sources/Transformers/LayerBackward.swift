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
    let (tokens, model) = (pack.rows, model.configuration)
    let (first, rows) = (tokens.lowerBound, tokens.count)
    let (normed, gateUp, dgateUp) = (scratch.normed, layer.gateUp.row(first), memory.gateUp.row(first))

    // h' = m + (silu(g) ∘ u) Wdᵀ
    outputBackward(
      rows, memory.after, layer.mlpOutput, place.mlpNorm, to: memory.mlpOutput, first,
      weight: memory.mlpNorm.row(packNumber))
    self.model.activate(rows, gateUp, layer.gateUp.stride, scratch.inner)
    self.model.scaleBranch(rows, model.intermediateSize, scratch.inner)
    memory.inner.pack(rows, of: scratch.inner.start, stride: scratch.inner.stride, at: first)
    keepAdapted(number, .down, rows, at: first, scratch.inner.start, scratch.inner.stride, memory, scratch)
    let dinner = scratch.innerGradient
    let ddown = memory.downGradient
    weights.down.applyBackward(rows, ddown.row(first), ddown.stride, to: dinner.start, dinner.stride)
    adaptBackward(number, .down, rows, at: first, ddown, adding: dinner.start, dinner.stride, memory, scratch)
    self.model.scaleBranch(rows, model.intermediateSize, dinner)
    self.model.activateBackward(rows, gateUp, layer.gateUp.stride, dinner, dgateUp, memory.gateUp.stride)

    // g u = norm(m) Wguᵀ
    self.model.branchInput(
      rows, layer.middle.row(first), layer.middle.stride, place.middleNorm, normed, layer.middleScale.start + first)
    memory.normedMiddle.pack(rows, of: normed.start, stride: normed.stride, at: first)
    keepAdapted(number, .gateUp, rows, at: first, normed.start, normed.stride, memory, scratch)
    weights.gateUp.applyBackward(rows, dgateUp, memory.gateUp.stride, to: normed.start, normed.stride)
    adaptBackward(number, .gateUp, rows, at: first, memory.gateUp, adding: normed.start, normed.stride, memory, scratch)
    normBackward(
      rows, normed, layer.middle.row(first), layer.middle.stride, place.middleNorm, layer.middleScale.start + first,
      from: memory.after, to: memory.middle, first, weight: memory.middleNorm.row(packNumber))

    // m = h + attention(q, k, v) Woᵀ
    outputBackward(
      rows, memory.middle, layer.attentionOutput, place.attentionNorm, to: memory.attentionOutput, first,
      weight: memory.attentionNorm.row(packNumber))
    let (dmixed, doutput) = (scratch.mixedGradient, memory.outputGradient)
    let mixed = self.model.scaledBranch(rows, layer.mixed.row(first), layer.mixed.stride, dmixed)
    memory.mixed.pack(rows, of: mixed, stride: layer.mixed.stride, at: first)
    keepAdapted(number, .output, rows, at: first, mixed, layer.mixed.stride, memory, scratch)
    weights.output.applyBackward(rows, doutput.row(first), doutput.stride, to: dmixed.start, dmixed.stride)
    adaptBackward(number, .output, rows, at: first, doutput, adding: dmixed.start, dmixed.stride, memory, scratch)
    self.model.scaleBranch(rows, model.querySize, dmixed)
    attendBackward(number, pack, layer, memory, scratch)
    rotate(layer: number, memory.qkv, first, tokens, sign: -1)
    if model.queryKeyNorm != .none {
      normHeadsBackward(place, layer, memory.qkv, first, rows, partial: memory.headNorms.row(packNumber))
    }

    // q k v = norm(h) Wqkvᵀ
    self.model.branchInput(
      rows, input.row(first), input.stride, place.inputNorm, normed, layer.inputScale.start + first)
    memory.normedInput.pack(rows, of: normed.start, stride: normed.stride, at: first)
    keepAdapted(number, .qkv, rows, at: first, normed.start, normed.stride, memory, scratch)
    weights.qkv.applyBackward(rows, memory.qkv.row(first), memory.qkv.stride, to: normed.start, normed.stride)
    adaptBackward(number, .qkv, rows, at: first, memory.qkv, adding: normed.start, normed.stride, memory, scratch)
    normBackward(
      rows, normed, input.row(first), input.stride, place.inputNorm, layer.inputScale.start + first,
      from: memory.middle, to: memory.before, first, weight: memory.inputNorm.row(packNumber))
  }

  /// The gradient of what a branch adds to the residual stream before its norm; nothing where it has none.
  private func outputBackward(
    _ rows: Int, _ dy: Matrix, _ output: BranchOutput?, _ weightOffset: Int, to result: Matrix?, _ first: Int,
    weight: UnsafeMutablePointer<Float>
  ) {
    guard let output, let result else { return }
    weight.update(repeating: 0, count: model.configuration.normSize)
    result.row(first).update(repeating: 0, count: rows * result.stride)
    var kind = model.configuration.normKind
    kernels.norm_backward(
      rows, model.configuration.hiddenSize, dy.row(first), dy.stride, output.values.row(first), output.values.stride,
      model.parameters.values + weightOffset, &kind, output.scales.start + first, result.row(first), result.stride,
      weight)
  }

  /// `to = from + ∂norm`: the gradient passes both by the residual connection and through the norm, if there is one.
  private func normBackward(
    _ rows: Int, _ dy: Matrix, _ x: UnsafePointer<Float>, _ ldx: Int, _ weightOffset: Int,
    _ scales: UnsafePointer<Float>, from: Matrix, to: Matrix, _ first: Int, weight: UnsafeMutablePointer<Float>
  ) {
    let hidden = model.configuration.hiddenSize
    to.row(first).update(from: from.row(first), count: rows * from.stride)
    guard weightOffset >= 0 else {
      for row in 0..<rows { kernels.add_rows(1, hidden, dy.row(row), 0, to.row(first + row)) }
      return
    }
    weight.update(repeating: 0, count: model.configuration.normSize)
    var kind = model.configuration.normKind
    kernels.norm_backward(
      rows, hidden, dy.start, dy.stride, x, ldx, model.parameters.values + weightOffset, &kind, scales, to.row(first),
      to.stride, weight)
  }

  private func attendBackward(
    _ number: Int, _ pack: TokenRows.Pack, _ layer: LayerActivations, _ memory: GradientMemory, _ scratch: WorkerScratch
  ) {
    var shape = model.configuration.attentionShape(layer: number)
    let heads = model.configuration.headCount
    let (dqkv, partials) = (memory.qkv, pack.partials)
    memory.shared.row(partials.lowerBound).update(repeating: 0, count: partials.count * memory.shared.stride)
    precondition(scratch.mixedGradient.stride == layer.mixed.stride)
    scratch.withAttention { scores in
      for stretch in own.stretches[pack.stretches] {
        let row = stretch.rows.lowerBound
        var shared = shared(before: stretch, layer: number)
        kernels.attention_backward(
          &shared, stretch.rows.count, &shape, layer.qkv.row(row), layer.qkv.stride, layer.mixed.row(row),
          scratch.mixedGradient.row(row - pack.rows.lowerBound), layer.mixed.stride,
          layer.logSums.start + row * heads, dqkv.row(row), dqkv.stride,
          memory.shared.row(stretch.partials.lowerBound), memory.shared.stride, scores)
      }
    }
    // The packs' partial gradients of a stem's keys and values, one after the other.
    for stem in pack.stretches where stem < own.stemPartials.count {
      for partial in own.stemPartials[stem] {
        for (from, to) in zip(partial, own.stretches[stem].rows) {
          kernels.add_rows(
            1, 2 * model.configuration.keySize, memory.shared.row(from), 0,
            dqkv.row(to) + model.configuration.querySize)
        }
      }
    }
  }

  private func normHeadsBackward(
    _ place: ParameterLayout.Layer, _ layer: LayerActivations, _ dqkv: Matrix, _ first: Int, _ rows: Int,
    partial: UnsafeMutablePointer<Float>
  ) {
    guard let unnormed = layer.unnormed, let scales = layer.headScales else { return }
    let (model, weights) = (model.configuration, self.model.parameters.values)
    let norms = model.queryKeyNorms
    var kind = model.normKind
    partial.update(repeating: 0, count: norms.querySize + norms.keySize)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: unnormed.columns) { result in
      guard let dx = result.baseAddress else { return }
      for row in first..<first + rows {
        let (x, dy, scale) = (unnormed.row(row), dqkv.row(row), scales.row(row))
        dx.update(repeating: 0, count: unnormed.columns)
        kernels.norm_backward(
          norms.queries, norms.querySize, dy, norms.querySize, x, norms.querySize, weights + place.queryNorm, &kind,
          scale, dx, norms.querySize, partial)
        let keys = model.querySize
        kernels.norm_backward(
          norms.keys, norms.keySize, dy + keys, norms.keySize, x + keys, norms.keySize, weights + place.keyNorm, &kind,
          scale + norms.queries, dx + keys, norms.keySize, partial + norms.querySize)
        dy.update(from: dx, count: unnormed.columns)
      }
    }
  }
}
