import Autodiff
import Objectives
import Recording

/// TR-DPO: a reference that moves towards the policy every few steps, `θ_ref ← (1 − α) θ_ref + α θ`.
///
/// Source: Gorbatovski et al. 2024, TR-DPO, equations 5 and 6; TRL `SyncRefModelCallback`.
struct FollowingReference {
  /// The reference as it is now; at first what it begins with.
  private(set) var policy: TabularPolicy
  private let settings: Settings
  private let trace: Trace

  init(_ policy: TabularPolicy, settings: Settings, trace: Trace) {
    (self.policy, self.settings, self.trace) = (policy, settings, trace)
  }

  /// Moves it, if it is time; each of its rows is a beat of the stage `reference-sync`.
  ///
  /// - Returns: Whether it has moved.
  mutating func follow(_ other: TabularPolicy, step: Int) -> Bool {
    guard settings.flag(.syncReference), step % settings.integer(.referenceSyncSteps) == 0 else { return false }
    let share = settings.value(.referenceMixup)
    trace.begin(.referenceSync)
    let logits = policy.logits.indices.map { a in
      trace.beat()
      return policy.logits[a].indices.map { b in
        let mixed = (1 - share) * policy.logits[a][b] + share * other.logits[a][b]
        return trace.term(.referenceLogit, a, b, stopGradient(mixed))
      }
    }
    policy = TabularPolicy(logits: logits, on: trace.tape)
    return true
  }
}
