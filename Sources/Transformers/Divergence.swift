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
  let likeliest: Likeliest?

  /// That the student's likeliest tokens alone are compared.
  public struct Likeliest: Sendable {
    let count: Int
    let addsTail: Bool

    /// - Parameters:
    ///   - count: How many tokens, at least 1.
    ///   - addsTail: Whether all others count as one more.
    public init(count: Int, addsTail: Bool) { (self.count, self.addsTail) = (count, addsTail) }
  }

  /// - Parameters:
  ///   - pass: Of the teacher, at the student's temperature.
  ///   - beta: Which divergence it is.
  ///   - likeliest: The tokens that are compared; nil for all of them.
  public init(_ pass: ForwardPass, beta: Double, likeliest: Likeliest? = nil) {
    self.pass = pass
    self.beta = Float(beta)
    self.likeliest = likeliest
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
      let values = result.start + rows.lowerBound
      guard let likeliest = teacher.likeliest else {
        kernels.divergence_forward(
          rows.count, mine.columns, mine.start, mine.stride, others.start, others.stride, 1 / temperature, teacher.beta,
          values)
        return
      }
      for row in 0..<rows.count {
        let tokens = LikeliestTokens(
          likeliest, mine.start + row * mine.stride, others.start + row * others.stride, size: mine.columns,
          temperature: temperature)
        kernels.divergence_forward(
          1, tokens.own.count, tokens.own, tokens.own.count, tokens.others, tokens.others.count, 1 / temperature,
          teacher.beta, values + row)
      }
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
      guard let weights = weights.baseAddress.map({ $0 + rows.lowerBound }) else { return }
      let size = model.configuration.outputSize
      guard let likeliest = teacher.likeliest else {
        kernels.divergence_backward(
          rows.count, size, logits, stride, others.start, others.stride, 1 / temperature, teacher.beta, weights)
        return
      }
      for row in 0..<rows.count {
        let tokens = LikeliestTokens(
          likeliest, logits + row * stride, others.start + row * others.stride, size: size, temperature: temperature)
        var gradient = tokens.own
        kernels.divergence_backward(
          1, gradient.count, &gradient, gradient.count, tokens.others, tokens.others.count, 1 / temperature,
          teacher.beta, weights + row)
        tokens.scatter(gradient, into: logits + row * stride, size: size)
      }
    }
  }

  func check(_ teacher: TeacherPass) {
    precondition(teacher.pass.order == order, "a teacher's pass is shared as the student's")
    precondition(teacher.pass.model !== model && teacher.pass.own.readCount == own.readCount)
    precondition(teacher.pass.model.configuration.outputSize == model.configuration.outputSize)
  }
}
