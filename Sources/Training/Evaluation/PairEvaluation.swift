import Objectives
import Transformers

/// Which of two responses a model prefers: by its log-probabilities, or those beyond a reference's, or by a reward model.
struct PairEvaluation {
  let model: LanguageModel
  let reference: Transformer?
  let settings: TrainingSettings
  let progress: (_ what: String, _ done: Int, _ all: Int) -> Void

  /// Pairs in one pass.
  private static let together = 8

  /// What `train dpo` or `train reward` logs of such pairs; a reference that is not there says 0 of everything.
  func add(_ data: Dataset, to result: inout Evaluation) throws(TrainingError) {
    let pairs = try model.pairs(data, limit: TextLimit(settings))
    if model.model.configuration.head == .scalar {
      let objective = RewardObjective(model: model, settings: settings, examples: [])
      try add(pairs, by: objective, to: &result)
    } else {
      let objective = PreferenceObjective(
        model: model, reference: reference.map { .frozen(.kept($0)) } ?? .known, settings: settings, examples: [])
      var items = objective.items(pairs)
      if reference == nil {
        result.remark = "without --reference, a reward is beta · log π"
        for i in items.indices {
          items[i].chosenReference = items[i].pair.chosen.response.map { _ in 0 }
          items[i].rejectedReference = items[i].pair.rejected.response.map { _ in 0 }
        }
      }
      try add(items, by: objective, to: &result)
    }
  }

  private func add<Objective: ExampleObjective>(
    _ items: [Objective.Item], by objective: Objective, to result: inout Evaluation
  ) throws(TrainingError) {
    var (averages, done) = (MetricAverages(), 0)
    let observer = TrainerObserver()
    for part in items.inParts(of: Self.together) {
      let ready = try objective.ready([part]).flatMap { $0 }
      let pass = model.model.forward(objective.texts(ready))
      averages.add(objective.loss(ready, pass, title: nil, observer: observer).0.metrics, weight: Double(ready.count))
      done += ready.count
      progress("evaluating", done, items.count)
    }
    for metric in averages.values {
      let isShare = ["accuracy", "rewards/accuracies"].contains(metric.name)
      let variance = metric.value * (1 - metric.value) / Double(max(1, items.count - 1))
      result.add(metric.name, metric.value, standardError: isShare ? variance.squareRoot() : nil)
    }
  }
}
