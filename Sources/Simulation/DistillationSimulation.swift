import Autodiff
import Objectives
import Recording

/// On-policy distillation in a world of a few tokens: sample, ask the teacher about every token, step.
struct DistillationSimulation {
  private let world: World
  private let settings: Settings
  private let seed: UInt64
  private let trace: Trace
  private let states: StateSpace
  private var teacher: FollowingTeacher
  /// All that can be written, for exact values: the teacher stands in the place of a reference, and nothing is rewarded.
  private(set) var responses: ExactResponses
  private let knowsTrueReward: Bool
  private var actor: ParameterTable
  private var step = 0

  /// Prepares the policy from the demonstrations, and the teacher.
  init(_ world: World, settings: Settings, seed: UInt64, trace: Trace) {
    (self.world, self.settings, self.seed, self.trace) = (world, settings, seed, trace)
    states = StateSpace(world)
    trace.prompts = (0..<settings.integer(.batchSize)).map { world.text(world.prompts[$0 % world.prompts.count]) }
    let logits = trace.fineTuneReference(world, settings: settings)
    teacher = FollowingTeacher(world, from: logits, settings: settings, trace: trace)
    let (exact, hasTruth) = Self.responses(world, teacher: teacher.policy.table, settings: settings)
    responses = exact
    knowsTrueReward = hasTruth && world.knowsTrueReward
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: logits.map { $0.map { stopGradient($0) } }, trace: trace)
  }

  /// All that can be written, and whether what it is truly worth is among what is known of it.
  private static func responses(
    _ world: World, teacher: [[Double]], settings: Settings
  ) -> (ExactResponses, hasTruth: Bool) {
    let truth = responses(world, teacher: teacher, settings: settings) { world.trueScore(to: $0) }
    // A taste of too many words in a row cannot be kept track of: the KL can.
    return (
      truth ?? .required(responses(world, teacher: teacher, settings: settings) { _ in .phrases([]) }), truth != nil
    )
  }

  /// All responses to the prompts, each asked equally often; learning is after nothing but being near the teacher.
  private static func responses(
    _ world: World, teacher: [[Double]], settings: Settings, score: (_ prompt: Int) -> ResponseReward.Score
  ) -> ExactResponses? {
    let share = 1 / Double(world.prompts.count)
    return ExactResponses(
      world, asked: world.prompts.indices.map { (prompt: $0, share: share) }, reference: teacher,
      temperature: settings.number(.temperature), length: settings.integer(.responseLength),
      reward: { ResponseReward(score: score($0), paid: .phrases([])) })
  }

  mutating func run() {
    for iteration in 0..<settings.integer(.batches) {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: settings.integer(.batches))
    _ = recordOracle(of: policy())
  }

  private mutating func iterate(_ iteration: Int) {
    let old = policy()
    let episodes = rollout(old, iteration: iteration)
    let responses = distillationAdvantages(asked(episodes), settings: settings, observer: trace)
    let exact = recordOracle(of: old)
    recordGradients(exact: exact, policy: old, episodes, responses)
    for epoch in 0..<settings.integer(.epochs) {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
      let parts = random.minibatches(of: settings.integer(.batchSize), parts: settings.integer(.minibatches))
      for (number, minibatch) in parts.enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        update(on: minibatch.map { (episode: episodes[$0], response: responses[$0]) })
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: policy())
    recordDistillationMetrics(responses, observer: trace)
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }
}

// MARK: - Responses

extension DistillationSimulation {
  /// Samples a batch with the current policy, or takes demonstrations, as `lmbda` says for the whole batch.
  private func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode] {
    var coin = RandomStream(seed: seed, purpose: RandomPurpose.sources, UInt32(iteration))
    let isGiven = coin.uniform() >= settings.number(.lmbda)
    trace.begin(.rollout)
    return trace.prompts.indices.map { i in
      let prompt = world.prompts[i % world.prompts.count]
      let given = isGiven ? demonstration(of: prompt, turn: iteration * trace.prompts.count + i) : nil
      var random = RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i))
      var episode = Episode(index: i)
      var state: Int? = states.start(prompt)
      while let now = state, episode.actions.count < min(given?.count ?? .max, settings.integer(.responseLength)) {
        trace.beat()
        let (t, logps) = (episode.actions.count, policy.logps(after: now))
        let token =
          given.map { trace.givenToken(i, t, $0[t]) } ?? trace.sampleToken(i, t, from: logps, random: &random)
        episode.states.append(now)
        episode.actions.append(token)
        episode.oldLogp.append(trace.term(.oldLogp, i, t, stopGradient(logps[token])))
        state = states.state(after: token, from: now)
      }
      return episode
    }
  }

  /// One of the demonstrations of a prompt, in turn; nil where it has none, so that something is sampled.
  private func demonstration(of prompt: [Int], turn: Int) -> [Int]? {
    let own = world.demonstrations.filter { $0.prompt == prompt }
    return own.isEmpty ? nil : own[turn / world.prompts.count % own.count].response
  }

  /// What the teacher says of each token.
  private func asked(_ episodes: [Episode]) -> [DistilledResponse] {
    trace.begin(.teacher)
    return episodes.map { episode in
      let logps = episode.actions.indices.map { t in
        trace.beat()
        return trace.term(
          .teacherLogp, episode.index, t,
          stopGradient(teacher.policy.logp(of: episode.actions[t], after: episode.states[t])))
      }
      return DistilledResponse(index: episode.index, oldLogp: episode.oldLogp, teacherLogp: logps)
    }
  }
}

extension Trace {
  /// Records a token that was not sampled.
  fileprivate func givenToken(_ i: Int, _ t: Int, _ token: Int) -> Int {
    let recorded = term(.token, i, t, tape.leaf(Double(token)))
    let last = (glossary.valueLabels[Quantity.token.rawValue]?.count ?? 1) - 1
    return min(max(0, Int(recorded.value)), last)
  }
}

// MARK: - Learning

extension DistillationSimulation {
  private mutating func update(on minibatch: [(episode: Episode, response: DistilledResponse)]) {
    trace.begin(.policy)
    let predictions = predictions(minibatch, by: policy(), observer: trace)
    let loss = distillationLoss(predictions, settings: settings, observer: trace)
    step += 1
    var tables = [actor]
    trace.takeStep(step, against: loss, moving: &tables, by: Optimizer(settings), settings: settings)
    actor = tables[0]
    if teacher.follow(self.policy(), step: step) {
      responses = Self.responses(world, teacher: teacher.policy.table, settings: settings).0
    }
  }

  private func predictions<O: Observer>(
    _ minibatch: [(episode: Episode, response: DistilledResponse)], by policy: TabularPolicy, observer: O
  ) -> [DistillationPrediction] {
    let comparesAll = DistillationMode(settings) != .sampledToken
    return minibatch.map { episode, response in
      let logps = episode.actions.indices.map { t in
        observer.beat()
        return observer.term(.logp, episode.index, t, policy.logp(of: episode.actions[t], after: episode.states[t]))
      }
      return DistillationPrediction(
        response, logp: logps, divergences: comparesAll ? divergences(after: episode.states, policy) : nil)
    }
  }

  private func divergences(after states: [Int], _ policy: TabularPolicy) -> [Scalar] {
    states.map { state in
      distillationDivergence(
        student: policy.logps(after: state), teacher: teacher.policy.logps(after: state).map { stopGradient($0) },
        settings: settings)
    }
  }
}

// MARK: - Exact values

extension DistillationSimulation {
  /// Records how far a policy is from its teacher, over everything that it may write, and gives the gradient of minus that.
  private func recordOracle(of policy: TabularPolicy) -> [[Double]] {
    let exact = responses.gradient(of: policy.table, beta: 1)
    trace.begin(.oracle)
    trace.beat()
    if knowsTrueReward { _ = trace.term(.trueReward, trace.tape.leaf(exact.values.reward)) }
    _ = trace.term(.exactKL, trace.tape.leaf(exact.values.kl))
    _ = trace.term(.exactObjective, trace.tape.leaf(exact.values.objective))
    return exact.gradient
  }

  /// The exact gradient of minus the KL beside minus that of the loss on all samples, before any update.
  private func recordGradients(
    exact: [[Double]], policy: TabularPolicy, _ episodes: [Episode], _ responses: [DistilledResponse]
  ) {
    let unobserved = Unobserved(tape: trace.tape)
    let all = zip(episodes, responses).map { (episode: $0, response: $1) }
    let predictions = predictions(all, by: policy, observer: unobserved)
    let loss = distillationLoss(predictions, settings: settings, observer: unobserved)
    let gradient = trace.tape.gradient(of: loss)
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { -gradient[$0] } })
  }
}
