internal import CKernels

/// The parts of a layer that work on rows, whether these are whole sequences or the next positions of several.
extension Transformer {
  func embed(_ token: Int32, into row: UnsafeMutablePointer<Float>) {
    if let table = panels.embedding {
      table.matrix.takeRow(Int(token), to: row)
    } else {
      let hidden = configuration.hiddenSize
      row.update(from: parameters.values + layout.embedding + Int(token) * hidden, count: hidden)
    }
  }

  /// What computes from a normed state; a scalar head beside adapters is trained, and theirs.
  var head: WeightPanels.Weight { adapters?.head ?? panels.head }

  func bias(_ offset: Int) -> UnsafePointer<Float>? {
    offset < 0 ? nil : UnsafePointer(parameters.values + offset)
  }

  func norm(
    _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int, _ weight: Int, _ y: Matrix,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    kernels.norm_forward(
      rows, configuration.hiddenSize, x, ldx, parameters.values + weight, configuration.normEpsilon, y.start, y.stride,
      scales)
  }

  /// Adds a projection, and its bias if there is one, to the residual stream.
  func project(
    _ weight: WeightPanels.Weight, _ biasOffset: Int, _ rows: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    adding residual: UnsafePointer<Float>, _ ldresidual: Int, to result: UnsafeMutablePointer<Float>, _ ldresult: Int
  ) {
    weight.apply(rows, x, ldx, initial: residual, ldresidual, to: result, ldresult)
    guard let bias = bias(biasOffset) else { return }
    for row in 0..<rows { kernels.add_rows(1, weight.outputs, bias, 0, result + row * ldresult) }
  }

  /// Qwen3's norms over each head's query and key, with one weight for all heads, in one row of `qkv`.
  ///
  /// - Parameters:
  ///   - unnormed: Where the row's queries and keys are kept as they were: [querySize + keySize].
  ///   - scales: Where 1 / rms of each head is kept: [heads].
  func normHeads(
    _ place: ParameterLayout.Layer, _ qkv: UnsafeMutablePointer<Float>, keeping unnormed: UnsafeMutablePointer<Float>,
    _ scales: UnsafeMutablePointer<Float>
  ) {
    let model = configuration
    unnormed.update(from: qkv, count: model.querySize + model.keySize)
    kernels.norm_forward(
      model.headCount, model.headSize, unnormed, model.headSize, parameters.values + place.queryNorm,
      model.normEpsilon, qkv, model.headSize, scales)
    kernels.norm_forward(
      model.keyValueHeadCount, model.headSize, unnormed + model.querySize, model.headSize,
      parameters.values + place.keyNorm, model.normEpsilon, qkv + model.querySize, model.headSize,
      scales + model.headCount)
  }

  /// Rotates queries and keys to their positions, or their gradients back.
  func rotate(
    _ rows: Int, _ qkv: UnsafeMutablePointer<Float>, _ ld: Int, _ positions: UnsafePointer<Int32>, sign: Float
  ) {
    rotary.cosines.withUnsafeBufferPointer { cosines in
      rotary.sines.withUnsafeBufferPointer { sines in
        guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
        kernels.rotate(
          rows, configuration.headCount + configuration.keyValueHeadCount, configuration.headSize, qkv, ld, positions,
          cosines, sines, sign)
      }
    }
  }
}
