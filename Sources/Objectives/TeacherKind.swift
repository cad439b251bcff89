public import Autodiff

/// Who a student's teacher is: the option `teacher_model_kind`.
///
/// Source: TRL `SDFTConfig`, whose `base`, `live` and `ema` these are.
public enum TeacherKind: String, CaseIterable, Sendable {
  /// A model of its own.
  case model
  /// The policy as it began, with the solution in sight.
  case base
  /// The policy as it is, with the solution in sight.
  case live
  /// A moving average of the policies so far, with the solution in sight.
  case ema

  public init(_ settings: Settings) { self = TeacherKind(rawValue: settings.choice(.teacherKind)) ?? .model }

  /// Whether it is a policy of the student's own that sees the solution before the prompt.
  public var seesSolution: Bool { self != .model }

  /// The share of the policy of which it is made after an optimizer step; nil where it stays what it is.
  public func share(after step: Int, _ settings: Settings) -> Constant? {
    switch self {
    case .model, .base: nil
    case .live: Constant(1)
    case .ema: step % settings.integer(.teacherSyncSteps) == 0 ? settings.value(.teacherUpdateRate) : nil
    }
  }
}
