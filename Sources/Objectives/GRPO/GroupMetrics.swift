public import Autodiff

/// How often the clip acts: the ratio is low and the advantage negative, or high and positive.
public struct GroupClips {
  public let lowMean, highMean, regionMean: Scalar
  /// Over responses, the smallest share of ratios clipped low, and the largest share clipped high.
  public let lowMin, highMax: Scalar
}

/// Records what TRL logs of a batch of groups, under its names, averaged over the batch's updates.
///
/// Source: TRL `GRPOTrainer._compute_loss` and `_generate_and_score_completions`.
///
/// - Parameters:
///   - responses: All answers of the batch.
///   - updates: The updates that learned from them; empty if no update is known.
///   - hasLengths: Whether it is known how many tokens the answers have.
///   - settings: The options of the loss.
///   - observer: Is told every metric.
public func recordGroupMetrics<O: Observer>(
  _ responses: [GroupResponse], updates: [GroupPolicyLoss], hasLengths: Bool = true, settings: Settings, observer: O
) {
  observer.begin(.metrics)
  observer.beat()
  recordRewards(responses, settings: settings, observer: observer)
  if hasLengths { recordLengths(responses, observer: observer) }

  observer.beat()
  func record(_ metric: Metric, _ value: (GroupPolicyLoss) -> Scalar?) {
    let values = updates.compactMap { value($0) }
    guard let first = values.first else { return }
    observer.metric(metric, values.count == 1 ? first : observer.tape.mean(values))
  }
  record(.kl) { $0.meanKL }
  record(.entropy) { $0.meanEntropy }
  if settings.number(.entropyCoef) != 0 { record(.groupPolicyLoss) { $0.policyLoss } }
  record(.clipLowMean) { $0.clips?.lowMean }
  record(.clipHighMean) { $0.clips?.highMean }
  record(.clipRegionMean) { $0.clips?.regionMean }
  record(.clipLowMin) { $0.clips?.lowMin }
  record(.clipHighMax) { $0.clips?.highMax }
  record(.cispoClipRatio) { $0.cispoClipFraction }
}

private func recordRewards<O: Observer>(_ responses: [GroupResponse], settings: Settings, observer: O) {
  let tape = observer.tape
  let rewards = responses.map { $0.reward }
  let mean = tape.mean(rewards)
  let std = sampleDeviation(rewards, mean: mean, count: .responses, on: tape)
  observer.metric(.reward, mean)
  observer.metric(.rewardStd, std)
  var members: [[Scalar]] = []
  for response in responses {
    while members.count <= response.group { members.append([]) }
    members[response.group].append(response.reward)
  }
  // As `torch.isclose(std, 0)`.
  var flat = 0
  for group in members where !group.isEmpty {
    let deviation = sampleDeviation(group, mean: tape.mean(group), count: .responses, on: tape).value
    if deviation <= 1e-8 { flat += group.count }
  }
  if settings.choice(.scaleRewards) == "batch" { flat = std.value <= 1e-8 ? responses.count : 0 }
  observer.metric(.zeroStdFraction, tape.constant(Double(flat) / Double(responses.count)))
}

private func recordLengths<O: Observer>(_ responses: [GroupResponse], observer: O) {
  let tape = observer.tape
  let lengths = responses.map { $0.tokenCount }
  let total = Double(lengths.reduce(0) { $0 + $1 })
  observer.metric(.completionMeanLength, tape.constant(total / Double(lengths.count)))
  observer.metric(.completionMinLength, tape.constant(Double(lengths.min() ?? 0)))
  observer.metric(.completionMaxLength, tape.constant(Double(lengths.max() ?? 0)))
  let cut = responses.count { !$0.isComplete }
  observer.metric(.completionClippedRatio, tape.constant(Double(cut) / Double(lengths.count)))
}

/// Statistics of a batch's ratios for the log.
struct GroupSummary {
  private let isKept: [Bool]
  /// One per token, or one per response; with `delta` already applied where a loss clips, as TRL counts.
  private let ratios: [[Double]]
  private let advantages: [Double]
  private let isPerSequence: Bool
  private let settings: Settings

  init(
    _ batch: [GroupPrediction], _ variant: GroupLoss, isKept: [Bool], ratios: [[Scalar]], isPerSequence: Bool,
    _ settings: Settings
  ) {
    let bound = variant.isClipped ? settings.optionalNumber(.delta) ?? .infinity : .infinity
    self.isKept = isKept
    self.ratios = ratios.indices.map { n in
      // Without tokens that count, the mean log-ratio of a response is 0.
      if isPerSequence, !isKept[n] { return [1] }
      return ratios[n].map { $0.value < bound ? $0.value : bound }
    }
    advantages = batch.map { $0.advantage.value }
    self.isPerSequence = isPerSequence
    self.settings = settings
  }

  /// The mean over the tokens that count; 0 where none does.
  func tokenMean(_ values: [[Scalar]], on tape: Tape) -> Scalar {
    var counted: [Scalar] = []
    for (row, isKept) in zip(values, isKept) where isKept { counted += row }
    return counted.isEmpty ? tape.constant(0) : tape.mean(counted)
  }

  func clips(on tape: Tape) -> GroupClips {
    let low = 1 - settings.number(.epsilon)
    let high = 1 + (settings.optionalNumber(.epsilonHigh) ?? settings.number(.epsilon))
    let lows = shares { $0 < low && $1 < 0 }
    let highs = shares { $0 > high && $1 > 0 }
    return GroupClips(
      lowMean: tape.constant(lows.mean), highMean: tape.constant(highs.mean),
      regionMean: tape.constant(shares { ($0 < low && $1 < 0) || ($0 > high && $1 > 0) }.mean),
      lowMin: tape.constant(lows.rows.min() ?? .nan), highMax: tape.constant(highs.rows.max() ?? .nan))
  }

  func cispoClipFraction(on tape: Tape) -> Scalar {
    let limit = settings.optionalNumber(.epsilonHigh) ?? settings.number(.epsilon)
    return tape.constant(shares { $0 > limit && $1 > 0 }.mean)
  }

  /// The share of ratios that a condition holds for: of all, and within each response. TRL counts the ratios of
  /// responses that are left out only where a response has a single one.
  private func shares(_ holds: (Double, Double) -> Bool) -> (mean: Double, rows: [Double]) {
    var (count, total) = (0, 0)
    var rows: [Double] = []
    for n in ratios.indices where isPerSequence || isKept[n] {
      let held = ratios[n].count { holds($0, advantages[n]) }
      count += held
      total += ratios[n].count
      rows.append(Double(held) / Double(ratios[n].count))
    }
    // TRL divides in single precision where a response has a single ratio.
    let mean = isPerSequence ? Double(Float(count) / Float(max(1, total))) : Double(count) / Double(max(1, total))
    return (mean, rows)
  }
}
