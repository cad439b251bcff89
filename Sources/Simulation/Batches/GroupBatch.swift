public import Autodiff
import Documents
public import Objectives
import Recording

extension Batch {
  /// Groups of answers that GRPO learns from.
  public struct GroupBatch: Sendable {
    /// One answer; all arrays have one number per token, natural logarithms. Of an answer that the update did not learn
    /// from, `logp` and `oldLogp` may be unknown: they are then empty.
    public struct Sequence: Sendable {
      public var prompt: String
      public var tokens: [String]
      /// Its group's number in `groups`.
      public var group: Int
      public var reward: Double
      public var logp: [Double]
      public var oldLogp: [Double]
      public var refLogp: [Double]?
      public var entropy: [Double]?
      /// The log-probabilities in the engine that sampled, where it was another one; NaN where it could not tell.
      public var samplingLogp: [Double]?
      /// Whether the policy wrote each token, and not a tool; nil for all.
      public var lossMask: [Bool]?
      /// What each of several reward functions gave, in the order of `rewardNames`; nil where one did not judge it.
      public var rewards: [Double?] = []
      /// What the trainer itself made of it, to compare with: advantages, KL estimates.
      public var logged: [LoggedNumbers] = []
      /// Whether the answer was cut off, if that was recorded.
      public var isTruncated: Bool?

      /// How many tokens it has, by `oldLogp` where that is known: `tokens` are for display, and a trainer's answers
      /// have them only if they are recorded.
      public var tokenCount: Int { oldLogp.isEmpty ? tokens.count : oldLogp.count }

      public init(
        prompt: String, tokens: [String], group: Int, reward: Double, logp: [Double], oldLogp: [Double],
        refLogp: [Double]? = nil, entropy: [Double]? = nil, isTruncated: Bool? = nil, samplingLogp: [Double]? = nil,
        lossMask: [Bool]? = nil
      ) {
        self.prompt = prompt
        self.tokens = tokens
        self.group = group
        self.reward = reward
        self.logp = logp
        self.oldLogp = oldLogp
        self.refLogp = refLogp
        self.entropy = entropy
        self.isTruncated = isTruncated
        self.samplingLogp = samplingLogp
        self.lossMask = lossMask
      }
    }

    /// What is known about a group besides its answers.
    public struct Group: Sendable, Equatable {
      public let name: String
      public var weight: Double?
      public var referenceReward: Double?
      public var runningReward: Double?

      public init(
        name: String, weight: Double? = nil, referenceReward: Double? = nil, runningReward: Double? = nil
      ) {
        self.name = name
        self.weight = weight
        self.referenceReward = referenceReward
        self.runningReward = runningReward
      }
    }

    public var sequences: [Sequence]
    /// In the order in which they first appear.
    public var groups: [Group]
    /// Whether `tokens` are words to read rather than tokens to count, as in a file with nothing but texts.
    public var hasWords = false
    /// What the reward functions are called, where answers have several rewards.
    public var rewardNames: [String] = []

    public init(sequences: [Sequence], groups: [Group]) {
      self.sequences = sequences
      self.groups = groups
    }
  }

  func groupProblem(_ batch: GroupBatch) -> String? {
    let sequences = minibatch.map { $0.map { batch.sequences[$0] } } ?? batch.sequences
    if settings.number(.groupBeta) != 0, sequences.contains(where: { $0.refLogp == nil }) {
      return "beta needs the key 'ref_logp' in every sequence"
    }
    let lacksEntropy = sequences.contains { $0.entropy == nil }
    if settings.hasEntropyBonus, lacksEntropy {
      return
        "\(settings.flag(.adaptiveEntropy) ? "adap_ent_ctrl" : "entropy_coef") needs the key 'entropy' in every sequence"
    }
    if settings.number(.topEntropyQuantile) < 1, lacksEntropy {
      return "top_entropy_quantile needs the key 'entropy' in every sequence"
    }
    if settings.flag(.maskTruncated), sequences.contains(where: { $0.isTruncated == nil }) {
      return "mask_truncated_completions needs the key 'truncated' in every sequence"
    }
    let estimator = settings.choice(.advantageEstimator)
    if batch.hasWords, ["reinforce_plus_plus", "reinforce_plus_plus_baseline", "opo"].contains(estimator) {
      return "advantage_estimator \(estimator) counts tokens, and this file has words alone"
    }
    let sampled = sequences.count { $0.samplingLogp != nil }
    if sampled > 0, sampled < sequences.count {
      return "'sampling_logp' is in \(sampled) of \(sequences.count) sequences; it must be in all or in none"
    }
    if let weights = Weights(settings.choice(.rewardWeights), isSigned: true)?.values, weights.count > 1,
      batch.rewardNames.count > 1, weights.count != batch.rewardNames.count
    {
      return "reward_weights has \(weights.count) numbers, and there are \(batch.rewardNames.count) rewards: "
        + batch.rewardNames.joined(separator: ", ")
    }
    guard estimator == "grpo" else { return nil }
    let baseline = settings.choice(.advantageBaseline)
    if baseline == "reference", batch.groups.contains(where: { $0.referenceReward == nil }) {
      return "advantage_baseline reference needs the key 'reference_reward' for every group in 'groups'"
    }
    if baseline == "ema", batch.groups.contains(where: { $0.runningReward == nil }) {
      return "advantage_baseline ema needs the key 'running_reward' for every group in 'groups'"
    }
    return nil
  }
}

// MARK: - Reading

extension Batch.GroupBatch {
  init(_ items: [Document], groups description: Document?, learned: [Int]?) throws(DocumentError) {
    self.init(sequences: [], groups: [])
    var numbers: [String: Int] = [:]
    for (i, item) in items.enumerated() {
      let place = "sequences[\(i)]"
      let response = try ResponseFields(
        item, place,
        allowed: [
          "prompt", "tokens", "group", "reward", "logp", "old_logp", "ref_logp", "entropy", "truncated",
          "sampling_logp", "loss_mask", "rewards", "advantage", "kl",
        ])
      let name = try response.fields.required("group").string("\(place).group")
      let group = numbers[name] ?? groups.count
      if group == groups.count {
        numbers[name] = group
        groups.append(Group(name: name))
      }
      var sequence = try Sequence(response, group: group, isLearned: learned?.contains(i) ?? true)
      sequence.rewards = try rewards(of: response, isFirst: i == 0)
      sequences.append(sequence)
    }
    if let description { try describeGroups(description, numbers: numbers) }
  }

  /// The rewards of several functions; the first answer says which there are.
  private mutating func rewards(of response: ResponseFields, isFirst: Bool) throws(DocumentError) -> [Double?] {
    guard let document = response.fields.optional("rewards") else {
      guard rewardNames.isEmpty else {
        throw try response.fields.required("reward").error(
          "\(response.place) needs 'rewards', like the answers before it")
      }
      return []
    }
    let place = "\(response.place).rewards"
    let fields = try document.object(place)
    if isFirst { rewardNames = fields.members.map { $0.key } }
    guard !rewardNames.isEmpty else { throw document.error("\(place): no function is named in the first answer") }
    try fields.rejectUnknown(allowed: rewardNames)
    var rewards: [Double?] = []
    for name in rewardNames {
      let field = try fields.required(name)
      if case .null = field.value { rewards.append(nil) } else { rewards.append(try field.number("\(place).\(name)")) }
    }
    guard rewards.contains(where: { $0 != nil }) else {
      throw document.error("\(place): no function judged the answer")
    }
    return rewards
  }

  /// Reads `{"g0": 2, "g1": 0.5}`: what the advantages of each group are multiplied by, 1 if it is not named.
  fileprivate mutating func weigh(_ document: Document) throws(DocumentError) {
    let fields = try document.object("group_weights")
    try fields.rejectUnknown(allowed: groups.map { $0.name })
    for g in groups.indices {
      guard let field = fields.optional(groups[g].name) else { continue }
      guard groups[g].weight == nil else {
        throw field.error("the weight of group '\(groups[g].name)' is in 'groups' already")
      }
      groups[g].weight = try field.number("group_weights.\(groups[g].name)")
    }
  }

  private mutating func describeGroups(_ document: Document, numbers: [String: Int]) throws(DocumentError) {
    let fields = try document.object("groups")
    try fields.rejectUnknown(allowed: groups.map { $0.name })
    for member in fields.members {
      guard let g = numbers[member.key] else { continue }
      let place = "groups.\(member.key)"
      let group = try member.value.object(place)
      try group.rejectUnknown(allowed: ["weight", "reference_reward", "running_reward"])
      groups[g].weight = try group.optional("weight")?.number("\(place).weight")
      groups[g].referenceReward = try group.optional("reference_reward")?.number("\(place).reference_reward")
      groups[g].runningReward = try group.optional("running_reward")?.number("\(place).running_reward")
    }
  }
}

extension Batch.GroupBatch.Sequence {
  init(_ response: ResponseFields, group: Int, isLearned: Bool) throws(DocumentError) {
    self.init(
      prompt: try response.prompt(), tokens: response.tokens, group: group, reward: try Self.reward(response),
      logp: try response.numbers("logp", isNeeded: isLearned),
      oldLogp: try response.numbers("old_logp", isNeeded: isLearned),
      refLogp: try response.optionalNumbers("ref_logp"), entropy: try response.optionalNumbers("entropy"),
      isTruncated: try response.fields.optional("truncated")?.bool("\(response.place).truncated"),
      samplingLogp: try response.optionalNumbers("sampling_logp", mayBeUnknown: true),
      lossMask: try response.mask("loss_mask"))
    logged = try response.loggedNumbers([.advantage, .kl])
  }

  /// The one reward; 0 where there are several, which are added up later.
  private static func reward(_ response: ResponseFields) throws(DocumentError) -> Double {
    guard response.fields.optional("rewards") != nil else { return try response.number("reward") }
    if let both = response.fields.optional("reward") {
      throw both.error("\(response.place) has 'reward' and 'rewards': give one of them")
    }
    return 0
  }
}

extension BatchForm {
  static let groups = BatchForm(
    algorithm: .grpo, listKey: "sequences",
    otherKeys: ["groups", "group_weights", "minibatch", "step_tokens", "step_share", "words"],
    mayLearnNothing: true
  ) { items throws(DocumentError) in
    var batch = try Batch.GroupBatch(
      items.documents, groups: items.fields.optional("groups"), learned: items.learned)
    if let weights = items.fields.optional("group_weights") { try batch.weigh(weights) }
    return .groups(batch)
  }
}

// MARK: - From recorded numbers to a loss

/// What GRPO makes of a batch before it learns from it.
public struct GroupPreparation {
  public let responses: [GroupResponse]
  public let advantages: [Scalar]
}

/// One update: its loss on the tape, and the leaves by which a trainer asks for the gradient.
public struct GroupUpdate {
  public let result: GroupPolicyLoss
  /// Those of the sequences that the update learns from, in its order.
  public let logps: [[Scalar]]
  public let entropies: [[Scalar]]?
}

extension Batch {
  /// The advantages of all sequences.
  public func preparation<O: Observer>(of batch: GroupBatch, observer: O) -> GroupPreparation {
    let (sequences, tape) = (batch.sequences, observer.tape)
    observer.begin(.rollout)
    let oldLogps = observer.leaves(.oldLogp, sequences.map { $0.oldLogp })
    let samplingLogps = sequences.enumerated().map { i, sequence in
      sequence.samplingLogp.map { observer.leaves(.samplingLogp, i, $0) }
    }
    observer.begin(.reference)
    let refLogps = sequences.enumerated().map { i, sequence in
      sequence.refLogp.map { observer.leaves(.refLogp, i, $0) }
    }
    observer.begin(.rewards)
    let responses = sequences.enumerated().map { i, sequence in
      observer.beat()
      let parts = sequence.rewards.enumerated().map { k, part in
        part.map { observer.term(.partReward, i, k, tape.leaf($0)) }
      }
      let weighed = parts.enumerated().compactMap { k, part in
        part.map { Count.functionWeight.value(rewardWeight(k, settings), k) * $0 }
      }
      let reward = parts.isEmpty ? tape.leaf(sequence.reward) : tape.sum(weighed)
      var response = GroupResponse(
        index: i, group: sequence.group, oldLogp: oldLogps[i], refLogp: refLogps[i],
        reward: observer.term(.reward, i, reward), isComplete: sequence.isTruncated != true,
        tokenCount: sequence.tokenCount, samplingLogp: samplingLogps[i], tokenMask: sequence.lossMask)
      response.rewards = parts
      return response
    }
    let groups = batch.groups.map { group in
      GroupContext(
        weight: group.weight.map { tape.leaf($0) }, referenceReward: group.referenceReward.map { tape.leaf($0) },
        runningReward: group.runningReward.map { tape.leaf($0) })
    }
    let advantages = groupAdvantages(responses, groups: groups, settings: settings, observer: observer)
    let corrected = samplerCorrected(responses, settings: settings, observer: observer)
    return GroupPreparation(responses: corrected, advantages: advantages)
  }

  /// The loss of some of the sequences, from what the policy says of them now.
  public func update<O: Observer>(
    on members: [Int], of batch: GroupBatch, _ preparation: GroupPreparation, observer: O
  ) -> GroupUpdate {
    observer.begin(.policy)
    let sequences = batch.sequences
    let logps = members.map { observer.leaves(.logp, $0, sequences[$0].logp) }
    let entropies = members.map { i in sequences[i].entropy.map { $0.map { observer.tape.leaf($0) } } }
    let predictions = members.indices.map { m in
      GroupPrediction(
        response: preparation.responses[members[m]], advantage: preparation.advantages[members[m]], logp: logps[m],
        entropies: entropies[m])
    }
    let part = StepPart(tokens: stepTokens, share: stepShare)
    let result = groupPolicyLoss(predictions, part: part, settings: settings, observer: observer)
    let known = entropies.compactMap { $0 }
    return GroupUpdate(result: result, logps: logps, entropies: known.count == members.count ? known : nil)
  }

  func replay(_ batch: GroupBatch, in trace: Trace) {
    trace.prompts = batch.sequences.map { $0.prompt }
    trace.givenTokens = batch.sequences.map { $0.tokens }
    trace.tape.reserve(32 * batch.sequences.reduce(0) { $0 + $1.tokens.count })
    let preparation = preparation(of: batch, observer: trace)
    let members = minibatch ?? Array(batch.sequences.indices)
    var updates: [GroupPolicyLoss] = []
    if !members.isEmpty {
      trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
      let update = update(on: members, of: batch, preparation, observer: trace)
      trace.differentiate(update.result.loss)
      updates.append(update.result)
      trace.loops = Trace.LoopPosition(iteration: 0)
    }
    recordGroupMetrics(
      preparation.responses, updates: updates, hasLengths: !batch.hasWords, settings: settings, observer: trace)
  }
}
