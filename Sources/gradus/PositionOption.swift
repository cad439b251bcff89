import ArgumentParser
import Debugging
import Recording

/// From where in the recording the numbers are seen.
struct PositionOption: ParsableArguments {
  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "As of a beat, or the end of an iteration/epoch/minibatch or stage; else of the run.", valueName: "position"),
    completion: .positions)
  var text: String?

  /// The beat's number.
  func beat(in trace: Trace) throws -> Int {
    do throws(ExpressionError) {
      // From before the first beat, so that a stage's name means its first appearance.
      return try Position.parse(text ?? "end", in: trace, from: -1, edge: .last)
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
