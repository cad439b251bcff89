internal import CKernels

extension Transformer {
  /// Adds what a product's adapters say: y += s · (x Aᵀ) Bᵀ.
  ///
  /// - Parameters:
  ///   - dropout: What x loses on its way to A, while it is trained.
  ///   - memory: Room for the inner products: [rows, parts · rank].
  func adapt(
    _ layer: Int, _ projection: Projection, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    adding y: UnsafeMutablePointer<Float>, _ ldy: Int, dropping dropout: RowDropout? = nil, _ memory: Matrix
  ) {
    guard let adapters, let group = adapters.layers[layer][projection.rawValue] else { return }
    group.innerProducts(projection, rows, x, ldx, adapters.shape.scale, dropout, to: memory)
    for (number, part) in group.parts.enumerated() {
      let result = y + part.firstOutput
      part.up.apply(
        rows, memory.start + number * adapters.shape.rank, memory.stride, initial: result, ldy, to: result, ldy)
    }
  }
}

extension AdapterGroup {
  /// s · x Aᵀ.
  ///
  /// - Parameter inputs: Where rows of x go, packed from `first` on, as each A gets them with dropout.
  fileprivate func innerProducts(
    _ projection: Projection, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ scale: Float,
    _ dropout: RowDropout?, to memory: Matrix, keeping inputs: [Panels] = [], at first: Int = 0
  ) {
    memory.reserve(rows: rows)
    for (part, down) in downs.enumerated() {
      let place = memory.start + down.firstColumn
      guard let dropout else {
        down.weight.apply(rows, x, ldx, initial: nil, 0, to: place, memory.stride)
        continue
      }
      let dropped = dropout.memory
      dropped.reserve(rows: rows)
      dropout.drop(projection, part: part, rows, down.weight.inputs, x, ldx, to: dropped.start, dropped.stride)
      down.weight.apply(rows, dropped.start, dropped.stride, initial: nil, 0, to: place, memory.stride)
      if part < inputs.count { inputs[part].pack(rows, of: dropped.start, stride: dropped.stride, at: first) }
    }
    kernels.scale_rows(rows, width, scale, memory.start, memory.stride)
  }
}

/// What the backward pass keeps of one product's adapters.
final class AdapterMemory: @unchecked Sendable {
  /// s · x Aᵀ of each part, packed: the other factor of B's gradient.
  let inner: [Panels]
  /// With dropout, x as each A gets it, packed: the other factor of A's gradient. None without, where that is x itself.
  let inputs: [Panels]
  /// s · dy B of all parts, the gradient of x Aᵀ: [tokens, parts · rank].
  let gradient: Matrix

  init(_ group: AdapterGroup, _ shape: LowRank, tokens: Int, rounds: Bool) {
    func panels(_ columns: Int) -> Panels { Panels(rows: tokens, columns: columns, rounds: rounds) }
    inner = group.parts.map { _ in panels(shape.rank) }
    inputs = shape.dropout > 0 ? group.downs.map { panels($0.weight.inputs) } : []
    gradient = Matrix(rows: tokens, columns: group.width)
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
    group.innerProducts(
      projection, rows, x, ldx, adapters.shape.scale, dropout(layer, at: first, scratch), to: scratch.adapted,
      keeping: kept.inputs, at: first)
    for (number, inner) in kept.inner.enumerated() {
      inner.pack(
        rows, of: scratch.adapted.start + number * adapters.shape.rank, stride: scratch.adapted.stride, at: first)
    }
  }

  /// The gradient's way through a product's adapters: dx += s · (dy B) A.
  func adaptBackward(
    _ layer: Int, _ projection: Projection, _ rows: Int, at first: Int, _ dy: Matrix,
    adding dx: UnsafeMutablePointer<Float>, _ lddx: Int, _ memory: GradientMemory, _ scratch: WorkerScratch
  ) {
    guard let adapters = model.adapters, let group = adapters.layers[layer][projection.rawValue],
      let gradient = memory.adapters[projection.rawValue]?.gradient
    else { return }
    for (number, part) in group.parts.enumerated() {
      part.up.applyBackward(
        rows, dy.row(first) + part.firstOutput, dy.stride, to: gradient.row(first) + number * adapters.shape.rank,
        gradient.stride)
    }
    kernels.scale_rows(rows, group.width, adapters.shape.scale, gradient.row(first), gradient.stride)
    let dropout = dropout(layer, at: first, scratch)
    for (part, down) in group.downs.enumerated() {
      let own = gradient.row(first) + down.firstColumn
      if let dropout {
        let dropped = dropout.memory
        dropped.reserve(rows: rows)
        down.weight.applyBackward(rows, own, gradient.stride, to: dropped.start, dropped.stride)
        dropout.dropBackward(
          projection, part: part, rows, down.weight.inputs, dropped.start, dropped.stride, adding: dx, lddx)
      } else {
        down.weight.matrix.applyBackward(rows, own, gradient.stride, initial: dx, lddx, to: dx, lddx)
      }
    }
  }

  /// What rows from one on lose in a layer; nil without dropout, with which each token of the batch has a row of its own, in the
  /// order of the pass.
  func dropout(_ layer: Int, at first: Int, _ scratch: WorkerScratch) -> RowDropout? {
    dropout.map {
      let before = order[..<share.lowerBound].reduce(0) { $0 + batch.sequences[$1].count }
      return RowDropout(dropout: $0, layer: layer, firstToken: before + first, memory: scratch.dropped)
    }
  }

  /// The products whose sums are the gradients of a layer's adapters.
  func adapterProducts(of layer: Int, _ memory: GradientMemory) -> [WeightProduct] {
    guard let adapters = model.adapters else { return [] }
    return Projection.allCases.flatMap { projection -> [WeightProduct] in
      guard let group = adapters.layers[layer][projection.rawValue],
        let kept = memory.adapters[projection.rawValue]
      else { return [] }
      let (input, gradient) = memory.factors(of: projection)
      let downs = group.downs.enumerated().map { part, down in
        WeightProduct(
          gradient: kept.gradient, input: kept.inputs.isEmpty ? input : kept.inputs[part],
          offset: down.weight.offset, outputs: down.weight.outputs, inputs: down.weight.inputs,
          rows: own.count, firstColumn: down.firstColumn)
      }
      let ups = zip(group.parts, kept.inner).map { part, inner in
        WeightProduct(
          gradient: gradient, input: inner, offset: part.up.offset, outputs: part.up.outputs,
          inputs: part.up.inputs, rows: own.count, firstColumn: part.firstOutput)
      }
      return downs + ups
    }
  }
}
