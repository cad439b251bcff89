internal import CKernels

/// One worker's memory for generation; it takes new positions through the layers: prompts in large pieces, and then the next
/// tokens of many sequences.
final class Decoder: @unchecked Sendable {
  /// A piece of a prompt, and the prompt's sequences by their places in the cache.
  struct Prompt {
    let tokens: [Int32]
    let positions: Range<Int>
    let group: Int
    let sequences: Range<Int>

    var isEnd: Bool { positions.upperBound == tokens.count }
  }

  /// New positions of sequences that have the same prompt and the same length.
  struct Step {
    let group, prompt, position: Int
    let sequences: [Int]
    let tokens: [Int32]
  }

  let cache: KeyValueCache
  /// The threads that share the columns of its products and what attends.
  let workers: Workers
  // The model owns its decoders.
  private unowned(unsafe) let model: Transformer
  private let stream, middle, normed, qkv, mixed, gateUp, inner, scales: Matrix
  /// A branch's output before its norm, where the family has one; and scaled queries' answers.
  private let output, scaled: Matrix
  private let unnormed, reads, logits, adapted: Matrix
  /// Room for attention within prompts, for each worker, and for the log-sums of its softmax, which nobody reads.
  private var attention = Matrix(rows: 0, columns: 1)
  private let logSums: Matrix
  private var positions: [Int32] = []

  init(_ model: Transformer, workers: Workers) {
    self.model = model
    self.workers = workers
    let shape = model.configuration
    cache = KeyValueCache(shape, workers: workers.count)
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
    logSums = memory(shape.headCount)
  }

  /// Takes pieces of prompts through all layers, the rows of one behind those of the other.
  func read(_ prompts: [Prompt]) {
    reserveAttention(prompts.map { $0.positions.count }.max() ?? 0)
    let rows = prompts.flatMap { prompt in prompt.positions.map { (position: $0, token: prompt.tokens[$0]) } }
    logSums.reserve(rows: rows.count)
    advance(rows) { layer in attend(layer: layer, prompts) }
  }

  /// Takes the next tokens of sequences through all layers, the rows of one step behind those of the other.
  func advance(_ steps: [Step]) {
    let shares = shares(of: steps)
    advance(steps.flatMap { step in step.tokens.map { (position: step.position, token: $0) } }) { layer in
      attend(layer: layer, shares)
    }
  }

  private func advance(_ rows: [(position: Int, token: Int32)], attending: (_ layer: Int) -> Void) {
    reserve(rows.count)
    positions.removeAll(keepingCapacity: true)
    for (number, row) in rows.enumerated() {
      model.embed(row.token, at: Int32(row.position), into: stream.row(number))
      positions.append(Int32(row.position))
    }
    for layer in 0..<model.configuration.layerCount { advance(layer: layer, rows.count, attending) }
  }

  /// The logits after some rows that went through last, numbered from 0; valid until the next call.
  func logits(after rows: [Int]) -> Matrix {
    let hidden = model.configuration.hiddenSize
    reads.reserve(rows: rows.count)
    logits.reserve(rows: rows.count)
    for (number, row) in rows.enumerated() { reads.row(number).update(from: stream.row(row), count: hidden) }
    model.norm(rows.count, reads.start, reads.stride, model.layout.finalNorm, normed, scales.start)
    model.scaleHead(0..<rows.count, normed)
    model.head.apply(
      rows.count, normed.start, normed.stride, initial: nil, 0, to: logits.start, logits.stride, workers: workers)
    return logits
  }

  private func reserve(_ rows: Int) {
    for matrix in [stream, middle, normed, qkv, mixed, gateUp, inner, scales, output, scaled] {
      matrix.reserve(rows: rows)
    }
  }

  private func reserveAttention(_ length: Int) {
    var shape = model.configuration.attentionShape(layer: 0)
    let numbers = kernels.attention_scratch(length, &shape) + 64
    if attention.columns < numbers { attention = Matrix(rows: workers.count, columns: numbers) }
  }

  private func advance(layer number: Int, _ count: Int, _ attending: (_ layer: Int) -> Void) {
    let (weights, place) = (model.panels.layers[number], model.layout.layers[number])
    model.branchInput(count, stream.start, stream.stride, place.inputNorm, normed, scales.start)
    weights.qkv.apply(
      count, normed.start, normed.stride, initial: model.bias(place.qkvBias), 0, to: qkv.start, qkv.stride,
      workers: workers)
    model.adapt(number, .qkv, count, normed.start, normed.stride, adding: qkv.start, qkv.stride, adapted)
    if model.configuration.queryKeyNorm != .none {
      for row in 0..<count { model.normHeads(place, qkv.row(row), keeping: unnormed.start, scales.start) }
    }
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      model.rotate(layer: number, count, qkv.start, qkv.stride, positions, sign: 1)
    }
    attending(number)
    let answers = model.scaledBranch(count, mixed.start, mixed.stride, scaled)
    add(number, .output, count, answers, mixed.stride, to: stream, in: middle)

    model.branchInput(count, middle.start, middle.stride, place.middleNorm, normed, scales.start)
    weights.gateUp.apply(
      count, normed.start, normed.stride, initial: model.bias(place.gateUpBias), 0, to: gateUp.start, gateUp.stride,
      workers: workers)
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
        adapted, workers: workers)
      return
    }
    model.project(
      layer, projection, count, x, ldx, adding: nil, 0, to: output.start, output.stride, adapted,
      workers: workers)
    model.addNormed(
      count, output.start, output.stride, norm, normed, scales.start, residual: residual.start, residual.stride,
      to: result.start, result.stride)
  }

  private func attend(layer: Int, _ prompts: [Prompt]) {
    var rows = [0]
    for prompt in prompts { rows.append(rows[rows.count - 1] + prompt.positions.count) }
    let starts = rows
    workers.run(prompts.count) { number, worker in
      let (prompt, row) = (prompts[number], starts[number])
      if prompt.positions.lowerBound == 0 { return attend(layer: layer, toBeginningOf: prompt, row, worker) }
      for position in prompt.positions {
        attend(layer: layer, prompt, at: position, row + position - prompt.positions.lowerBound, worker)
      }
    }
  }

  /// Within the first piece of a prompt, whose keys and values are cached afterwards.
  private func attend(layer: Int, toBeginningOf prompt: Prompt, _ row: Int, _ worker: Int) {
    var shape = model.configuration.attentionShape(layer: layer)
    var nothing = gradus_shared(length: 0, keys: nil, ld: 0)
    let count = prompt.positions.count
    let shared = min(count, KeyValueCache.shared(of: prompt.tokens.count))
    kernels.attention_forward(
      &nothing, count, &shape, qkv.row(row), qkv.stride, mixed.row(row), mixed.stride, logSums.row(row),
      attention.row(worker))
    var beginning = cache.beginning(prompt.group, layer: layer, length: shared)
    kernels.cache_rows(shared, 0, &shape, qkv.row(row), qkv.stride, &beginning)
    for sequence in prompt.sequences {
      var end = cache.end(sequence, layer: layer)
      kernels.cache_rows(count - shared, 0, &shape, qkv.row(row + shared), qkv.stride, &end)
    }
  }

  /// A position of a later piece, which attends to what is cached.
  private func attend(layer: Int, _ prompt: Prompt, at position: Int, _ row: Int, _ worker: Int) {
    var shape = model.configuration.attentionShape(layer: layer)
    let shared = KeyValueCache.shared(of: prompt.tokens.count)
    let isShared = position < shared
    var beginning = cache.beginning(prompt.group, layer: layer, length: isShared ? 0 : shared)
    var own = isShared ? beginning : cache.end(prompt.sequences.lowerBound, layer: layer)
    kernels.attention_step(
      1, position, &shape, qkv.row(row), qkv.stride, &beginning, &own, mixed.row(row), mixed.stride,
      cache.scores.row(worker))
    if isShared { return }
    for sequence in prompt.sequences.dropFirst() {
      var end = cache.end(sequence, layer: layer)
      kernels.cache_rows(1, position - shared, &shape, qkv.row(row), qkv.stride, &end)
    }
  }

  /// - Parameter shares: What each worker attends for: some sequences of a step, and the row of the first.
  private func attend(layer: Int, _ shares: [(step: Step, sequences: Range<Int>, row: Int)]) {
    workers.run(shares.count) { number, worker in
      let (step, sequences, row) = shares[number]
      var shape = model.configuration.attentionShape(layer: layer)
      var beginning = cache.beginning(step.group, layer: layer, length: KeyValueCache.shared(of: step.prompt))
      let ends = step.sequences[sequences].map { cache.end($0, layer: layer) }
      kernels.attention_step(
        ends.count, step.position, &shape, qkv.row(row), qkv.stride, &beginning, ends, mixed.row(row), mixed.stride,
        cache.scores.row(worker))
    }
  }

  private func shares(of steps: [Step]) -> [(step: Step, sequences: Range<Int>, row: Int)] {
    let count = steps.reduce(0) { $0 + $1.sequences.count }
    let most = (count + workers.count - 1) / workers.count
    var row = 0
    return steps.flatMap { step in
      step.sequences.indices.pieces(of: most).map { sequences in
        defer { row += sequences.count }
        return (step, sequences, row)
      }
    }
  }
}
