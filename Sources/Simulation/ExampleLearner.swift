import Autodiff
import Objectives
import Recording

/// A model that learns from given examples: epochs of shuffled minibatches, each an optimizer step.
struct ExampleLearner {
  private(set) var table: ParameterTable
  private let settings: Settings
  private let seed: UInt64
  private let trace: Trace
  private var step = 0

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

  /// The run's minibatches, epoch after epoch: where each stands in the loops, and its examples, at most `batch_size`.
  func minibatches(of examples: Int) -> [(loops: Trace.LoopPosition, members: [Int])] {
    let parts = Self.steps(examples: examples, settings: settings)
    var minibatches: [(loops: Trace.LoopPosition, members: [Int])] = []
    for epoch in 0..<settings.integer(.trainEpochs) {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, 0, UInt32(epoch))
      for (number, members) in random.minibatches(of: examples, parts: parts).enumerated() {
        let loops = Trace.LoopPosition(iteration: 0, epoch: epoch, minibatch: number)
        minibatches.append((loops: loops, members: members))
      }
    }
    return minibatches
  }

  /// Moves the parameters by one step against the gradient of a recorded loss.
  mutating func learn(from loss: Scalar) {
    step += 1
    var tables = [table]
    trace.takeStep(step, against: loss, moving: &tables, by: Optimizer(settings), settings: settings)
    table = tables[0]
  }
}
