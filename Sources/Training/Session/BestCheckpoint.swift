import Objectives
import Transformers

/// Compares a run's checkpoints by a metric of held-out data, and knows when to stop for want of better ones.
///
/// Source: transformers `Trainer._determine_best_metric` and `EarlyStoppingCallback`; what is measured before the first step
/// does not count.
struct BestCheckpoint {
  /// With `eval_` before it.
  let metric: String
  private let isGreaterBetter: Bool
  private let patience: Int
  /// The best value so far, and after which step it was.
  private(set) var best: (value: Double, step: Int)?
  /// The evaluations in a row since.
  private var others = 0
  /// The value before the first step, if it was measured.
  private var before: Double?

  /// Nil where the settings do not ask which one is best.
  init?(_ settings: TrainingSettings) {
    let named = settings.choice(.metricForBestModel)
    patience = settings.integer(.earlyStoppingPatience)
    guard !named.isEmpty || patience > 0 || settings.flag(.loadBestModelAtEnd) else { return nil }
    let name = named.isEmpty ? "loss" : named
    metric = name.hasPrefix("eval_") ? name : "eval_\(name)"
    isGreaterBetter =
      if case .flag(let isGreater) = settings[.greaterIsBetter] { isGreater } else { !name.hasSuffix("loss") }
  }

  /// Whether the run ends here.
  var isOver: Bool { patience > 0 && others >= patience }

  /// Takes an evaluation; returns whether it is the best so far.
  mutating func take(_ value: Double, step: Int) -> Bool {
    let isBetter = best.map { isGreaterBetter ? value > $0.value : value < $0.value } ?? !value.isNaN
    if isBetter { best = (value, step) }
    others = isBetter ? 0 : others + 1
    return isBetter
  }

  /// Takes what was measured before the first step.
  mutating func begin(_ value: Double) { before = value }

  /// What was measured before the first step, if no step has made it better; or else nil.
  var wasBetterBefore: Double? {
    guard let before, let best, isGreaterBetter ? before >= best.value : before <= best.value else { return nil }
    return before
  }

  /// The metric among those of an evaluation.
  ///
  /// Throws where it is not among them, with those that are.
  func value(in evaluation: [MetricValue]) throws(TrainingError) -> Double {
    if let value = evaluation.first(where: { $0.name == metric })?.value { return value }
    guard !evaluation.isEmpty else {
      throw TrainingError(
        .usage, "\(metric) is to tell which checkpoint is best, but nothing is evaluated: give --eval-dataset")
    }
    let names = evaluation.map { $0.name }.joined(separator: ", ")
    throw TrainingError(.usage, "metric_for_best_model: there is no \(metric); the evaluation has: \(names)")
  }

  /// Remembers what a run that goes on has measured up to a step, as every rank must know it.
  mutating func restore(_ run: RunDirectory, upTo step: Int, _ ranks: any Ranks) throws(TrainingError) {
    var measured: [Double] = []
    if ranks.isFirst {
      for line in try MetricsLog.read("\(run.path)/metrics.jsonl") where line.step <= step {
        if let value = line[metric] { measured += [Double(line.step), value] }
      }
    }
    for pair in ranks.gather(measured).inParts(of: 2) {
      if pair[0] == 0 { begin(pair[1]) } else { _ = take(pair[1], step: Int(pair[0])) }
    }
  }
}
