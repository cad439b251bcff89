import Simulation

/// A puzzle that people bring to the forums, and how a recording shows it.
///
/// To add one, write a file like `ZeroLoss.swift` and name it in `all`.
struct Puzzle: Sendable {
  let name: String
  /// The first place where the recording shows it, if it does.
  let find: @Sendable (Examination) -> Finding?

  /// Real errors come before what only looks wrong.
  static let all: [Puzzle] = [
    notANumber, placeholderReference, placeholderPolicy, misalignedLogps, earlyRatio, meanRatio, explodingRatio,
    firstReference,
    stepTokens, templateTokens, countedPadding, invertedMask, unsampledTokens, klDirection, farReference, rulingKL,
    negativeKL, klGradient,
    samplerDrift, mixedGroups, identicalAnswers, copiedAnswers, unevenGroups, mostlyTruncated,
    cancellingRewards, flatGroups, turnedAdvantages, greedyBaseline, tinySpread, whitenOne, noGradient, constantScore,
    stuckCritic,
    uselessCritic, equalScores, identicalPairs,
    oneLabel, unevenLabels, referencePoint, invertedLabels, driftingScores, busyClip, lengthBias,
    truncatedRewarded, chosenFalling, stuckMargin, saturatedPairs, carriedByOne, collapsedEntropy, zeroLoss, idleClip,
  ]

  /// Those that compare with what the trainer logged, where a batch has that.
  static func logged(in batch: Batch?) -> [Puzzle] {
    guard let batch else { return [] }
    return (batch.loggedLoss == nil ? [] : [loggedLoss]) + (batch.logged.isEmpty ? [] : [loggedMetric])
      + (batch.hasLoggedTerms ? [loggedTerms] : [])
  }
}
