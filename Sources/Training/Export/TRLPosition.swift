import Foundation

/// The point from which a run is to continue elsewhere.
struct TRLPosition {
  /// The optimizer steps that were taken.
  let step: Int
  let totalSteps: Int
  /// The checkpoint's folder; nil at the run's beginning.
  let checkpoint: String?
  /// The checkpoint's small numbers.
  let state: RunState

  /// - Parameter step: That of a checkpoint, or 0; nil for the latest from which steps are left.
  init(_ run: RunDirectory, step wanted: Int?, totalSteps: Int) throws(TrainingError) {
    if let wanted, wanted < 0 {
      throw TrainingError(
        .usage, "--checkpoint \(wanted): write the step of a checkpoint, or 0 for the run's beginning")
    }
    let store = run.checkpoints
    let latest = store.steps.last { $0 < totalSteps } ?? 0
    step = wanted ?? latest
    self.totalSteps = totalSteps
    if step == 0, !store.steps.contains(0) {
      checkpoint = nil
      state = RunState()
      return
    }
    let found = try store.checkpoint(step: step)
    guard step < totalSteps else { throw Self.ended(run, step, latest) }
    checkpoint = found.path
    state = try RunState.read("\(found.path)/state.json")
  }

  private static func ended(_ run: RunDirectory, _ step: Int, _ latest: Int) -> TrainingError {
    let other = latest == 0 ? "" : "--checkpoint \(latest) goes on from there, "
    return TrainingError(
      .usage,
      "\(run.path): the run has ended with step \(step), which leaves nothing to go on with; \(other)--checkpoint 0 begins again"
    )
  }

  /// How many batches of responses were learned from; where nobody counts them, each was one step.
  func roundsDone(_ trainer: Trainer) -> Int {
    state.integers[trainer.trl.roundsDone].map { Int($0) } ?? step
  }
}
