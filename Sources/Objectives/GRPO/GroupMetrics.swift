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
  recordSampler(responses, settings: settings, observer: observer)

  observer.beat()
  func record(_ metric: Metric, _ value: (GroupPolicyLoss) -> Scalar?) {
    let values = updates.compactMap { value($0) }
    guard let first = values.first else { return }
    observer.metric(metric, values.count == 1 ? first : observer.tape.mean(values))
  }
  record(.kl) { $0.meanKL }
  record(.entropy) { $0.meanEntropy }
  if settings.hasEntropyBonus { record(.groupPolicyLoss) { $0.policyLoss } }
  record(.clipLowMean) { $0.clips?.lowMean }
  record(.clipHighMean) { $0.clips?.highMean }
  record(.clipRegionMean) { $0.clips?.regionMean }
  record(.clipLowMin) { $0.clips?.lowMin }
  record(.clipHighMax) { $0.clips?.highMax }
  record(.cispoClipRatio) { $0.cispoClipFraction }
  record(.vespoWeight) { $0.meanGammaWeight }
}

private func recordSampler<O: Observer>(_ responses: [GroupResponse], settings: Settings, observer: O) {
  let masksTruncated = settings.flag(.maskTruncated)
  let isShared = SamplerCorrection(settings).weighing?.level == .sequence
  recordSampler(
    responses.compactMap { response in
      response.samplingLogp.map {
        SampledElsewhere(
          oldLogp: response.oldLogp, samplingLogp: $0, weights: response.samplingWeights, isShared: isShared,
          mask: masksTruncated && !response.isComplete ? $0.map { _ in false } : response.givenMask)
      }
    }, observer: observer)
}

/// A response that another engine sampled, as it is logged.
struct SampledElsewhere {
  /// Empty where it is not known.
  let oldLogp: [Scalar]
  let samplingLogp: [Scalar]
  /// Of its tokens, or the one of all of them.
  let weights: [Scalar]?
  /// Whether there is one for all of them, which counts even where none of them does.
  let isShared: Bool
  /// Which tokens are counted; nil for all.
  var mask: [Bool]?
}

/// What TRL logs of responses that another engine sampled; nothing where none did.
func recordSampler<O: Observer>(_ responses: [SampledElsewhere], observer: O) {
  let tape = observer.tape
  var (differences, weights): ([Double], [Double]) = ([], [])
  for response in responses where !response.oldLogp.isEmpty {
    let sampling = response.samplingLogp
    let counted = sampling.indices.filter { response.mask?[$0] ?? true }
    differences += counted.map { (response.oldLogp[$0].value - sampling[$0].value).magnitude }.filter { !$0.isNaN }
    guard let own = response.weights else { continue }
    weights += response.isShared ? own.map { $0.value } : counted.map { own[$0].value }
  }
  func mean(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 } / Double(max(1, values.count)) }
  guard !responses.isEmpty else { return }
  observer.metric(.samplingDifferenceMean, tape.constant(mean(differences)))
  observer.metric(.samplingDifferenceMax, tape.constant(differences.max() ?? 0))
  guard !weights.isEmpty else { return }
  observer.metric(.samplingRatioMin, tape.constant(weights.min() ?? 0))
  observer.metric(.samplingRatioMean, tape.constant(mean(weights)))
  observer.metric(.samplingRatioMax, tape.constant(weights.max() ?? 0))
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
  let whole =
    settings.choice(.multiObjective) == "normalize_then_sum"
    ? combinedDeviation(responses, members.count, settings: settings, on: tape)
    : settings.choice(.scaleRewards) == "batch" ? std.value : nil
  if let whole { flat = whole <= 1e-8 ? responses.count : 0 }
  observer.metric(.zeroStdFraction, tape.constant(Double(flat) / Double(responses.count)))
}

/// The deviation of the sums of normalised rewards over the batch.
private func combinedDeviation(_ responses: [GroupResponse], _ groups: Int, settings: Settings, on tape: Tape) -> Double
{
  let sums = combinedRewards(responses, groupCount: groups, settings: settings, observer: Unobserved(tape: tape))
  return sampleDeviation(sums, mean: tape.mean(sums), count: .responses, on: tape).value
}

private func recordLengths<O: Observer>(_ responses: [GroupResponse], observer: O) {
  let tape = observer.tape
  let lengths = responses.map { $0.writtenCount }
  let total = Double(lengths.reduce(0) { $0 + $1 })
  observer.metric(.completionMeanLength, tape.constant(total / Double(lengths.count)))
  observer.metric(.completionMinLength, tape.constant(Double(lengths.min() ?? 0)))
  observer.metric(.completionMaxLength, tape.constant(Double(lengths.max() ?? 0)))
  let cut = responses.count { !$0.isComplete }
  observer.metric(.completionClippedRatio, tape.constant(Double(cut) / Double(lengths.count)))
}

/// Statistics of a batch's ratios for the log.
struct GroupSummary {
  /// Which tokens of each response count.
  private let counts: [[Bool]]
  /// One per token, or one per response; with `delta` already applied where a loss clips, as TRL counts.
  private let ratios: [[Double]]
  private let advantages: [Double]
  private let isPerSequence: Bool
  private let settings: Settings

  init(
    _ batch: [GroupPrediction], _ variant: GroupLoss, counts: [[Bool]], ratios: [[Scalar]], isPerSequence: Bool,
    _ settings: Settings
  ) {
    let bound = variant.isClipped ? settings.optionalNumber(.delta) ?? .infinity : .infinity
    self.counts = counts
    self.ratios = ratios.indices.map { n in
      // Without tokens that count, the mean log-ratio of a response is 0.
      let own = isPerSequence && !counts[n].contains(true) ? [1] : ratios[n].map { $0.value }
      return own.map { $0 < bound ? $0 : bound }
    }
    advantages = batch.map { $0.advantage.value }
    self.isPerSequence = isPerSequence
    self.settings = settings
  }

  /// The mean over the tokens that count; 0 where none does.
  func tokenMean(_ values: [[Scalar]], on tape: Tape) -> Scalar {
    var counted: [Scalar] = []
    for (row, counts) in zip(values, counts) {
      for (value, isCounted) in zip(row, counts) where isCounted { counted.append(value) }
    }
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
    for n in ratios.indices {
      let own = isPerSequence ? ratios[n] : zip(ratios[n], counts[n]).filter { $1 }.map { $0.0 }
      guard !own.isEmpty else { continue }
      let held = own.count { holds($0, advantages[n]) }
      count += held
      total += own.count
      rows.append(Double(held) / Double(own.count))
    }
    // TRL divides in single precision where a response has a single ratio.
    let mean = isPerSequence ? Double(Float(count) / Float(max(1, total))) : Double(count) / Double(max(1, total))
    return (mean, rows)
  }
}
