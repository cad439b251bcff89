#if !hasFeature(Embedded)
  import Foundation
#endif

/// How the learning rate changes from step to step, as in transformers' `optimization.py`.
///
/// During the warm-up the factor is `step / warmup`; afterwards, with `p = (step − warmup) / (total − warmup)`,
///
///     constant                1, and no warm-up
///     constant_with_warmup    1
///     linear                  1 − p
///     cosine                  (1 + cos 2πcp) / 2                    with c = num_cycles, ½ by standard
///     cosine_with_restarts    (1 + cos π(cp mod 1)) / 2, then 0     with c = num_cycles, 1 by standard
///     cosine_with_min_lr      m + (1 − m) (1 + cos 2πcp) / 2        with m = min_lr_rate or min_lr / learning_rate
///
/// Steps count from 0, so that with a warm-up the first optimizer step changes nothing, as in transformers.
public struct Schedule: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case constant, linear, cosine
    case constantWithWarmup = "constant_with_warmup"
    case cosineWithRestarts = "cosine_with_restarts"
    case cosineWithMinimum = "cosine_with_min_lr"
  }

  public var kind: Kind
  public var warmupSteps: Int
  public var totalSteps: Int
  /// How many waves or restarts; nil for the kind's standard.
  public var cycles: Double?
  /// Where `cosine_with_min_lr` ends, as a share of the learning rate.
  public var minimum = 0.0

  public init(_ kind: Kind, warmupSteps: Int, totalSteps: Int) {
    self.kind = kind
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The schedule that the settings ask for, over so many optimizer steps.
  public init(_ settings: TrainingSettings, totalSteps: Int) {
    let share = (Double(totalSteps) * settings.number(.warmupRatio)).rounded(.up)
    let steps = settings.integer(.warmupSteps)
    self.init(
      Kind(rawValue: settings.choice(.lrSchedulerType)) ?? .linear, warmupSteps: steps > 0 ? steps : Int(share),
      totalSteps: totalSteps)
    guard let parameters = settings.parameters(.lrSchedulerKwargs) else { return }
    cycles = parameters["num_cycles"]
    let rate = settings.number(.learningRate)
    minimum = parameters["min_lr_rate"] ?? parameters["min_lr"].map { rate > 0 ? $0 / rate : 0 } ?? 0
  }

  /// The factor of the learning rate at a step, counted from 0.
  public func factor(at step: Int) -> Double {
    if kind == .constant { return 1 }
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
    return switch kind {
    case .constant, .constantWithWarmup: 1
    case .linear: max(0, Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps)))
    case .cosine: max(0, wave(progress))
    case .cosineWithRestarts:
      progress >= 1 ? 0 : max(0, 0.5 * (1 + cos(Double.pi * fraction((cycles ?? 1) * progress))))
    case .cosineWithMinimum: max(0, wave(progress) * (1 - minimum) + minimum)
    }
  }

  private func fraction(_ x: Double) -> Double { x - x.rounded(.down) }

  private func wave(_ progress: Double) -> Double {
    0.5 * (1 + cos(Double.pi * (cycles ?? 0.5) * 2 * progress))
  }
}

extension Schedule {
  /// The numbers that a kind reads.
  private static func names(_ kind: Kind) -> [String] {
    switch kind {
    case .constant, .constantWithWarmup, .linear: []
    case .cosine, .cosineWithRestarts: ["num_cycles"]
    case .cosineWithMinimum: ["num_cycles", "min_lr", "min_lr_rate"]
    }
  }

  /// What `lr_scheduler_kwargs` lacks or has too much for the schedule, if anything.
  static func problem(_ settings: TrainingSettings) -> String? {
    let type = settings.choice(.lrSchedulerType)
    guard let kind = Kind(rawValue: type) else { return nil }
    let (known, values) = (names(kind), settings.parameters(.lrSchedulerKwargs)?.values ?? [])
    if let unknown = values.first(where: { value in !known.contains { $0 == value.name } }) {
      let reads = known.isEmpty ? "no numbers" : "only \(known.joined(separator: ", "))"
      return "lr_scheduler_kwargs has \(unknown.name), but lr_scheduler_type \(type) reads \(reads)"
    }
    if let negative = values.first(where: { $0.number < 0 }) {
      return "lr_scheduler_kwargs: \(negative.name) must not be negative"
    }
    let minima = values.filter { $0.name != "num_cycles" }
    if kind == .cosineWithMinimum, minima.count != 1 {
      return
        "lr_scheduler_type \(type) needs either min_lr or min_lr_rate: --set lr_scheduler_kwargs='{\"min_lr_rate\": 0.1}'"
    }
    return nil
  }
}
