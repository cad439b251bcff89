import ArgumentParser
import Debugging
import Recording
import Reporting

/// The position in the recording as of which numbers are shown.
struct PositionOption: ParsableArguments {
  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "As of a beat, or the end of an iteration/epoch/minibatch or stage (default: the end of the run).",
      valueName: "position"),
    completion: .positions)
  var text: String?

  /// The beat's number.
  func beat(in trace: Trace) throws -> Int { try Self.beat(text ?? "end", in: trace) }

  static func beat(_ text: String, in trace: Trace) throws -> Int {
    do throws(ExpressionError) {
      // Seen from before the first beat, so that a stage's name means its first appearance.
      return try Position.parse(text, in: trace, from: -1, edge: .last)
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
