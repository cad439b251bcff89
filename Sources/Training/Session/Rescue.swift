import Foundation
import Transformers

/// What a rank does when it waits for others in vain: one of them has died, or the user wants to stop and the launcher will
/// soon end them all.
///
/// While ranks wait for each other, no weight changes. So if none has changed since the last round ended either, the first
/// rank can save the run as it was then, and nothing is lost.
final class Rescue: @unchecked Sendable {
  private let method: any TrainingMethod
  private let journal: RunJournal?
  private let say: (String) -> Void
  private var state: RunState
  private var step: Int
  private var isDone = false

  init(_ method: any TrainingMethod, _ journal: RunJournal?, say: @escaping (String) -> Void) {
    self.method = method
    self.journal = journal
    self.say = say
    (state, step) = (method.state, method.stepsDone)
  }

  /// Remembers the state after a round of steps, once it is in the logs.
  func remember() { (state, step) = (method.state, method.stepsDone) }

  /// Called while waiting for other ranks.
  ///
  /// - Parameter isBroken: Whether they can no longer be reached.
  func check(isBroken: Bool) {
    guard isBroken || Interruption.isRequested, !isDone else { return }
    guard let journal else {
      if isBroken { end() }
      return
    }
    if method.stepsDone == step {
      save(journal)
    } else if isBroken {
      say("the other ranks are gone in the middle of a round; " + told(journal.saved))
    } else {
      // As far as is known, the others are still there: the round may yet be completed.
      return
    }
    end()
  }

  private func save(_ journal: RunJournal) {
    isDone = true
    do throws(TrainingError) {
      if journal.saved != step {
        try journal.save(step: step) { (folder) throws(TrainingError) in try method.save(state, to: folder) }
      }
      say("stopped while waiting for the other ranks; " + told(step))
    } catch {
      say("stopped while waiting for the other ranks; \(error.message)")
    }
  }

  private func told(_ step: Int?) -> String {
    step.map { "the checkpoint of step \($0) is whole: --resume goes on from it, with any number of ranks" }
      ?? "there is no checkpoint yet: --resume starts over"
  }

  /// Leaves without the others, which the launcher ends. The same command may succeed later.
  private func end() -> Never { _exit(Interruption.signalNumber.map { 128 + $0 } ?? EX_TEMPFAIL) }
}
