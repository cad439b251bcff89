internal import CKernels

/// The way back: from the gradient of each log-probability to that of each parameter.
///
/// Two kinds of work alternate. Packs of sequences carry the gradient from a layer's output to its input, each on one
/// thread. Then tiles of the layer's weight gradients are summed, each over all tokens in order and on one thread. So no
/// two threads add to the same number, and the result has the same bits on any number of threads.
extension ForwardPass {
  /// Adds the gradient of a loss to `gradient`. The pass must have kept its activations.
  ///
  /// A rank adds the contribution of its share of the batch.
  ///
  /// - Parameters:
  ///   - rowGradients: The loss's derivative by each log-probability or scalar, in the order of `logps`.
  ///   - entropyGradients: By each entropy.
  ///   - gradient: Numbers in the order of the model's parameters, which are added to.
  ///   - isLast: Whether nothing more will be added. Finished parts are then summed over all ranks while the rest is
  ///     still being computed; the sums are complete after `Ranks.finishSums`.
  public func backward(
    _ rowGradients: [Float], entropies entropyGradients: [Float]? = nil, into gradient: Parameters,
    isLast: Bool = false
  ) {
    guard let activations else { preconditionFailure("a backward pass needs a forward pass that keeps activations") }
    precondition(rowGradients.count == batch.rowCount && gradient.count == model.parameters.count)
    let rows = batch.rows(of: share)
    let (rowGradients, entropyGradients) = (Array(rowGradients[rows]), entropyGradients.map { Array($0[rows]) })
    var sum = GradientSum(of: gradient, over: model.workers.ranks)
    func isFinished(_ range: Range<Int>) { if isLast { sum.isReady(range) } }
    model.panels.prepareBackward(model.parameters, model.workers)
    let memory = model.gradientMemory(tokens: own.tokenCount, packs: own.packs.count)
    headBackward(rowGradients, entropyGradients, memory, gradient)
    isFinished(model.layout.afterLayers)
    for layer in (0..<model.configuration.layerCount).reversed() {
      model.workers.run(own.packs.count) { task, worker in
        backward(layer: layer, pack: task, activations, memory, model.scratch(worker))
      }
      sumWeightGradients(of: layer, memory, gradient)
      swap(&memory.after, &memory.before)
      isFinished(model.layout.range(ofLayer: layer))
    }
    embeddingBackward(memory.after, gradient)
    isFinished(model.layout.beforeLayers)
    if isLast { sum.send() }
  }

  private func embeddingBackward(_ stream: Matrix, _ gradient: Parameters) {
    let (hidden, multiplier) = (model.configuration.hiddenSize, model.configuration.embeddingMultiplier)
    let (table, learned) = (gradient.values + model.layout.embedding, model.layout.positions)
    for (row, token) in tokens.enumerated() {
      if learned >= 0 {
        kernels.add_rows(1, hidden, stream.row(row), 0, gradient.values + learned + Int(positions[row]) * hidden)
      }
      if multiplier != 1 { kernels.scale_rows(1, hidden, multiplier, stream.row(row), 0) }
      kernels.add_rows(1, hidden, stream.row(row), 0, table + Int(token) * hidden)
    }
  }

  // MARK: - The head

  // With a large vocabulary logits take much memory: as many packs at a time as fit into this many numbers.
  private static let logitsAtATime = 1 << 24

  private func headBackward(
    _ rowGradients: [Float], _ entropyGradients: [Float]?, _ memory: GradientMemory, _ gradient: Parameters
  ) {
    memory.after.clear(rows: own.tokenCount)
    memory.finalNorm.clear(rows: own.packs.count)
    let rowsAtATime = max(1, Self.logitsAtATime / model.configuration.outputSize)
    var first = 0
    while first < own.packs.count {
      var end = first + 1
      let start = own.rows(of: own.packs[first]).lowerBound
      while end < own.packs.count, own.rows(of: own.packs[end]).upperBound - start <= rowsAtATime { end += 1 }
      let rows = start..<own.rows(of: own.packs[end - 1]).upperBound
      memory.logits.reserve(rows: rows.count)
      memory.normedReads.reserve(rows: rows.count)
      let packs = first..<end
      model.workers.run(packs.count) { task, worker in
        headBackward(
          pack: packs.lowerBound + task, firstRow: rows.lowerBound, rowGradients, entropyGradients, memory,
          model.scratch(worker))
      }
      let outputs = model.configuration.outputSize
      let product = WeightProduct(
        gradient: memory.logits, input: memory.normedReads, offset: model.layout.head, outputs: outputs,
        inputs: model.configuration.hiddenSize, rows: rows.count)
      product.run(model.workers, into: gradient)
      first = end
    }
    addPartials(memory.finalNorm, to: gradient.values + model.layout.finalNorm)
  }

  private func headBackward(
    pack: Int, firstRow: Int, _ rowGradients: [Float], _ entropyGradients: [Float]?, _ memory: GradientMemory,
    _ scratch: WorkerScratch
  ) {
    let rows = own.rows(of: own.packs[pack])
    guard !rows.isEmpty else { return }
    let (hidden, place) = (model.configuration.hiddenSize, rows.lowerBound - firstRow)
    let gradients = memory.logits.row(place)
    if model.configuration.head == .scalar {
      _ = logits(rows, scratch)
      for row in rows { memory.logits.row(row - firstRow)[0] = rowGradients[row] }
    } else {
      let logits = logits(rows, scratch)
      for row in 0..<rows.count {
        memory.logits.row(place + row).update(from: logits.row(row), count: logits.columns)
      }
      logpBackward(rows, gradients, memory.logits.stride, rowGradients, entropyGradients)
    }
    memory.normedReads.pack(rows.count, of: scratch.normed.start, stride: scratch.normed.stride, at: place)
    model.panels.head.applyBackward(
      rows.count, gradients, memory.logits.stride, to: scratch.normed.start, scratch.normed.stride)
    model.scaleHead(rows.count, scratch.normed)
    var kind = model.configuration.normKind
    for row in rows {
      kernels.norm_backward(
        1, hidden, scratch.normed.row(row - rows.lowerBound), 0, readStates.row(row), 0,
        model.parameters.values + model.layout.finalNorm, &kind, readScales.start + row,
        memory.after.row(readTokens[row]), 0,
        memory.finalNorm.row(pack))
    }
  }

  private func logpBackward(
    _ rows: Range<Int>, _ logits: UnsafeMutablePointer<Float>, _ stride: Int, _ rowGradients: [Float],
    _ entropyGradients: [Float]?
  ) {
    targets.withUnsafeBufferPointer { targets in
      rowGradients.withUnsafeBufferPointer { dlogp in
        let run = { (dentropy: UnsafePointer<Float>?) in
          guard let targets = targets.baseAddress, let dlogp = dlogp.baseAddress else { return }
          kernels.token_logp_backward(
            rows.count, self.model.configuration.outputSize, logits, stride, targets + rows.lowerBound,
            1 / self.temperature, dlogp + rows.lowerBound, dentropy.map { $0 + rows.lowerBound })
        }
        if let entropyGradients {
          entropyGradients.withUnsafeBufferPointer { run($0.baseAddress) }
        } else {
          run(nil)
        }
      }
    }
  }

  func addPartials(_ partials: Matrix, to gradient: UnsafeMutablePointer<Float>) {
    kernels.add_rows(own.packs.count, partials.columns, partials.start, partials.stride, gradient)
  }
}
