internal import CKernels

/// The optimizer of every trainer: Adam with decoupled weight decay, and its moments.
///
/// Source: Loshchilov and Hutter 2017, algorithm 2; torch.optim.AdamW. Norms and biases do not decay, as in
/// transformers' `Trainer.get_decay_parameter_names`.
public final class AdamW: @unchecked Sendable {
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var weightDecay = 0.0
  /// How many steps were taken.
  public var step = 0 { didSet { model.begin(step: step) } }
  /// Running means of the gradient and of its square.
  public let firstMoments, secondMoments: Parameters
  private let model: Transformer

  public init(for model: Transformer) {
    self.model = model
    firstMoments = Parameters(count: model.trainedParameters.count)
    secondMoments = Parameters(count: model.trainedParameters.count)
  }

  /// Moves the model's parameters against a gradient scaled by `scale`.
  public func step(_ gradient: Parameters, scale: Double, learningRate: Double) {
    step += 1
    let corrections = (1 - power(beta1, step), 1 - power(beta2, step))
    let parameters = model.trainedParameters
    let pieces = model.trainedLayout.blocks.flatMap { block in
      stride(from: 0, to: block.count, by: Self.piece).map { start in
        (block.offset + start, min(Self.piece, block.count - start), block.shape.count > 1)
      }
    }
    model.workers.run(pieces.count) { task, _ in
      let (start, count, decays) = pieces[task]
      kernels.adamw(
        count, parameters.values + start, gradient.values + start, firstMoments.values + start,
        secondMoments.values + start, Float(scale), Float(learningRate), Float(beta1), Float(beta2), Float(epsilon),
        decays ? Float(weightDecay) : 0, Float(corrections.0), Float(corrections.1))
    }
    model.parametersChanged()
  }

  private static let piece = 1 << 16

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

extension Parameters {
  /// The length of all numbers taken as one vector; pieces are summed in a fixed order.
  public func norm(_ workers: Workers) -> Double {
    let piece = 1 << 16
    let tasks = (count + piece - 1) / piece
    let sums = Sums(count: tasks)
    workers.run(tasks) { task, _ in
      let start = task * piece
      sums.values[task] = kernels.sum_of_squares(min(piece, self.count - start), self.values + start)
    }
    return (0..<tasks).reduce(0) { $0 + sums.values[$1] }.squareRoot()
  }
}

/// One sum for each of several tasks.
private final class Sums: @unchecked Sendable {
  let values: UnsafeMutablePointer<Double>

  init(count: Int) {
    values = .allocate(capacity: max(1, count))
    values.initialize(repeating: 0, count: max(1, count))
  }

  deinit { values.deallocate() }
}
