/// A puzzle that people bring to the forums, and how a recording shows it.
///
/// To add one, write a file like `ZeroLoss.swift` and name it in `all`.
struct Puzzle: Sendable {
  let name: String
  /// The first place where the recording shows it, if it does.
  let find: @Sendable (Examination) -> Finding?

  /// Real errors come before what only looks wrong.
  static let all: [Puzzle] = [
    earlyRatio, explodingRatio, klDirection, negativeKL, klGradient, flatGroups, busyClip, lengthBias,
    truncatedRewarded, chosenFalling, stuckMargin, zeroLoss, idleClip,
  ]
}
