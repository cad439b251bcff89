import Documents

/// Something that a run's curves show, with the numbers that show it and the step to look at.
public struct RunFinding: Diagnosed, Sendable {
  /// What it is called in the output of a program: `entropy-collapse`.
  public let name: String
  public let verdict: Finding.Verdict
  public let title: String
  /// Why the curves look so.
  public let explanation: String
  /// What is concluded from circumstances rather than read off the curves; nil where nothing is.
  public var inference: String?
  public let evidence: [RunEvidence]
  /// The step to open.
  public let step: Int
  public let advice: String
  public let topic: Topic
  /// The step by which it could first be seen; nil if that was not examined.
  public internal(set) var seenAt: Int?

  init(
    name: String, verdict: Finding.Verdict, title: String, explanation: String, inference: String? = nil,
    evidence: [RunEvidence], step: Int, advice: String, topic: Topic
  ) {
    (self.name, self.verdict, self.title, self.explanation) = (name, verdict, title, explanation)
    (self.inference, self.step, self.advice, self.topic) = (inference, step, advice, topic)
    // A curve that ends at its highest has one window for both.
    self.evidence = evidence.indices.filter { !evidence[..<$0].contains(evidence[$0]) }.map { evidence[$0] }
  }

  /// «, one of 4 such steps», for a title that tells the worst; nothing where it is the only one.
  static func others(_ count: Int, _ noun: String) -> String { count > 1 ? ", one of \(count) such \(noun)" : "" }
}

/// A value of a curve, or the median of some values in a row.
public struct RunEvidence: Equatable, Sendable {
  /// The metric's name in the log.
  public let metric: String
  public let firstStep: Int
  public let lastStep: Int
  public let value: Double

  init(_ curve: RunCurve, _ window: RunCurve.Window) {
    (metric, firstStep, lastStep, value) = (curve.name, window.first, window.last, window.median)
  }

  init(_ metric: String, step: Int, _ value: Double) {
    (self.metric, firstStep, lastStep, self.value) = (metric, step, step, value)
  }

  /// `step 40`, or `steps 1–10` where the value is a median.
  public var place: String { firstStep == lastStep ? "step \(lastStep)" : "steps \(firstStep)–\(lastStep)" }
}

/// Something to look for in a run's curves.
///
/// To add one, write it in a file like `RunPolicy.swift`, with its numbers in `RunThresholds`, and name it in `all`.
struct RunPuzzle: Sendable {
  let name: String
  /// What it looks at; without any of these it cannot be seen.
  let needs: [[RunMetric]]
  /// The trouble, if the curves show it.
  let find: @Sendable (RunExamination) -> RunFinding?

  /// - Parameters:
  ///   - name: As it is called in the output of a program.
  ///   - needs: Groups of metrics, from one of which all must be there.
  ///   - find: What it finds.
  init(_ name: String, needs: [[RunMetric]], find: @escaping @Sendable (RunExamination) -> RunFinding?) {
    (self.name, self.needs, self.find) = (name, needs, find)
  }

  func isPossible(in run: RunExamination) -> Bool {
    needs.isEmpty || needs.contains { group in group.allSatisfy { run.tells($0) } }
  }

  /// The metrics that the log lacks for it: of several ways, the one that lacks fewest. Nil where nothing is lacking,
  /// and where a run of this kind has no such metric.
  func lacking(in run: RunExamination) -> [RunMetric]? {
    if isPossible(in: run) { return nil }
    let ways = needs.map { group in group.filter { !run.tells($0) } }
    return ways.filter { way in way.allSatisfy { run.mayHave($0) } }.min { $0.count < $1.count }
  }

  /// What ends a run comes before what slows it down, and what does such a thing before what it does.
  static let all: [RunPuzzle] = [
    notFinite, firstReference, unlearnedStart, resumeJump, samplerDrift, constantReward, zeroGradient, diverged,
    lossSpike,
    gradientSpike, rewardCollapse, rewardHacking, rewardSplit, entropyCollapse, highEntropy, klRunaway, rulingPenalty,
    klCoefficient, largeUpdates, evaluationFalling, criticLost, stepsMissing, stepsRepeated, zeroRate, schedule,
    lowRate, stuckLoss, flatReward, driftingScores, deadGroups, clipAlways, clipNever, truncation, unusedTools,
    lengthDrift, chosenFalling,
  ]
}
