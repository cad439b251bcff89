import Foundation
import Transformers

/// What a rank does when it waits for others and they will not come: one of them has died, or the user wants to stop
/// and whoever started the ranks will soon end them.
///
/// While ranks wait for each other no weight moves. So if none has moved since the last round ended either, the first
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

  /// Remembers how things are after a round of steps, once the logs have them.
  func remember() { (state, step) = (method.state, method.stepsDone) }

  /// Called while others are waited for.
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
      // The others are still there as far as anybody knows: the round may yet come to its end.
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
      ?? "there is no checkpoint yet: --resume begins anew"
  }

  /// Leaves without the others; whoever started the ranks ends them. The same command may succeed later.
  private func end() -> Never { _exit(Interruption.signalNumber.map { 128 + $0 } ?? EX_TEMPFAIL) }
}
