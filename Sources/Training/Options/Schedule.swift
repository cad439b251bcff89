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
///     cosine                  (1 + cos πp) / 2
///
/// Steps count from 0, so that with a warm-up the first optimizer step changes nothing, as in transformers.
public struct Schedule: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case constant, linear, cosine
    case constantWithWarmup = "constant_with_warmup"
  }

  public var kind: Kind
  public var warmupSteps: Int
  public var totalSteps: Int

  public init(_ kind: Kind, warmupSteps: Int, totalSteps: Int) {
    self.kind = kind
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The schedule that the settings ask for, over so many optimizer steps.
  public init(_ settings: TrainingSettings, totalSteps: Int) {
    self.init(
      Kind(rawValue: settings.choice(.lrSchedulerType)) ?? .linear,
      warmupSteps: settings.integer(.warmupSteps), totalSteps: totalSteps)
  }

  /// The factor of the learning rate at a step, counted from 0.
  public func factor(at step: Int) -> Double {
    if kind == .constant { return 1 }
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
    return switch kind {
    case .constant, .constantWithWarmup: 1
    case .linear: max(0, Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps)))
    case .cosine: max(0, 0.5 * (1 + cos(Double.pi * progress)))
    }
  }
}
