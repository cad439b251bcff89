internal import CKernels

/// The parts of a layer that work on rows, whether these are whole sequences or the next positions of several.
extension Transformer {
  /// What computes from a normed state; a scalar head beside adapters is trained, and theirs.
  var head: WeightPanels.Weight { adapters?.head ?? panels.head }

  func bias(_ offset: Int) -> UnsafePointer<Float>? {
    offset < 0 ? nil : UnsafePointer(parameters.values + offset)
  }

  /// The embedding of a token at a position, into a row of the residual stream.
  func embed(_ token: Int32, at position: Int32, into row: UnsafeMutablePointer<Float>) {
    let hidden = configuration.hiddenSize
    if let table = panels.embedding {
      table.matrix.takeRow(Int(token), to: row)
    } else {
      row.update(from: parameters.values + layout.embedding + Int(token) * hidden, count: hidden)
    }
    if configuration.embeddingMultiplier != 1 {
      kernels.scale_rows(1, hidden, configuration.embeddingMultiplier, row, 0)
    }
    guard layout.positions >= 0 else { return }
    kernels.add_rows(1, hidden, parameters.values + layout.positions + Int(position) * hidden, 0, row)
  }

  func norm(
    _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ weight: Int, _ y: Matrix,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    var kind = configuration.normKind
    kernels.norm_forward(
      rows, configuration.hiddenSize, x, ldx, parameters.values + weight, &kind, y.start, y.stride, scales)
  }

  /// What goes into a branch of a layer: the residual stream, normed where the family does so.
  func branchInput(
    _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ weight: Int, _ y: Matrix,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    if weight >= 0 { return norm(rows, x, ldx, weight, y, scales) }
    for row in 0..<rows { y.row(row).update(from: x + row * ldx, count: configuration.hiddenSize) }
  }

  /// Adds the norm of a branch's output to the residual stream.
  func addNormed(
    _ rows: Int, _ output: UnsafePointer<Float>, _ ldoutput: Int, _ weight: Int, _ scratch: Matrix,
    _ scales: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>, _ ldresidual: Int,
    to result: UnsafeMutablePointer<Float>, _ ldresult: Int
  ) {
    let hidden = configuration.hiddenSize
    norm(rows, output, ldoutput, weight, scratch, scales)
    for row in 0..<rows {
      let to = result + row * ldresult
      if to != residual + row * ldresidual { to.update(from: residual + row * ldresidual, count: hidden) }
      kernels.add_rows(1, hidden, scratch.row(row), 0, to)
    }
  }

  /// Adds the last projection of a branch, its bias and its adapters, where there are some, to the residual stream.
  ///
  /// - Parameters:
  ///   - dropout: What the adapters lose of x, while they are trained.
  ///   - memory: Room for the adapters' inner products.
  ///   - workers: The threads that share the projection's columns.
  func project(
    _ layer: Int, _ projection: Projection, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    adding residual: UnsafePointer<Float>?, _ ldresidual: Int, to result: UnsafeMutablePointer<Float>, _ ldresult: Int,
    dropping dropout: RowDropout? = nil, _ memory: Matrix, workers: Workers = .one
  ) {
    let (weights, place) = (panels.layers[layer], layout.layers[layer])
    let (weight, offset) =
      projection == .output ? (weights.output, place.outputBias) : (weights.down, place.downBias)
    weight.apply(rows, x, ldx, initial: residual, ldresidual, to: result, ldresult, workers: workers)
    if let bias = bias(offset) {
      for row in 0..<rows { kernels.add_rows(1, weight.outputs, bias, 0, result + row * ldresult) }
    }
    adapt(layer, projection, rows, x, ldx, adding: result, ldresult, dropping: dropout, memory)
  }

  /// Multiplies what a branch adds to the residual stream, before its last projection; or the gradient, after it.
  func scaleBranch(_ rows: Int, _ columns: Int, _ x: Matrix) {
    if configuration.residualMultiplier != 1 {
      kernels.scale_rows(rows, columns, configuration.residualMultiplier, x.start, x.stride)
    }
  }

  /// Rows of attention's output as its projection gets them: themselves, or a scaled copy in `scratch`.
  func scaledBranch(_ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ scratch: Matrix) -> UnsafePointer<Float> {
    if configuration.residualMultiplier == 1 { return x }
    precondition(scratch.stride == ldx)
    scratch.start.update(from: x, count: rows * ldx)
    scaleBranch(rows, configuration.querySize, scratch)
    return UnsafePointer(scratch.start)
  }

  /// The normed states that the language model's head reads are divided by `logits_scaling`, or their gradient.
  func scaleHead(_ rows: Range<Int>, _ x: Matrix) {
    if configuration.head == .language, configuration.logitsScaling != 1 {
      kernels.scale_rows(
        rows.count, configuration.hiddenSize, 1 / configuration.logitsScaling, x.row(rows.lowerBound), x.stride)
    }
  }

  /// The MLP's inner activation from what its first projection gives.
  func activate(_ rows: Int, _ gateUp: UnsafePointer<Float>, _ ld: Int, _ inner: Matrix) {
    let columns = configuration.intermediateSize
    switch configuration.activation {
    case .swiGLU: kernels.swiglu_forward(rows, columns, gateUp, ld, inner.start, inner.stride)
    case .geGLU: kernels.geglu_forward(rows, columns, gateUp, ld, inner.start, inner.stride)
    case .gelu: kernels.gelu_forward(rows, columns, gateUp, ld, inner.start, inner.stride)
    }
  }

  func activateBackward(
    _ rows: Int, _ gateUp: UnsafePointer<Float>, _ ld: Int, _ dinner: Matrix, _ dgateUp: UnsafeMutablePointer<Float>,
    _ ldd: Int
  ) {
    let columns = configuration.intermediateSize
    let (dy, lddy) = (dinner.start, dinner.stride)
    switch configuration.activation {
    case .swiGLU: kernels.swiglu_backward(rows, columns, gateUp, ld, dy, lddy, dgateUp, ldd)
    case .geGLU: kernels.geglu_backward(rows, columns, gateUp, ld, dy, lddy, dgateUp, ldd)
    case .gelu: kernels.gelu_backward(rows, columns, gateUp, ld, dy, lddy, dgateUp, ldd)
    }
  }

  /// Norms over queries and keys in one row of `qkv`, in place.
  ///
  /// - Parameters:
  ///   - unnormed: Where the row's queries and keys are kept as they were: [querySize + keySize].
  ///   - scales: Where 1 / rms of each norm is kept.
  func normHeads(
    _ place: ParameterLayout.Layer, _ qkv: UnsafeMutablePointer<Float>, keeping unnormed: UnsafeMutablePointer<Float>,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    let (model, norms) = (configuration, configuration.queryKeyNorms)
    var kind = model.normKind
    unnormed.update(from: qkv, count: model.querySize + model.keySize)
    kernels.norm_forward(
      norms.queries, norms.querySize, unnormed, norms.querySize, parameters.values + place.queryNorm, &kind, qkv,
      norms.querySize, scales)
    kernels.norm_forward(
      norms.keys, norms.keySize, unnormed + model.querySize, norms.keySize, parameters.values + place.keyNorm, &kind,
      qkv + model.querySize, norms.keySize, scales + norms.queries)
  }

  /// Rotates queries and keys to their positions, or their gradients back; not where the layer has no rotation.
  func rotate(
    layer: Int, _ rows: Int, _ qkv: UnsafeMutablePointer<Float>, _ ld: Int, _ positions: UnsafePointer<Int32>,
    sign: Float
  ) {
    guard let rotary = rotaryTables(layer) else { return }
    rotary.cosines.withUnsafeBufferPointer { cosines in
      rotary.sines.withUnsafeBufferPointer { sines in
        guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
        kernels.rotate(
          rows, configuration.headCount + configuration.keyValueHeadCount, configuration.headSize, rotary.size, qkv, ld,
          positions, cosines, sines, sign)
      }
    }
  }

  private func rotaryTables(_ layer: Int) -> RotaryTables? {
    if configuration.positions != .rotary || configuration.unrotatedLayers.contains(layer) { return nil }
    return configuration.slidingLayers.contains(layer) ? slidingRotary ?? rotary : rotary
  }
}

extension ModelConfiguration {
  var normKind: gradus_norm {
    gradus_norm(
      epsilon: normEpsilon, offset: norm == .rootMeanSquareAroundOne ? 1 : 0, centres: norm == .layer ? 1 : 0)
  }

  /// How many norms a row's queries and keys have, and how many numbers each of them takes.
  var queryKeyNorms: (queries: Int, querySize: Int, keys: Int, keySize: Int) {
    queryKeyNorm == .whole ? (1, querySize, 1, keySize) : (headCount, headSize, keyValueHeadCount, headSize)
  }

  func attentionShape(layer: Int) -> gradus_attention {
    gradus_attention(
      query_heads: headCount, key_heads: keyValueHeadCount, head_size: headSize,
      scale: attentionScale ?? 1 / Float(headSize).squareRoot(),
      window: slidingLayers.contains(layer) ? slidingWindow ?? 0 : 0)
  }

  /// How many numbers the head computes from a hidden state.
  var outputSize: Int { head == .scalar ? 1 : vocabularySize }
}
