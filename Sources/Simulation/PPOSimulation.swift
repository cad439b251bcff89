import Autodiff
import Objectives
import Recording

/// PPO as RLHF uses it, in a world of eight tokens: from demonstrations to the last update, every number recorded.
///
/// The order of the stages is that of TRL's `PPOTrainer.train` (0.23): sample, score, penalise, estimate advantages,
/// then several epochs of minibatches on the same samples.
struct PPOSimulation {
  let world: World
  let settings: Settings
  let seed: UInt64
  let trace: Trace

  private let reference: TabularPolicy
  private let rewardWeights: [Scalar]
  private var actor: ParameterTable
  private var critic: ParameterTable
  private var klCoefficient: Scalar
  private var step = 0

  /// Prepares the frozen models: the reference from the demonstrations, the reward model from the preferences.
  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    trace.prompts = (0..<settings.integer(.batchSize)).map { world.text(world.prompts[$0 % world.prompts.count]) }
    let tape = trace.tape
    let logits = trace.fineTuneReference(world, settings: settings)
    reference = TabularPolicy(logits: logits, temperature: settings.value(.temperature), on: tape)
    rewardWeights = trace.trainRewardModel(world, settings: settings)
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: logits.map { $0.map(stopGradient) }, trace: trace)
    trace.beat()
    critic = ParameterTable(.critic, initial: world.vocabulary.map { _ in [tape.leaf(0)] }, trace: trace)
    trace.beat()
    klCoefficient = trace.term(.klCoefficient, tape.leaf(settings.number(.klCoef)))
  }

  mutating func run() {
    for iteration in 0..<settings.integer(.batches) {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: settings.integer(.batches))
    recordOracle(of: policy(), samples: nil)
  }

  private mutating func iterate(_ iteration: Int) {
    let old = policy()
    let samples = rollout(old, iteration: iteration)
    let responses = scored(samples)
    let experiences = experience(
      from: responses, klCoefficient: klCoefficient, settings: settings, observer: trace)
    recordOracle(of: old, samples: (samples, experiences))

    var updates: [PPOLoss] = []
    for epoch in 0..<settings.integer(.epochs) {
      for (number, minibatch) in minibatches(iteration: iteration, epoch: epoch).enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        updates.append(update(on: minibatch.map { (samples[$0], experiences[$0]) }))
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: policy())
    adaptKL(experiences)
    recordPPOMetrics(experiences, updates: updates, observer: trace)
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }
}

// MARK: - Sampling and scoring

/// A sampled response: the token before each one, the token, and what was recorded of it.
private struct Sample {
  let index: Int
  var previous: [Int] = []
  var tokens: [Int] = []
  var oldLogp: [Scalar] = []
  var oldLogps: [[Scalar]] = []
}

extension PPOSimulation {
  /// Samples a response to each prompt in turn by inverting the cumulative distribution.
  private func rollout(_ policy: TabularPolicy, iteration: Int) -> [Sample] {
    trace.begin(.rollout)
    return (0..<settings.integer(.batchSize)).map { i in
      var random = RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i))
      var sample = Sample(index: i)
      var previous = world.prompts[i % world.prompts.count].last ?? 0
      repeat {
        trace.beat()
        let logps = policy.logps(after: previous)
        let token = trace.sampleToken(i, sample.tokens.count, from: logps, random: &random)
        sample.previous.append(previous)
        sample.tokens.append(token)
        sample.oldLogps.append(logps)
        sample.oldLogp.append(trace.term(.oldLogp, i, sample.tokens.count - 1, stopGradient(logps[token])))
        previous = token
      } while previous != world.eos && sample.tokens.count < settings.integer(.responseLength)
      return sample
    }
  }

  /// Adds what the frozen models and the critic say to each sample.
  private func scored(_ samples: [Sample]) -> [Response] {
    trace.begin(.reference)
    let referenceLogps = samples.map { sample in
      sample.tokens.indices.map { t in
        trace.beat()
        let logp = reference.logp(of: sample.tokens[t], after: sample.previous[t])
        return trace.term(.refLogp, sample.index, t, stopGradient(logp))
      }
    }
    trace.begin(.score)
    let scores = samples.map { sample in
      trace.beat()
      return trace.term(.score, sample.index, score(sample.tokens))
    }
    trace.begin(.values)
    return samples.map { sample in
      let values = states(sample).enumerated().map { t, state in
        trace.beat()
        return trace.term(.oldValue, sample.index, t, stopGradient(critic.values[state][0]))
      }
      return Response(
        index: sample.index, oldLogp: sample.oldLogp, refLogp: referenceLogps[sample.index],
        exactKL: exactKLs(sample, logps: sample.oldLogps), score: scores[sample.index],
        hasEOS: sample.tokens.last == world.eos, oldValues: values)
    }
  }

  private func score(_ tokens: [Int]) -> Scalar { trace.score(tokens, weights: rewardWeights) }

  /// The token before each step; an empty slot comes after the response's last token.
  private func states(_ sample: Sample) -> [Int] {
    let slots = emptySlots(
      tokens: sample.tokens.count, responseLength: settings.integer(.responseLength), settings: settings)
    return sample.previous + Array(repeating: sample.tokens.last ?? world.eos, count: slots)
  }

  private func exactKLs(_ sample: Sample, logps: [[Scalar]]) -> [Scalar]? {
    guard settings.choice(.klEstimator) == "exact" else { return nil }
    return zip(sample.previous, logps).map { exactKL($1, reference.logps(after: $0)) }
  }
}

// MARK: - Learning

extension PPOSimulation {
  private func minibatches(iteration: Int, epoch: Int) -> [[Int]] {
    var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
    return random.minibatches(of: settings.integer(.batchSize), parts: settings.integer(.minibatches))
  }

  private mutating func update(on minibatch: [(sample: Sample, experience: Experience)]) -> PPOLoss {
    let loss = ppoLoss(
      predictions(minibatch), klCoefficient: stopGradient(klCoefficient), settings: settings, observer: trace)
    step += 1
    var tables = [actor, critic]
    trace.takeStep(step, against: loss.loss, moving: &tables, by: Optimizer(settings), settings: settings)
    (actor, critic) = (tables[0], tables[1])
    return loss
  }

  /// What the policy and the critic say now of the minibatch's tokens.
  private func predictions(_ minibatch: [(sample: Sample, experience: Experience)]) -> [Prediction] {
    trace.begin(.policy)
    let policy = policy()
    let states = minibatch.map { self.states($0.sample) }
    return minibatch.enumerated().map { number, item in
      let sample = item.sample
      var logps: [Scalar] = []
      var values: [Scalar] = []
      for (t, state) in states[number].enumerated() {
        trace.beat()
        if t < sample.tokens.count {
          logps.append(trace.term(.logp, sample.index, t, policy.logp(of: sample.tokens[t], after: state)))
        }
        values.append(trace.term(.value, sample.index, t, alias(critic.values[state][0])))
      }
      let distributions = sample.previous.map { policy.logps(after: $0) }
      return Prediction(
        experience: item.experience, logp: logps, values: values, entropies: distributions.map(entropy),
        exactKL: exactKLs(sample, logps: distributions))
    }
  }

  private mutating func adaptKL(_ experiences: [Experience]) {
    guard settings.flag(.adaptiveKL) else { return }
    let tape = trace.tape
    trace.begin(.adaptiveKL)
    trace.beat()
    let kl = tape.mean(experiences.map { tape.sum($0.kl) })
    let adapted = adaptedKLCoefficient(
      klCoefficient, kl: kl, target: settings.value(.klTarget), horizon: settings.value(.klHorizon),
      responses: experiences.count)
    klCoefficient = trace.term(.klCoefficient, adapted)
  }
}

// MARK: - Exact values

extension PPOSimulation {
  /// Records the exact values of a policy; with samples, also the exact policy gradient beside the sampled one.
  private func recordOracle(of policy: TabularPolicy, samples: (samples: [Sample], experiences: [Experience])?) {
    let exact = trace.recordExactValues(
      of: policy, reference: reference, rewardWeights: rewardWeights, klCoefficient: klCoefficient, world: world,
      settings: settings)
    if let samples { recordGradients(exact: exact, policy: policy, samples.samples, samples.experiences) }
  }

  private func recordGradients(
    exact: [[Double]], policy: TabularPolicy, _ samples: [Sample], _ experiences: [Experience]
  ) {
    let tape = trace.tape
    let aggregate = Aggregation(settings)
    let objectives = zip(samples, experiences).map { sample, experience in
      sample.tokens.indices.map { t in
        let advantage = experience.advantages?[t] ?? stopGradient(experience.rawAdvantages[t])
        return exp(policy.logp(of: sample.tokens[t], after: sample.previous[t]) - sample.oldLogp[t]) * advantage
      }
    }
    var objective = aggregate(objectives, on: tape)
    if settings.flag(.useKLLoss) {
      let kl = zip(samples, experiences).map { klTerms($0, $1.response, policy) }
      objective = objective - stopGradient(klCoefficient) * aggregate(kl, on: tape)
    }
    let sampled = tape.gradient(of: objective)
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { sampled[$0] } })
  }

  /// What the loss punishes of each token where the KL is in the loss.
  private func klTerms(_ sample: Sample, _ response: Response, _ policy: TabularPolicy) -> [Scalar] {
    guard let estimator = KLEstimator(rawValue: settings.choice(.klEstimator)) else {
      return exactKLs(sample, logps: sample.previous.map { policy.logps(after: $0) }) ?? []
    }
    return sample.tokens.indices.map { t in
      estimator(
        logp: policy.logp(of: sample.tokens[t], after: sample.previous[t]), reference: response.refLogp[t],
        within: KLEstimator.Bounds(settings))
    }
  }
}
