import Autodiff
import Objectives
import Recording

/// A tiny language in which a policy writes, with a learned reference and reward model.
struct LanguageEnvironment: Environment {
  let world: World
  let settings: Settings
  let seed: UInt64
  let trace: Trace
  let initialLogits: [[Scalar]]
  private(set) var klCoefficient: Scalar

  let reference: TabularPolicy
  let rewardWeights: [Scalar]
  /// All that can be written, for exact values.
  let responses: ExactResponses
  /// What each response of a batch answers.
  private let prompts: [[Int]]
  private let needsReference: Bool
  private let comparesWithGreedy: Bool
  /// What samples, where that is not the policy itself, and the policy's logits as they were at each iteration's start.
  private let sampler: Sampler?
  private var history: [[[Double]]] = []

  /// Prepares the frozen models: the reference from the demonstrations, the reward model from the preferences.
  ///
  /// - Parameters:
  ///   - hasCritic: Whether a critic will value the states; without one, a reference that weighs nothing is not recorded.
  ///   - comparesWithGreedy: Whether each response is compared with the likeliest one to its prompt.
  ///   - answers: How many responses there are to each prompt: the second ones come after all of the first.
  init(
    _ world: World, hasCritic: Bool, comparesWithGreedy: Bool = false, answers: Int = 1, settings: Settings,
    seed: UInt64, trace: Trace
  ) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    let count = settings.integer(.batchSize)
    prompts = (0..<count).map { world.prompts[$0 % (count / answers) % world.prompts.count] }
    trace.prompts = prompts.map { world.text($0) }
    let logits = trace.fineTuneReference(world, settings: settings)
    reference = TabularPolicy(logits: logits, temperature: settings.value(.temperature), on: trace.tape)
    rewardWeights = trace.trainRewardModel(world, settings: settings)
    responses = Self.responses(
      world, reference: reference.table, rewards: rewardWeights.map { $0.value }, settings: settings)
    initialLogits = logits.map { $0.map { stopGradient($0) } }
    klCoefficient = trace.tape.leaf(settings.number(.klCoef))
    needsReference = hasCritic || klCoefficient.value != 0
    self.comparesWithGreedy = comparesWithGreedy
    sampler = Sampler(settings)
  }

  mutating func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode] {
    if sampler != nil { history.append(policy.logits.map { $0.map { $0.value } }) }
    let engine = sampler.map { $0.table(history[max(0, history.count - 1 - $0.staleness)]) }
    trace.begin(.rollout)
    return prompts.indices.map { i in
      var random = RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i))
      var episode = Episode(index: i)
      episode.last = prompts[i].last ?? 0
      episode.samplingLogp = engine == nil ? nil : []
      repeat {
        trace.beat()
        let (t, logps) = (episode.actions.count, policy.logps(after: episode.last))
        let drawn = engine.map { $0[episode.last].map { trace.tape.constant($0) } } ?? logps
        let token = trace.sampleToken(i, t, from: drawn, random: &random)
        episode.states.append(episode.last)
        episode.actions.append(token)
        episode.oldLogps.append(logps)
        episode.oldLogp.append(trace.term(.oldLogp, i, t, stopGradient(logps[token])))
        if let engine {
          let own = trace.term(.samplingLogp, i, t, trace.tape.leaf(engine[episode.last][token]))
          episode.samplingLogp?.append(own)
        }
        episode.last = token
      } while episode.last != world.eos && episode.actions.count < settings.integer(.responseLength)
      episode.hasEnded = episode.last == world.eos
      return episode
    }
  }

  func responses(_ episodes: [Episode], of policy: TabularPolicy) -> [Response] {
    let baselines =
      comparesWithGreedy
      ? trace.greedyBaselines(of: policy, for: episodes.count, in: world, rewardWeights, settings: settings) : nil
    trace.begin(.reference)
    let referenceLogps = episodes.map { episode in
      episode.actions.indices.map { t in
        let logp = stopGradient(reference.logp(of: episode.actions[t], after: episode.states[t]))
        guard needsReference else { return logp }
        trace.beat()
        return trace.term(.refLogp, episode.index, t, logp)
      }
    }
    return zip(episodes, scores(of: episodes)).map { episode, score in
      var response = Response(
        index: episode.index, oldLogp: episode.oldLogp, refLogp: referenceLogps[episode.index],
        exactKL: exactKLs(of: episode, under: episode.oldLogps),
        score: score, hasEOS: episode.hasEnded, oldValues: episode.actions.map { _ in trace.tape.constant(0) })
      response.baseline = baselines?[episode.index]
      response.samplingLogp = episode.samplingLogp
      return response
    }
  }

  /// What the reward model says of each response, a beat for each.
  func scores(of episodes: [Episode]) -> [Scalar] {
    trace.begin(.score)
    return episodes.map { episode in
      trace.beat()
      return trace.term(.score, episode.index, trace.score(episode.actions, weights: rewardWeights))
    }
  }

  /// Two responses to one prompt, by their numbers, as a pair of a dataset.
  func preference(_ numbers: SampledPreference, of episodes: [Episode]) -> World.Preference {
    World.Preference(
      prompt: prompts[numbers.chosen], chosen: episodes[numbers.chosen].actions,
      rejected: episodes[numbers.rejected].actions)
  }

  func recordMetrics(_ experiences: [Experience], updates: [PPOLoss]) {
    if comparesWithGreedy {
      recordBaselineMetrics(experiences, observer: trace)
    } else if updates.isEmpty {
      recordEpisodeMetrics(experiences, updates: updates, observer: trace)
    } else {
      recordPPOMetrics(experiences, updates: updates, observer: trace)
    }
  }

  func recordExactValues(of policy: TabularPolicy) -> [[Double]] {
    trace.recordExactValues(of: policy.table, in: responses, klCoefficient: klCoefficient)
  }
}

// MARK: - The KL penalty

extension LanguageEnvironment {
  mutating func recordKLCoefficient() {
    trace.beat()
    klCoefficient = trace.term(.klCoefficient, klCoefficient)
  }

  mutating func adaptKLCoefficient(to experiences: [Experience]) {
    guard settings.flag(.adaptiveKL) else { return }
    trace.begin(.adaptiveKL)
    trace.beat()
    let kl = trace.tape.mean(experiences.map { trace.tape.sum($0.kl) })
    let adapted = adaptedKLCoefficient(
      klCoefficient, kl: kl, target: settings.value(.klTarget), horizon: settings.value(.klHorizon),
      responses: experiences.count)
    klCoefficient = trace.term(.klCoefficient, adapted)
  }

  func exactKLs(of episode: Episode, under distributions: [[Scalar]]) -> [Scalar]? {
    guard settings.choice(.klEstimator) == "exact" else { return nil }
    return zip(episode.states, distributions).map { exactKL($1, reference.logps(after: $0)) }
  }
}

// MARK: - The critic

extension LanguageEnvironment {
  var criticRows: Int { world.vocabulary.count }

  /// The token before each step; an empty slot comes after the response's last token.
  func valuedStates(of episode: Episode) -> [Int] {
    let slots = emptySlots(
      tokens: episode.actions.count, responseLength: settings.integer(.responseLength), settings: settings)
    return episode.states + Array(repeating: episode.last, count: slots)
  }

  /// A response that is cut off is scored as it stands.
  func isBootstrapped(_ episode: Episode) -> Bool { false }
}
