internal import CKernels

/// One worker's memory for generation; it takes new positions through the layers.
///
/// It treats a prompt's tokens and the next tokens of many sequences alike: as rows, each of which adds its key and value
/// to its sequence's cache and attends to everything in it.
final class Decoder: @unchecked Sendable {
  /// A new position of a sequence.
  struct Row {
    let sequence, position: Int
    let token: Int32
  }

  /// How many rows go through the layers at a time.
  static let rowsAtATime = 256

  let cache: KeyValueCache
  // The model owns its decoders.
  private unowned(unsafe) let model: Transformer
  private let stream, middle, normed, qkv, mixed, gateUp, inner, scales: Matrix
  /// A branch's output before its norm, where the family has one; and scaled queries' answers.
  private let output, scaled: Matrix
  private let unnormed, reads, logits, adapted: Matrix
  private var positions: [Int32] = []

  init(_ model: Transformer) {
    self.model = model
    let shape = model.configuration
    cache = KeyValueCache(shape)
    func memory(_ columns: Int) -> Matrix { Matrix(rows: 0, columns: columns) }
    (stream, middle) = (memory(shape.hiddenSize), memory(shape.hiddenSize))
    (normed, reads) = (memory(shape.hiddenSize), memory(shape.hiddenSize))
    qkv = memory(shape.querySize + 2 * shape.keySize)
    mixed = memory(shape.querySize)
    gateUp = memory(shape.expandedSize)
    (output, scaled) = (memory(shape.hiddenSize), memory(shape.querySize))
    inner = memory(shape.intermediateSize)
    scales = memory(max(1, shape.headCount + shape.keyValueHeadCount))
    unnormed = Matrix(rows: 1, columns: shape.querySize + shape.keySize)
    logits = memory(shape.outputSize)
    adapted = memory(model.adapters?.width ?? 0)
  }

  /// Takes rows through all layers; those of one sequence in the order of their positions.
  func advance(_ rows: ArraySlice<Row>) {
    reserve(rows.count)
    for (number, row) in rows.enumerated() {
      model.embed(row.token, at: Int32(row.position), into: stream.row(number))
    }
    positions.removeAll(keepingCapacity: true)
    for row in rows { positions.append(Int32(row.position)) }
    for layer in 0..<model.configuration.layerCount { advance(layer: layer, rows) }
  }

  /// The logits after some rows of the last `advance`, numbered from 0; valid until the next call.
  func logits(after rows: [Int]) -> Matrix {
    let hidden = model.configuration.hiddenSize
    reads.reserve(rows: rows.count)
    logits.reserve(rows: rows.count)
    for (number, row) in rows.enumerated() { reads.row(number).update(from: stream.row(row), count: hidden) }
    model.norm(rows.count, reads.start, reads.stride, model.layout.finalNorm, normed, scales.start)
    model.scaleHead(0..<rows.count, normed)
    model.head.apply(
      rows.count, normed.start, normed.stride, initial: nil, 0, to: logits.start, logits.stride)
    return logits
  }

  private func reserve(_ rows: Int) {
    for matrix in [stream, middle, normed, qkv, mixed, gateUp, inner, scales, output, scaled] {
      matrix.reserve(rows: rows)
    }
  }

  private func advance(layer number: Int, _ rows: ArraySlice<Row>) {
    let (weights, place, count) = (model.panels.layers[number], model.layout.layers[number], rows.count)
    model.branchInput(count, stream.start, stream.stride, place.inputNorm, normed, scales.start)
    weights.qkv.apply(
      count, normed.start, normed.stride, initial: model.bias(place.qkvBias), 0, to: qkv.start, qkv.stride)
    model.adapt(number, .qkv, count, normed.start, normed.stride, adding: qkv.start, qkv.stride, adapted)
    if model.configuration.queryKeyNorm != .none {
      for row in 0..<count { model.normHeads(place, qkv.row(row), keeping: unnormed.start, scales.start) }
    }
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      model.rotate(layer: number, count, qkv.start, qkv.stride, positions, sign: 1)
    }
    attend(layer: number, rows)
    let answers = model.scaledBranch(count, mixed.start, mixed.stride, scaled)
    add(number, .output, count, answers, mixed.stride, to: stream, in: middle)

    model.branchInput(count, middle.start, middle.stride, place.middleNorm, normed, scales.start)
    weights.gateUp.apply(
      count, normed.start, normed.stride, initial: model.bias(place.gateUpBias), 0, to: gateUp.start, gateUp.stride)
    model.adapt(number, .gateUp, count, normed.start, normed.stride, adding: gateUp.start, gateUp.stride, adapted)
    model.activate(count, gateUp.start, gateUp.stride, inner)
    model.scaleBranch(count, model.configuration.intermediateSize, inner)
    add(number, .down, count, inner.start, inner.stride, to: middle, in: stream)
  }

  /// Adds a branch's last projection to the residual stream, by way of a norm if the family has one there.
  private func add(
    _ layer: Int, _ projection: Projection, _ count: Int, _ x: UnsafePointer<Float>, _ ldx: Int, to residual: Matrix,
    in result: Matrix
  ) {
    let norm = model.layout.layers[layer].norm(after: projection)
    guard norm >= 0 else {
      model.project(
        layer, projection, count, x, ldx, adding: residual.start, residual.stride, to: result.start, result.stride,
        adapted)
      return
    }
    model.project(layer, projection, count, x, ldx, adding: nil, 0, to: output.start, output.stride, adapted)
    model.addNormed(
      count, output.start, output.stride, norm, normed, scales.start, residual: residual.start, residual.stride,
      to: result.start, result.stride)
  }

  private func attend(layer: Int, _ rows: ArraySlice<Row>) {
    var shape = model.configuration.attentionShape(layer: layer)
    // Read once: every access to a class's property is retained and checked.
    let (cache, capacity, scores) = (cache, cache.capacity, cache.scores.start)
    let (input, output) = ((start: qkv.start, ld: qkv.stride), (start: mixed.start, ld: mixed.stride))
    for (number, row) in rows.enumerated() {
      let keys = cache.keys(row.sequence, layer: layer)
      kernels.attention_step(
        row.position, &shape, input.start + number * input.ld, keys, keys + cache.layerSize / 2, capacity,
        output.start + number * output.ld, scores)
    }
  }
}
