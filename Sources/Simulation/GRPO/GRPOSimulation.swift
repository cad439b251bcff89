import Autodiff
import Objectives
import Recording

/// GRPO in a world of a few tokens: from demonstrations to the last update, every number recorded.
///
/// The order of the stages is that of TRL's `GRPOTrainer`: sample groups, reward, compare within the group, then several
/// passes of minibatches on the same samples. Where the world has kinds of users, their prompts make up the groups.
struct GRPOSimulation {
  let world: World
  let settings: Settings
  let seed: UInt64
  let trace: Trace
  let states: StateSpace
  let groups: PromptGroups
  /// Nil where all users are taken for what they are.
  let labels: UserLabels?

  let reference: TabularPolicy
  /// What each kind of users likes, for each token.
  let likes: [[Scalar]]
  /// The learned reward of each token; nil where users or answers say what a response earns.
  let rewardWeights: [Scalar]?
  /// All that can be written, for exact values.
  let responses: ExactResponses
  private var actor: ParameterTable
  private var context: GroupMemory
  /// What samples, where that is not the policy itself, and the policy's logits as they were at each iteration's start.
  private let sampler: Sampler?
  private var history: [[[Double]]] = []
  private var step = 0
  /// What the entropy bonus weighs, where that adapts.
  private var entropyCoefficient: Scalar

  /// Prepares the frozen reference from the demonstrations, and the policy as its copy.
  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    entropyCoefficient = trace.tape.leaf(settings.number(.entropyCoef))
    states = StateSpace(world)
    let groups = PromptGroups(world, settings: settings)
    self.groups = groups
    let size = settings.integer(.numGenerations)
    labels =
      world.users.isEmpty
      ? nil
      : UserLabels(
        groups.groupOfSlot.flatMap { kind in (0..<size).map { _ in kind } }, count: groups.count, settings: settings)
    trace.prompts = groups.promptOfSlot.flatMap { prompt in
      (0..<size).map { _ in world.text(world.prompts[prompt]) }
    }
    let logits = trace.fineTuneReference(world, settings: settings)
    reference = TabularPolicy(logits: logits, temperature: settings.value(.temperature), on: trace.tape)
    rewardWeights =
      world.users.isEmpty && world.answers.isEmpty ? trace.trainRewardModel(world, settings: settings) : nil
    likes = trace.recordLikes(of: world.users)
    responses = Self.responses(
      world, reference: reference.table, likes: likes.map { $0.map { $0.value } },
      weights: rewardWeights?.map { $0.value }, groups: groups, settings: settings)
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: logits.map { $0.map(stopGradient) }, trace: trace)
    context = GroupMemory(count: groups.count)
    sampler = Sampler(settings)
    let referenceRewards = exact(reference).groupRewards
    context.referenceRewards = labels?.means(ofKinds: referenceRewards) ?? referenceRewards
  }

  mutating func run() {
    let count = settings.integer(.batches)
    for iteration in 0..<count {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: count)
    _ = recordOracle(of: policy())
  }

  private mutating func iterate(_ iteration: Int) {
    let old = policy()
    if sampler != nil { history.append(actor.values.map { $0.map { $0.value } }) }
    let samples = rollout(old, iteration: iteration)
    let rewarded = self.rewarded(samples, iteration: iteration)
    let contexts = context.contexts(for: rewarded, settings: settings, trace: trace)
    let advantages = groupAdvantages(rewarded, groups: contexts, settings: settings, observer: trace)
    if !world.users.isEmpty {
      recordAdvantageMass(advantages, of: rewarded, groupCount: groups.count, observer: trace)
    }
    let responses = samplerCorrected(rewarded, settings: settings, observer: trace)
    let before = recordOracle(of: old)
    recordGradients(of: old, exact: before.gradient, samples, responses, advantages)

    var updates: [GroupPolicyLoss] = []
    for epoch in 0..<settings.integer(.numIterations) {
      for (number, minibatch) in minibatches(iteration: iteration, epoch: epoch).enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        updates.append(update(on: minibatch.map { (samples[$0], responses[$0], advantages[$0]) }))
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    let new = policy()
    trace.recordSync(from: old, to: new)
    if !world.users.isEmpty { recordUserGroups(before: before, after: exact(new)) }
    recordGroupMetrics(responses, updates: updates, settings: settings, observer: trace)
  }

  /// The log-probabilities from which another engine than the policy samples; nil where the policy does.
  var engineTable: [[Double]]? {
    guard let sampler else { return nil }
    return sampler.table(history[max(0, history.count - 1 - sampler.staleness)])
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }
}

// MARK: - Learning

extension GRPOSimulation {
  private func minibatches(iteration: Int, epoch: Int) -> [[Int]] {
    var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
    return random.minibatches(of: trace.prompts.count, parts: settings.integer(.minibatches))
  }

  private mutating func update(
    on minibatch: [(sample: GroupSample, response: GroupResponse, advantage: Scalar)]
  ) -> GroupPolicyLoss {
    trace.begin(.policy)
    let policy = policy()
    let predictions = minibatch.map { item in
      prediction(of: item.sample, item.response, item.advantage, by: policy, observer: trace)
    }
    let loss = groupPolicyLoss(
      predictions, entropyCoefficient: entropyCoefficient, settings: settings, observer: trace)
    step += 1
    var tables = [actor]
    trace.takeStep(step, against: loss.loss, moving: &tables, by: Optimizer(settings), settings: settings)
    actor = tables[0]
    trace.adapt(&entropyCoefficient, gap: loss.entropyGap, settings: settings)
    return loss
  }

  /// What a policy says of a sample's tokens.
  private func prediction<O: Observer>(
    of sample: GroupSample, _ response: GroupResponse, _ advantage: Scalar, by policy: TabularPolicy, observer: O
  ) -> GroupPrediction {
    let logps = sample.tokens.indices.map { t in
      observer.beat()
      return observer.term(.logp, sample.index, t, policy.logp(of: sample.tokens[t], after: sample.states[t]))
    }
    return GroupPrediction(
      response: response, advantage: advantage, logp: logps,
      entropies: sample.states.map { entropy(policy.logps(after: $0)) })
  }

  /// The exact gradient of the objective beside minus that of the loss on all samples, before any update.
  private func recordGradients(
    of policy: TabularPolicy, exact: [[Double]], _ samples: [GroupSample], _ responses: [GroupResponse],
    _ advantages: [Scalar]
  ) {
    let unobserved = Unobserved(tape: trace.tape)
    let predictions = samples.indices.map {
      prediction(of: samples[$0], responses[$0], advantages[$0], by: policy, observer: unobserved)
    }
    let loss = groupPolicyLoss(
      predictions, entropyCoefficient: entropyCoefficient, settings: settings, observer: unobserved)
    let gradient = trace.tape.gradient(of: loss.loss)
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { -gradient[$0] } })
  }
}
