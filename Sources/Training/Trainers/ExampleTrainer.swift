import Autodiff
import Objectives
import Simulation
import Transformers

/// A loss on given examples: texts for SFT, pairs for a reward model or DPO.
protocol ExampleObjective {
  associatedtype Item
  var model: LanguageModel { get }
  var headline: [String] { get }
  var settings: TrainingSettings { get set }
  /// How much an example counts in the mean over an optimizer step's passes.
  func weight(_ item: Item) -> Int
  /// How many tokens it has.
  func tokenCount(_ item: Item) -> Int
  /// The examples of each pass with what must be asked of models before them; most need nothing.
  func ready(_ passes: [[Item]]) throws(TrainingError) -> [[Item]]
  /// Told after each optimizer step.
  func didStep(_ step: Int)
  /// Models that change and are not trained.
  var followers: [(name: String, model: Transformer)] { get }
  /// The texts of some examples, with the positions that their loss needs.
  func texts(_ items: [Item]) -> TokenBatch
  /// Their loss, from what the model said at these positions, and the batch that the debugger opens; one that is recorded
  /// has a title.
  func loss(_ items: [Item], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch)
  func samples(_ count: Int, step: Int) -> [Sample]
}

extension ExampleObjective {
  func ready(_ passes: [[Item]]) -> [[Item]] { passes }
  func didStep(_ step: Int) {}
  var followers: [(name: String, model: Transformer)] { [] }
}

/// Learns from given examples, in an order that the seed decides.
final class ExampleTrainer<Objective: ExampleObjective>: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  private var objective: Objective
  private var settings: TrainingSettings
  private let items, heldOut: [Objective.Item]
  private let order: DataOrder
  private let observer = TrainerObserver()

  init(
    _ objective: Objective, items: [Objective.Item], heldOut: [Objective.Item], settings: TrainingSettings
  ) {
    result = objective.model
    self.objective = objective
    self.items = items
    self.heldOut = heldOut
    self.settings = settings
    trained = TrainedModels([("model", objective.model.model)], settings)
    order = DataOrder(items.count, settings)
    totalSteps = settings.totalSteps(examples: items.count)
  }

  var headline: [String] { objective.headline }
  var followers: [(name: String, model: Transformer)] { objective.followers }

  func change(_ settings: TrainingSettings) {
    self.settings = settings
    objective.settings = settings
  }

  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let chosen = order.step(stepsDone, size: settings.examplesPerRound).map { items[$0] }
    tokensDone += chosen.reduce(0) { $0 + objective.tokenCount($1) }
    let record = try step(
      on: chosen, by: objective, settings, isRecorded: recording(stepsDone + 1), observer: observer)
    objective.didStep(record.step)
    return [record]
  }

  func evaluate() throws(TrainingError) -> [MetricValue] {
    var averages = MetricAverages()
    for items in try objective.ready(heldOut.inParts(of: settings.integer(.batchSize))) {
      let pass = result.model.forward(objective.texts(items))
      let (loss, _) = objective.loss(items, pass, title: nil, observer: observer)
      averages.add(loss.metrics, weight: Double(items.reduce(0) { $0 + objective.weight($1) }))
    }
    return averages.values.map { MetricValue("eval_" + $0.name, $0.value) }
  }

  func samples(_ count: Int) -> [Sample] { objective.samples(count, step: stepsDone) }

  func save(_ state: inout RunState) {}
  func restore(_ state: RunState, from file: String) {}
}

extension TrainingMethod {
  /// One optimizer step on some examples: a pass for each part of them, and the gradients of all passes added up.
  ///
  /// - Parameters:
  ///   - chosen: What is learned from.
  ///   - objective: Whose loss it is.
  ///   - settings: The size of a pass, and the learning rate.
  ///   - isRecorded: Whether the record has the batches that the debugger opens.
  ///   - observer: Is told every named number.
  ///   - others: Metrics that are not the objective's.
  func step<Objective: ExampleObjective>(
    on chosen: [Objective.Item], by objective: Objective, _ settings: TrainingSettings, isRecorded: Bool,
    observer: TrainerObserver, beside others: [MetricValue] = []
  ) throws(TrainingError) -> StepRecord {
    let (step, rate) = (stepsDone + 1, settings.learningRate(at: stepsDone, of: totalSteps))
    let total = Double(chosen.reduce(0) { $0 + objective.weight($1) })
    let title = isRecorded ? "step \(step)" : nil
    let passes = try objective.ready(chosen.inParts(of: settings.integer(.batchSize)))
    var (averages, batches) = (MetricAverages(), [String]())
    trained.clearGradients()
    for (number, items) in passes.enumerated() {
      let pass = result.model.forward(objective.texts(items), keepsActivations: true)
      let (loss, batch) = objective.loss(items, pass, title: title, observer: observer)
      let share = Double(items.reduce(0) { $0 + objective.weight($1) }) / total
      pass.backward(
        loss.gradients.map { $0 * Float(share) }, into: trained.parts[0].gradient, isLast: number == passes.count - 1)
      averages.add(loss.metrics, weight: share)
      if title != nil { batches.append(batch.json(ofStep: step)) }
    }
    let norm = trained.step(learningRate: rate)
    let own = stepMetrics(norm: norm, rate: rate)
    return StepRecord(step: step, metrics: averages.values + others + own, batches: batches)
  }
}

extension Array {
  /// The elements in parts of at most `size`.
  func inParts(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
