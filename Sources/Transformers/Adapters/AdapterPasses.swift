internal import CKernels

extension Transformer {
  /// Adds what a product's adapters say: y += s · (x Aᵀ) Bᵀ.
  ///
  /// - Parameter memory: Room for the inner products: [rows, parts · rank].
  func adapt(
    _ layer: Int, _ projection: Projection, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    adding y: UnsafeMutablePointer<Float>, _ ldy: Int, _ memory: Matrix
  ) {
    guard let adapters, let group = adapters.layers[layer][projection.rawValue] else { return }
    group.innerProducts(rows, x, ldx, adapters.shape.scale, to: memory)
    for (number, part) in group.parts.enumerated() {
      let result = y + part.firstOutput
      part.up.apply(
        rows, memory.start + number * adapters.shape.rank, memory.stride, initial: result, ldy, to: result, ldy)
    }
  }
}

extension AdapterGroup {
  /// s · x Aᵀ.
  fileprivate func innerProducts(
    _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ scale: Float, to memory: Matrix
  ) {
    memory.reserve(rows: rows)
    down.apply(rows, x, ldx, initial: nil, 0, to: memory.start, memory.stride)
    kernels.scale_rows(rows, down.outputs, scale, memory.start, memory.stride)
  }
}

/// What the backward pass keeps of one product's adapters.
final class AdapterMemory: @unchecked Sendable {
  /// s · x Aᵀ of each part, packed: the other factor of B's gradient.
  let inner: [Panels]
  /// s · dy B of all parts, the gradient of x Aᵀ: [tokens, parts · rank].
  let gradient: Matrix

  init(_ inner: [Panels], tokens: Int, rank: Int) {
    self.inner = inner
    gradient = Matrix(rows: tokens, columns: inner.count * rank)
  }
}

extension ForwardPass {
  /// Before the product's gradient overwrites its input: computes the inner products again, and keeps them.
  func keepAdapted(
    _ layer: Int, _ projection: Projection, _ rows: Int, at first: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    _ memory: GradientMemory, _ scratch: WorkerScratch
  ) {
    guard let adapters = model.adapters, let group = adapters.layers[layer][projection.rawValue],
      let kept = memory.adapters[projection.rawValue]
    else { return }
    group.innerProducts(rows, x, ldx, adapters.shape.scale, to: scratch.adapted)
    for (number, inner) in kept.inner.enumerated() {
      inner.pack(
        rows, of: scratch.adapted.start + number * adapters.shape.rank, stride: scratch.adapted.stride, at: first)
    }
  }

  /// The gradient's way through a product's adapters: dx += s · (dy B) A.
  func adaptBackward(
    _ layer: Int, _ projection: Projection, _ rows: Int, at first: Int, _ dy: Matrix,
    adding dx: UnsafeMutablePointer<Float>, _ lddx: Int, _ memory: GradientMemory
  ) {
    guard let adapters = model.adapters, let group = adapters.layers[layer][projection.rawValue],
      let gradient = memory.adapters[projection.rawValue]?.gradient
    else { return }
    for (number, part) in group.parts.enumerated() {
      part.up.applyBackward(
        rows, dy.row(first) + part.firstOutput, dy.stride, to: gradient.row(first) + number * adapters.shape.rank,
        gradient.stride)
    }
    kernels.scale_rows(rows, group.down.outputs, adapters.shape.scale, gradient.row(first), gradient.stride)
    group.down.matrix.applyBackward(
      rows, gradient.row(first), gradient.stride, initial: dx, lddx, to: dx, lddx)
  }

  /// The products whose sums are the gradients of a layer's adapters.
  func adapterProducts(of layer: Int, _ memory: GradientMemory) -> [WeightProduct] {
    guard let adapters = model.adapters else { return [] }
    return Projection.allCases.flatMap { projection -> [WeightProduct] in
      guard let group = adapters.layers[layer][projection.rawValue],
        let kept = memory.adapters[projection.rawValue]
      else { return [] }
      let (input, gradient) = memory.factors(of: projection)
      let down = WeightProduct(
        gradient: kept.gradient, input: input, offset: group.down.offset, outputs: group.down.outputs,
        inputs: group.down.inputs, rows: own.count)
      return [down]
        + zip(group.parts, kept.inner).map { part, inner in
          WeightProduct(
            gradient: gradient, input: inner, offset: part.up.offset, outputs: part.up.outputs,
            inputs: part.up.inputs, rows: own.count, firstColumn: part.firstOutput)
        }
    }
  }
}
