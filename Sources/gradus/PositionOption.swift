import ArgumentParser
import Debugging
import Recording

/// From where in the recording the numbers are seen.
struct PositionOption: ParsableArguments {
  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "As of a beat, iteration/epoch/minibatch or stage; the end if not given.", valueName: "position"))
  var text: String?

  /// The beat's number.
  func beat(in trace: Trace) throws -> Int {
    do throws(ExpressionError) {
      // From before the first beat, so that a stage's name means its first appearance.
      return try Position.parse(text ?? "end", in: trace, from: -1)
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
