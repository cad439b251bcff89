import Documents
public import Objectives
import Recording

// Everything that depends on what kind of batch it is stands in this file, and in the files of the kinds.
extension Batch {
  /// What was recorded.
  public enum Contents: Sendable {
    /// Responses with a score and a critic's values.
    case responses([PPOSequence])
    case groups(GroupBatch)
    /// Responses with a score, and that of the greedy response to the same prompt.
    case baselined([BaselinedResponse])
    /// Responses with what a teacher makes of each token.
    case distilled([DistilledSequence])
    case pairs([Pair])
    case judgements([JudgedExample])
    case demonstrations([SupervisedSequence])
    case scoredPairs([RewardPair])
  }

  /// What every algorithm that samples records of a response; arrays have one number per token, natural logarithms.
  public struct SampledResponse: Sendable {
    public let prompt: String
    public let tokens: [String]
    /// Empty where the update did not learn from the response, and they are not known.
    public let logp, oldLogp: [Double]
    /// Empty where no reference was asked.
    public let refLogp: [Double]
    /// What the engine said that sampled, where it was another one; NaN where it could not tell. Empty where it was none.
    public var samplingLogp: [Double] = []
    /// Empty where there is no teacher.
    public var teacherLogp: [Double] = []
    /// What it earned: a score or a reward.
    public let outcome: Double
  }

  /// What the settings need and the batch lacks, if anything.
  public var problem: String? {
    switch contents {
    case .responses(let sequences): ppoProblem(sequences)
    case .groups(let batch): groupProblem(batch)
    case .baselined(let responses): baselineProblem(responses)
    case .distilled(let sequences): distillationProblem(sequences)
    case .pairs(let pairs): pairProblem(pairs)
    case .judgements(let examples): judgementProblem(examples)
    case .demonstrations, .scoredPairs: nil
    }
  }

  func replay(in trace: Trace) {
    switch contents {
    case .responses(let sequences): replay(sequences, in: trace)
    case .groups(let batch): replay(batch, in: trace)
    case .baselined(let responses): replay(responses, in: trace)
    case .distilled(let sequences): replay(sequences, in: trace)
    case .pairs(let pairs): replay(pairs, in: trace)
    case .judgements(let examples): replay(examples, in: trace)
    case .demonstrations(let sequences): replay(sequences, in: trace)
    case .scoredPairs(let pairs): replay(pairs, in: trace)
    }
  }
}

extension Batch.Contents {
  public var algorithm: Algorithm {
    switch self {
    case .responses: .ppo
    case .groups: .grpo
    case .baselined: .remax
    case .distilled: .distillation
    case .pairs: .dpo
    case .judgements: .kto
    case .demonstrations: .sft
    case .scoredPairs: .rewardModel
    }
  }

  /// How many responses, examples or pairs there are.
  public var count: Int {
    switch self {
    case .responses(let sequences): sequences.count
    case .groups(let batch): batch.sequences.count
    case .baselined(let responses): responses.count
    case .distilled(let sequences): sequences.count
    case .pairs(let pairs): pairs.count
    case .judgements(let examples): examples.count
    case .demonstrations(let sequences): sequences.count
    case .scoredPairs(let pairs): pairs.count
    }
  }

  /// The responses that the policy sampled; none where it learns from given examples.
  public var sampled: [Batch.SampledResponse] {
    switch self {
    case .responses(let sequences): sequences.map { $0.sampled }
    case .groups(let batch): batch.sequences.map { $0.sampled }
    case .baselined(let responses): responses.map { $0.sampled }
    case .distilled(let sequences): sequences.map { $0.sampled }
    case .pairs, .judgements, .demonstrations, .scoredPairs: []
    }
  }

  /// What the reward functions are called, where answers have several rewards.
  var rewardNames: [String]? {
    guard case .groups(let batch) = self, !batch.rewardNames.isEmpty else { return nil }
    return batch.rewardNames
  }

  func writeItems(to json: inout JSONWriter) {
    switch self {
    case .responses(let sequences): for sequence in sequences { sequence.write(to: &json) }
    case .groups(let batch): for sequence in batch.sequences { batch.write(sequence, to: &json) }
    case .baselined(let responses): for response in responses { response.write(to: &json) }
    case .distilled(let sequences): for sequence in sequences { sequence.write(to: &json) }
    case .pairs(let pairs): for pair in pairs { pair.write(to: &json) }
    case .judgements(let examples): for example in examples { example.write(to: &json) }
    case .demonstrations(let sequences): for sequence in sequences { sequence.write(to: &json) }
    case .scoredPairs(let pairs): for pair in pairs { pair.write(to: &json) }
    }
  }
}

extension Batch.PPOSequence {
  fileprivate var sampled: Batch.SampledResponse {
    Batch.SampledResponse(
      prompt: prompt, tokens: tokens, logp: logp, oldLogp: oldLogp, refLogp: refLogp, outcome: score)
  }
}

extension Batch.GroupBatch.Sequence {
  fileprivate var sampled: Batch.SampledResponse {
    Batch.SampledResponse(
      prompt: prompt, tokens: tokens, logp: logp, oldLogp: oldLogp, refLogp: refLogp ?? [],
      samplingLogp: samplingLogp ?? [], outcome: reward)
  }
}
