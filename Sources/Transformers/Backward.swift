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
    backward(HeadGradients(rows: rowGradients, entropies: entropyGradients), into: gradient, isLast: isLast)
  }

  /// The same of a loss that depends on divergences from a teacher alone.
  ///
  /// - Parameters:
  ///   - divergences: The loss's derivative by each divergence.
  ///   - teacher: From whose distributions they are.
  ///   - gradient: Numbers in the order of the model's parameters, which are added to.
  ///   - isLast: Whether nothing more will be added.
  public func backward(
    divergences: [Float], from teacher: TeacherPass, into gradient: Parameters, isLast: Bool = false
  ) {
    check(teacher)
    backward(HeadGradients(rows: divergences, teacher: teacher), into: gradient, isLast: isLast)
  }

  private func backward(_ head: HeadGradients, into gradient: Parameters, isLast: Bool) {
    guard let activations else { preconditionFailure("a backward pass needs a forward pass that keeps activations") }
    precondition(head.rows.count == batch.rowCount && gradient.count == model.trainedParameters.count)
    let head = head.part(ownPart)
    var sum = GradientSum(of: gradient, over: model.workers.ranks)
    let layout = model.trainedLayout
    func isFinished(_ range: Range<Int>) { if isLast { sum.isReady(range) } }
    model.panels.prepareBackward(model.workers)
    let memory = model.gradientMemory(tokens: own.count, packs: own.packs.count)
    memory.shared.reserve(rows: own.partialCount)
    headBackward(head, memory, gradient)
    isFinished(layout.afterLayers)
    for layer in (0..<model.configuration.layerCount).reversed() {
      for packs in [own.endPacks, own.stemPacks] {
        model.workers.run(packs.count) { task, worker in
          let (number, scratch) = (packs.lowerBound + task, model.scratch(worker))
          if activations.isCheckpointed {
            let pack = own.packs[number]
            forward(layer: layer, pack: pack, activations, firstRow: pack.rows.lowerBound, scratch)
          }
          backward(layer: layer, pack: number, activations, memory, scratch)
        }
      }
      sumWeightGradients(of: layer, memory, gradient)
      swap(&memory.after, &memory.before)
      isFinished(layout.range(ofLayer: layer))
    }
    if !model.isFrozen { embeddingBackward(memory.after, gradient) }
    isFinished(layout.beforeLayers)
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

  private func headBackward(_ head: HeadGradients, _ memory: GradientMemory, _ gradient: Parameters) {
    memory.after.clear(rows: own.count)
    memory.reads.reserve(rows: own.readCount)
    let shape = model.configuration
    let parts = (0..<own.readCount).pieces(of: shape.logitRowsOfSum).flatMap {
      $0.pieces(of: shape.logitRowsOfBackwardPass)
    }
    for rows in parts {
      memory.logits.reserve(rows: rows.count)
      memory.normedReads.reserve(rows: rows.count)
      let share = (rows.count + model.workers.count - 1) / model.workers.count
      let pieces = rows.pieces(of: min(shape.logitRowsAtATime, max(32, share)))
      model.workers.run(pieces.count) { task, worker in
        headBackward(pieces[task], firstRow: rows.lowerBound, head, memory, worker: worker)
      }
      sumHeadGradient(rows.count, memory, gradient)
    }
    memory.finalNorm.clear(rows: own.packs.count)
    model.workers.run(own.packs.count) { task, _ in finalNormBackward(pack: task, memory) }
    if !model.isFrozen { addPartials(memory.finalNorm, to: gradient.values + model.layout.finalNorm) }
  }

  private func headBackward(
    _ rows: Range<Int>, firstRow: Int, _ head: HeadGradients, _ memory: GradientMemory, worker: Int
  ) {
    let scratch = model.scratch(worker)
    let place = rows.lowerBound - firstRow
    let gradients = memory.logits.row(place)
    let logits = logits(rows, scratch)
    if model.configuration.head == .scalar {
      for row in rows { memory.logits.row(row - firstRow)[0] = head.rows[row] }
    } else {
      for row in 0..<rows.count {
        memory.logits.row(place + row).update(from: logits.row(row), count: logits.columns)
      }
      if let teacher = head.teacher {
        divergenceBackward(rows, gradients, memory.logits.stride, from: teacher, head.rows, worker: worker)
      } else {
        logpBackward(rows, gradients, memory.logits.stride, head.rows, head.entropies)
      }
    }
    memory.normedReads.pack(rows.count, of: scratch.normed.start, stride: scratch.normed.stride, at: place)
    model.head.applyBackward(
      rows.count, gradients, memory.logits.stride, to: memory.reads.row(rows.lowerBound), memory.reads.stride)
    model.scaleHead(rows, memory.reads)
  }

  /// Adds some rows' share of the gradient of the head's weight, unless that is frozen.
  private func sumHeadGradient(_ rows: Int, _ memory: GradientMemory, _ gradient: Parameters) {
    let offset = model.isFrozen ? model.adapters?.head?.offset : model.layout.head
    guard let offset else { return }
    let product = WeightProduct(
      gradient: memory.logits, input: memory.normedReads, offset: offset, outputs: model.configuration.outputSize,
      inputs: model.configuration.hiddenSize, rows: rows)
    WeightProduct.run([product], model.workers, into: gradient)
  }

  private func finalNormBackward(pack: Int, _ memory: GradientMemory) {
    var kind = model.configuration.normKind
    for (number, row) in own.reads(of: own.packs[pack]) {
      kernels.norm_backward(
        1, model.configuration.hiddenSize, memory.reads.row(number), 0, readStates.row(number), 0,
        model.parameters.values + model.layout.finalNorm, &kind, readScales.start + number, memory.after.row(row), 0,
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

/// A loss's derivatives by what the head says of each row.
private struct HeadGradients: Sendable {
  /// By log-probabilities or scalars; with a teacher, by the divergences from it.
  let rows: [Float]
  var entropies: [Float]?
  var teacher: TeacherPass?

  func part(_ part: ([Float]) -> [Float]) -> HeadGradients {
    HeadGradients(rows: part(rows), entropies: entropies.map(part), teacher: teacher)
  }
}
