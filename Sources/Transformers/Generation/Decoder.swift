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
    gateUp = memory(2 * shape.intermediateSize)
    inner = memory(shape.intermediateSize)
    scales = memory(max(1, shape.headCount + shape.keyValueHeadCount))
    unnormed = Matrix(rows: 1, columns: shape.querySize + shape.keySize)
    logits = memory(shape.outputSize)
    adapted = memory(model.adapters?.width ?? 0)
  }

  /// Takes rows through all layers; those of one sequence in the order of their positions.
  func advance(_ rows: ArraySlice<Row>) {
    reserve(rows.count)
    for (number, row) in rows.enumerated() { model.embed(row.token, into: stream.row(number)) }
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
    model.head.apply(
      rows.count, normed.start, normed.stride, initial: nil, 0, to: logits.start, logits.stride)
    return logits
  }

  private func reserve(_ rows: Int) {
    for matrix in [stream, middle, normed, qkv, mixed, gateUp, inner, scales] { matrix.reserve(rows: rows) }
  }

  private func advance(layer number: Int, _ rows: ArraySlice<Row>) {
    let (weights, place, count) = (model.panels.layers[number], model.layout.layers[number], rows.count)
    model.norm(count, stream.start, stream.stride, place.inputNorm, normed, scales.start)
    weights.qkv.apply(
      count, normed.start, normed.stride, initial: model.bias(place.qkvBias), 0, to: qkv.start, qkv.stride)
    model.adapt(number, .qkv, count, normed.start, normed.stride, adding: qkv.start, qkv.stride, adapted)
    if model.configuration.hasQueryKeyNorm {
      for row in 0..<count { model.normHeads(place, qkv.row(row), keeping: unnormed.start, scales.start) }
    }
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      model.rotate(count, qkv.start, qkv.stride, positions, sign: 1)
    }
    attend(layer: number, rows)
    model.project(
      weights.output, place.outputBias, count, mixed.start, mixed.stride, adding: stream.start, stream.stride,
      to: middle.start, middle.stride)
    model.adapt(number, .output, count, mixed.start, mixed.stride, adding: middle.start, middle.stride, adapted)

    model.norm(count, middle.start, middle.stride, place.postNorm, normed, scales.start)
    weights.gateUp.apply(
      count, normed.start, normed.stride, initial: model.bias(place.gateUpBias), 0, to: gateUp.start, gateUp.stride)
    model.adapt(number, .gateUp, count, normed.start, normed.stride, adding: gateUp.start, gateUp.stride, adapted)
    kernels.swiglu_forward(
      count, model.configuration.intermediateSize, gateUp.start, gateUp.stride, inner.start, inner.stride)
    model.project(
      weights.down, place.downBias, count, inner.start, inner.stride, adding: middle.start, middle.stride,
      to: stream.start, stream.stride)
    model.adapt(number, .down, count, inner.start, inner.stride, adding: stream.start, stream.stride, adapted)
  }

  private func attend(layer: Int, _ rows: ArraySlice<Row>) {
    var shape = model.configuration.attentionShape
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
