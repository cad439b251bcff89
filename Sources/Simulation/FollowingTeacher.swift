import Autodiff
import Objectives
import Recording

/// A teacher of a tiny world: one that stays, or the policy with the solution in sight, which may follow the student.
///
///     θ_T ← (1 − α) θ_T + α θ, and the solution's tokens are raised on top of that; α is 1 where the teacher is live
///
/// Source: TRL `SDFTTrainer`, `SyncTeacherModelCallback`.
struct FollowingTeacher {
  /// The teacher as it is now, at the temperature of sampling.
  private(set) var policy: TabularPolicy
  /// Its logits without the solution.
  private var logits: [[Scalar]]
  private let solution: [Int?]
  private let settings: Settings
  private let trace: Trace

  /// - Parameter start: The policy's logits as it begins.
  init(_ world: World, from start: [[Scalar]], settings: Settings, trace: Trace) {
    (self.settings, self.trace) = (settings, trace)
    solution = TeacherKind(settings).seesSolution ? world.solutionTokens : []
    logits = start.map { $0.map { stopGradient($0) } }
    policy = TabularPolicy(
      logits: trace.makeTeacher(world, from: start, settings: settings), temperature: settings.value(.temperature),
      on: trace.tape)
  }

  /// Moves it towards the policy, if it is time; each of its rows is a beat of the stage `teacher-sync`.
  ///
  /// - Returns: Whether it has moved.
  mutating func follow(_ other: TabularPolicy, step: Int) -> Bool {
    guard let share = TeacherKind(settings).share(after: step, settings) else { return false }
    trace.begin(.teacherSync)
    var seen: [[Scalar]] = []
    for a in logits.indices {
      trace.beat()
      logits[a] = logits[a].indices.map { b in
        let own = other.logits[a][b]
        return stopGradient(share.value == 1 ? own : (1 - share) * logits[a][b] + share * own)
      }
      seen.append(
        logits[a].indices.map { b in
          let raised = solution[a] == b ? logits[a][b] + settings.value(.solutionLogit) : alias(logits[a][b])
          return trace.term(.teacherLogit, a, b, raised)
        })
    }
    policy = TabularPolicy(logits: seen, temperature: settings.value(.temperature), on: trace.tape)
    return true
  }
}
