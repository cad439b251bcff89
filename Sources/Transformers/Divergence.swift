internal import CKernels

/// How far a model's distributions over the next token are from a teacher's, at every position that is read.
///
/// With p the model's and q the teacher's distribution: KL(q ‖ p) for β 0, KL(p ‖ q) for 1, else β KL(q ‖ m) + (1 − β)
/// KL(p ‖ m) with m = β q + (1 − β) p. Neither keeps its logits: both heads are asked again, a few rows at a time.
/// Source: Agarwal et al. 2023, GKD, equation 1; TRL `ChunkedDivergenceFunction`.
public struct TeacherPass: Sendable {
  /// The teacher's pass over the same responses, perhaps after other prompts: as many rows as the student's, of a model of
  /// its own.
  let pass: ForwardPass
  let beta: Float

  public init(_ pass: ForwardPass, beta: Double) {
    self.pass = pass
    self.beta = Float(beta)
  }

  /// log q of the token after each position that is read.
  public var logps: [Float] { pass.logps }
}

extension ForwardPass {
  /// The divergence from a teacher at each position that is read, in the order of `logps`.
  public func divergences(from teacher: TeacherPass) -> [Float] {
    check(teacher)
    let result = Matrix(rows: 1, columns: own.readCount)
    let pieces = (0..<own.readCount).pieces(of: model.configuration.logitRowsAtATime)
    model.workers.run(pieces.count) { task, worker in
      let rows = pieces[task]
      let (mine, others) = (
        logits(rows, model.scratch(worker)), teacher.pass.logits(rows, teacher.pass.model.scratch(worker))
      )
      kernels.divergence_forward(
        rows.count, mine.columns, mine.start, mine.stride, others.start, others.stride, 1 / temperature, teacher.beta,
        result.start + rows.lowerBound)
    }
    return gather(result)
  }

  /// Turns some rows' logits into their gradient.
  ///
  /// - Parameter weights: The loss's derivative by the divergence of each row.
  func divergenceBackward(
    _ rows: Range<Int>, _ logits: UnsafeMutablePointer<Float>, _ stride: Int, from teacher: TeacherPass,
    _ weights: [Float], worker: Int
  ) {
    let others = teacher.pass.logits(rows, teacher.pass.model.scratch(worker))
    weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      kernels.divergence_backward(
        rows.count, model.configuration.outputSize, logits, stride, others.start, others.stride, 1 / temperature,
        teacher.beta, weights + rows.lowerBound)
    }
  }

  func check(_ teacher: TeacherPass) {
    precondition(teacher.pass.order == order, "a teacher's pass is shared as the student's")
    precondition(teacher.pass.model !== model && teacher.pass.own.readCount == own.readCount)
    precondition(teacher.pass.model.configuration.outputSize == model.configuration.outputSize)
  }
}
