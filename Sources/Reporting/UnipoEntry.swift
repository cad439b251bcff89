public import Documents
public import Objectives
import Recording
public import Simulation

/// An update as an entry of UNIPO's log: its metrics, and some prompts with every token of the answers.
///
/// Source: `docs/canonical_schema.json` of UNIPO (Cho et al. 2026, arXiv 2605.11549). UNIPO's *objective* is what is
/// maximised: minus the loss.
public struct UnipoEntry {
  /// The name of UNIPO's algorithm: its explainers are for grpo, dapo, drgrpo, ppo and reinforce.
  public let algorithm: String
  public let settings: Settings
  private let trace: Trace
  private let batch: Batch
  private let beat: Int
  private let sampled: [Batch.SampledResponse]

  /// Nil where the batch is of an algorithm that UNIPO does not show, or no update is known.
  public init?(_ batch: Batch) {
    self.batch = batch
    settings = batch.settings
    sampled = batch.contents.sampled
    guard batch.minibatch?.isEmpty != true, let name = Self.name(of: batch.algorithm, batch.settings) else {
      return nil
    }
    algorithm = name
    trace = batch.record()
    beat = trace.beats.count - 1
  }

  /// What UNIPO calls an algorithm under these settings; nil for one that it does not show.
  public static func name(of algorithm: Algorithm, _ settings: Settings) -> String? {
    switch algorithm.credit {
    case .critic: return "ppo"
    case .group:
      let loss = settings.choice(.groupLoss)
      return loss == "dr_grpo" ? "drgrpo" : loss
    case .returns, .teacher, nil: return nil
    }
  }

  /// The options that an update depends on, under their own names.
  public static func parameters(of algorithm: Algorithm, _ settings: Settings) -> [(name: String, value: OptionValue)] {
    (algorithm.options.replayed ?? []).map { ($0.name, settings[$0]) }
  }

  public var parameters: [(name: String, value: OptionValue)] { Self.parameters(of: batch.algorithm, settings) }

  /// Whether every ratio is 1, since the policy has not moved since it sampled; but for the rounding of a trainer in 32
  /// bits, which computes log-probabilities anew.
  public var isFirstAfterRollout: Bool { ratios.allSatisfy { ($0 - 1).magnitude < 1e-4 } }

  /// The metrics under UNIPO's names, in a fixed order.
  public var metrics: [(name: String, value: Double)] {
    let isGroup = batch.algorithm.credit == .group
    var metrics: [(String, Double?)] = [
      ("policy_objective", trace.value(.policyLoss, at: beat).map { -$0 }),
      ("reward", metric(isGroup ? .reward : .scores)),
      ("reward_std", isGroup ? metric(.rewardStd) : nil),
      ("policy_loss", trace.value(.policyLoss, at: beat)),
      ("value_loss", trace.value(.valueLoss, at: beat)),
      ("total_loss", trace.value(.loss, at: beat)),
      ("entropy", metric(isGroup ? .entropy : .entropyAverage)),
      ("kl", metric(isGroup ? .kl : .objectiveKL)),
      ("clip_fraction", metric(isGroup ? .clipRegionMean : .policyClipFraction)),
    ]
    let advantages = all(.advantage)
    metrics.append(("advantage_mean", mean(advantages)))
    metrics.append(("advantage_std", deviation(advantages)))
    metrics.append(("response_length", mean(lengths.map { Double($0) })))
    metrics.append(("return", mean(all(.returns))))
    metrics.append(("importance_sampling_ratio", mean(ratios)))
    return metrics.compactMap { name, value in value.flatMap { $0.isFinite ? (name, $0) : nil } }
  }

  /// Writes `prompts`: some of those that the update learned from, each with all of its answers, since UNIPO computes
  /// the group's mean from them; what is known of a token alone of those that were learned from.
  ///
  /// - Parameters:
  ///   - count: How many prompts at most.
  ///   - step: The entry's step, for the answers' ids.
  ///   - ids: A number for each token's text, since a batch has no ids; grows.
  ///   - json: Where they are written.
  public func writePrompts(_ count: Int, step: Int, ids: inout [String: Int], to json: inout JSONWriter) {
    json.key("prompts")
    json.beginArray()
    for (p, answers) in prompts.prefix(count).enumerated() {
      json.beginObject()
      json.member("prompt", trace.prompts[answers[0]])
      json.key("responses")
      json.beginArray()
      for (n, i) in answers.enumerated() {
        writeResponse(i, id: "step\(step)_p\(p)_sample\(n)", ids: &ids, to: &json)
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
  }
}

// MARK: - Reading the recording

extension UnipoEntry {
  private var members: [Int] { batch.minibatch ?? Array(trace.givenTokens.indices) }

  private var lengths: [Int] { trace.givenTokens.map { $0.count } }

  /// The answers by prompt: of GRPO a group that has one which was learned from; of PPO each answer alone.
  private var prompts: [[Int]] {
    guard case .groups(let group) = batch.contents else { return members.map { [$0] } }
    var numbers: [Int] = []
    for i in members where !numbers.contains(group.sequences[i].group) { numbers.append(group.sequences[i].group) }
    return numbers.map { number in group.sequences.indices.filter { group.sequences[$0].group == number } }
  }

  private var ratios: [Double] {
    let ofTokens = all(.ratio)
    return ofTokens.isEmpty ? all(.sequenceRatio) : ofTokens
  }

  /// The last values of a quantity in the recording, by term.
  private func all(_ quantity: Quantity) -> [Double] {
    trace.terms.indices.filter { trace.quantity(of: $0) == quantity }.map { trace.value($0) }
  }

  private func metric(_ metric: Metric) -> Double? { trace.value(.metric, metric.rawValue, at: beat) }

  /// One number per token; nil where it is not recorded.
  private func row(_ quantity: Quantity, _ i: Int) -> [Double]? {
    var row: [Double] = []
    for t in trace.givenTokens[i].indices {
      guard let value = trace.value(quantity, i, t, at: beat) else { return nil }
      row.append(value)
    }
    return row
  }

  /// One number for each token, or the response's for all.
  private func shared(_ quantity: Quantity, of response: Quantity, _ i: Int) -> [Double]? {
    row(quantity, i) ?? trace.value(response, i, at: beat).map { value in trace.givenTokens[i].map { _ in value } }
  }

  private func reward(_ i: Int) -> Double { sampled[i].outcome }

  /// Where it was earned: a response's reward on its last token, PPO's with the KL penalty on each.
  private func rewards(_ i: Int) -> [Double]? {
    if batch.algorithm.credit == .critic { return row(.reward, i) }
    let last = trace.givenTokens[i].count - 1
    return trace.givenTokens[i].indices.map { $0 == last ? reward(i) : 0 }
  }

  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0) { $0 + $1 } / Double(values.count)
  }

  private func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1, let mean = mean(values) else { return nil }
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}

// MARK: - Writing

extension UnipoEntry {
  private func writeResponse(_ i: Int, id: String, ids: inout [String: Int], to json: inout JSONWriter) {
    let tokens = trace.givenTokens[i]
    let advantages = shared(.advantage, of: .advantage, i)
    json.beginObject()
    json.member("id", id)
    json.member("reward", number: reward(i))
    json.member("advantage", number: advantages.flatMap { mean($0) })
    var text = ""
    for token in tokens { text += token }
    json.member("response_text", text)
    json.member("response_length", tokens.count)
    json.key("tokens")
    json.beginObject()
    json.key("ids")
    json.numbers(tokens.map { Double(Self.number($0, &ids)) })
    json.member("strings", strings: tokens)
    let rows: [(String, [Double]?)] = [
      ("log_probs", row(.logp, i)), ("old_log_probs", row(.oldLogp, i)), ("ref_log_probs", row(.refLogp, i)),
      ("values", row(.oldValue, i)), ("advantages", advantages), ("returns", row(.returns, i)),
      ("token_kl", row(.kl, i)), ("rewards", rewards(i)),
      ("token_objective", shared(.objective, of: .sequenceObjective, i)),
    ]
    for (name, row) in rows {
      guard let row else { continue }
      json.key(name)
      json.numbers(row)
    }
    json.endObject()
    json.endObject()
  }

  private static func number(_ token: String, _ ids: inout [String: Int]) -> Int {
    if let id = ids[token] { return id }
    ids[token] = ids.count
    return ids.count - 1
  }
}
