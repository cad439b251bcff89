import ArgumentParser
import Distribution
import Foundation
import Training
import Transformers

/// A command that may run as several ranks, which speak once and end together.
enum RankedProgram {
  /// Runs a body on every rank.
  ///
  /// - Parameters:
  ///   - body: Returns whether it came to its end; false if the user stopped it.
  ///   - stopped: Says so, on one of them.
  static func run(
    _ body: (any Ranks) throws(TrainingError) -> Bool, stopped: (any Ranks) -> Void
  ) throws {
    let ranks: any Ranks
    do throws(RankError) {
      ranks = try Launch.ranks()
    } catch {
      // All would say the same, and the first to leave may end them all.
      if Launch.isFirst { Output.complain("Error: \(error)") } else { sleep(1) }
      throw ExitCode(CommandError.Kind.usage.rawValue)
    }
    let isFinished: Bool
    do throws(TrainingError) {
      isFinished = try body(ranks)
    } catch {
      throw fail(CommandError(error), ranks)
    }
    // Before they leave together: the launcher may be ending them.
    if !isFinished, ranks.isFirst { stopped(ranks) }
    ranks.leave()
    guard !isFinished else { return }
    throw ExitCode(128 + (Interruption.signalNumber ?? SIGINT))
  }

  /// Ends all ranks with an error that one or all of them met. If all did, the first one reports it, and the others give
  /// it time to.
  private static func fail(_ error: CommandError, _ ranks: any Ranks) -> any Error {
    guard ranks.count > 1 else { return error }
    if !ranks.isFirst, isEndedMeanwhile() { return ExitCode(error.kind.rawValue) }
    Output.complain(ranks.isFirst ? error.text : "rank \(ranks.rank): \(error.text)")
    ranks.abort(error.kind.rawValue)
    return ExitCode(error.kind.rawValue)
  }

  /// Whether this rank is ended within the time that the first one needs to report an error.
  private static func isEndedMeanwhile() -> Bool {
    for _ in 0..<100 where !Interruption.isRequested { usleep(50_000) }
    return Interruption.isRequested
  }
}
