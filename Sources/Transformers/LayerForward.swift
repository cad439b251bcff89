internal import CKernels

/// One layer, forward:
///
///     x̂ = norm(h)   q k v = x̂ Wqkvᵀ   m = h + attention(q, k, v) Woᵀ   h' = m + (silu(g) ∘ u) Wdᵀ,  g u = norm(m) Wguᵀ
///
/// Where a family has norms after its branches, it is m = h + norm(attention(q, k, v) Woᵀ), and h' likewise.
extension ForwardPass {
  func forward(layer number: Int, pack: TokenRows.Pack, _ memory: Activations, firstRow: Int, _ scratch: WorkerScratch)
  {
    let (weights, place) = (model.panels.layers[number], model.layout.layers[number])
    let (layer, rows) = (memory.layer(number), pack.rows.count)
    let (input, output) = (memory.stream(number), memory.stream(number + 1))
    let dropout = dropout(number, at: pack.rows.lowerBound, scratch)

    model.branchInput(
      rows, input.row(firstRow), input.stride, place.inputNorm, scratch.normed, layer.inputScale.start + firstRow)
    weights.qkv.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: model.bias(place.qkvBias), 0,
      to: layer.qkv.row(firstRow), layer.qkv.stride)
    model.adapt(
      number, .qkv, rows, scratch.normed.start, scratch.normed.stride, adding: layer.qkv.row(firstRow),
      layer.qkv.stride, dropping: dropout, scratch.adapted)
    if let unnormed = layer.unnormed, let scales = layer.headScales {
      for row in firstRow..<firstRow + rows {
        model.normHeads(place, layer.qkv.row(row), keeping: unnormed.row(row), scales.row(row))
      }
    }
    rotate(layer: number, layer.qkv, firstRow, pack.rows, sign: 1)
    if pack.rows.upperBound <= own.stemCount { keep(pack.rows, of: layer.qkv, firstRow, layer: number) }
    attend(number, pack, layer, firstRow, scratch)
    let mixed = model.scaledBranch(rows, layer.mixed.row(firstRow), layer.mixed.stride, scratch.mixedGradient)
    add(
      number, .output, rows, mixed, layer.mixed.stride, to: input, in: layer.middle, firstRow, layer.attentionOutput,
      dropout, scratch)

    let middle = layer.middle.row(firstRow)
    model.branchInput(
      rows, middle, layer.middle.stride, place.middleNorm, scratch.normed, layer.middleScale.start + firstRow)
    let gateUp = layer.gateUp.row(firstRow)
    weights.gateUp.apply(
      rows, scratch.normed.start, scratch.normed.stride, initial: model.bias(place.gateUpBias), 0, to: gateUp,
      layer.gateUp.stride)
    model.adapt(
      number, .gateUp, rows, scratch.normed.start, scratch.normed.stride, adding: gateUp, layer.gateUp.stride,
      dropping: dropout, scratch.adapted)
    model.activate(rows, gateUp, layer.gateUp.stride, scratch.inner)
    model.scaleBranch(rows, model.configuration.intermediateSize, scratch.inner)
    add(
      number, .down, rows, scratch.inner.start, scratch.inner.stride, to: layer.middle, in: output, firstRow,
      layer.mlpOutput, dropout, scratch)
  }

  /// Adds a branch's last projection to the residual stream, by way of a norm if the family has one there.
  private func add(
    _ layer: Int, _ projection: Projection, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, to residual: Matrix,
    in result: Matrix, _ firstRow: Int, _ kept: BranchOutput?, _ dropout: RowDropout?,
    _ scratch: WorkerScratch
  ) {
    let (from, to) = (residual.row(firstRow), result.row(firstRow))
    guard let kept else {
      model.project(
        layer, projection, rows, x, ldx, adding: from, residual.stride, to: to, result.stride,
        dropping: dropout, scratch.adapted)
      return
    }
    let (output, ld) = (kept.values.row(firstRow), kept.values.stride)
    model.project(layer, projection, rows, x, ldx, adding: nil, 0, to: output, ld, dropping: dropout, scratch.adapted)
    model.addNormed(
      rows, output, ld, model.layout.layers[layer].norm(after: projection), scratch.normed,
      kept.scales.start + firstRow, residual: from, residual.stride, to: to, result.stride)
  }

  /// Rotates queries and keys to their positions, or their gradients back.
  func rotate(layer: Int, _ qkv: Matrix, _ firstRow: Int, _ tokens: Range<Int>, sign: Float) {
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      model.rotate(layer: layer, tokens.count, qkv.row(firstRow), qkv.stride, positions + tokens.lowerBound, sign: sign)
    }
  }

  private func attend(
    _ number: Int, _ pack: TokenRows.Pack, _ layer: LayerActivations, _ firstRow: Int, _ scratch: WorkerScratch
  ) {
    var shape = model.configuration.attentionShape(layer: number)
    let heads = model.configuration.headCount
    scratch.withAttention { memory in
      for stretch in own.stretches[pack.stretches] {
        let row = firstRow + stretch.rows.lowerBound - pack.rows.lowerBound
        var shared = shared(before: stretch, layer: number)
        kernels.attention_forward(
          &shared, stretch.rows.count, &shape, layer.qkv.row(row), layer.qkv.stride, layer.mixed.row(row),
          layer.mixed.stride, layer.logSums.start + row * heads, memory)
      }
    }
  }
}
