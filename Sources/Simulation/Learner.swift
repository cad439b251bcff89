import Autodiff
import Objectives
import Recording

/// A model that learns from given examples: epochs of shuffled minibatches, each an optimizer step.
struct Learner {
  private(set) var table: ParameterTable
  private let settings: Settings
  private let seed: UInt64
  private let trace: Trace
  private var step = 0

  /// What its random numbers serve; PPO shuffles from the same streams.
  private static let shuffling: UInt32 = 2

  init(_ table: ParameterTable, settings: Settings, seed: UInt64, trace: Trace) {
    self.table = table
    self.settings = settings
    self.seed = seed
    self.trace = trace
  }

  /// How many optimizer steps an epoch of so many examples takes.
  static func steps(examples: Int, settings: Settings) -> Int {
    let size = settings.integer(.trainBatchSize)
    return max(1, (examples + size - 1) / size)
  }

  /// The examples of each of an epoch's steps, none of which has more than `batch_size`.
  func minibatches(of examples: Int, epoch: Int) -> [[Int]] {
    var random = RandomStream(seed: seed, purpose: Self.shuffling, 0, UInt32(epoch))
    return shuffledParts(Self.steps(examples: examples, settings: settings), of: examples, random: &random)
  }

  /// Moves the parameters by one step against the gradient of a recorded loss.
  mutating func learn(from loss: Scalar) {
    let gradient = trace.differentiate(loss)
    trace.begin(.gradient)
    let gradients = table.recordGradients(gradient, trace: trace)
    trace.beat()
    let scale = gradientClipping(
      gradients.flatMap { $0 }, limit: settings.optionalNumber(.maxGradNorm), observer: trace)
    trace.begin(.update)
    step += 1
    table.update(gradients, scale: scale, optimizer: Optimizer(settings), step: step, trace: trace)
  }
}

extension Trace {
  /// Records every probability of a policy before and after a change, a beat for each previous token.
  func recordProbabilities(from old: TabularPolicy, to new: TabularPolicy) {
    for a in old.logits.indices {
      beat()
      for b in old.logits[a].indices {
        _ = term(.probabilityBefore, a, b, exp(old.logp(of: b, after: a)))
        _ = term(.probabilityAfter, a, b, exp(new.logp(of: b, after: a)))
      }
    }
  }
}
