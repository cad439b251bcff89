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
  let klCoefficient: Scalar

  private let reference: TabularPolicy
  private let rewardWeights: [Scalar]

  init(_ world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    trace.prompts = (0..<settings.integer(.batchSize)).map { world.text(world.prompts[$0 % world.prompts.count]) }
    let logits = trace.fineTuneReference(world, settings: settings)
    reference = TabularPolicy(logits: logits, temperature: settings.value(.temperature), on: trace.tape)
    rewardWeights = trace.trainRewardModel(world, settings: settings)
    initialLogits = logits.map { $0.map { stopGradient($0) } }
    trace.begin(.sync)
    trace.beat()
    klCoefficient = trace.term(.klCoefficient, trace.tape.leaf(settings.number(.klCoef)))
  }

  func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode] {
    trace.begin(.rollout)
    return (0..<settings.integer(.batchSize)).map { i in
      var random = RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i))
      var episode = Episode(index: i)
      episode.last = world.prompts[i % world.prompts.count].last ?? 0
      repeat {
        trace.beat()
        let (t, logps) = (episode.actions.count, policy.logps(after: episode.last))
        let token = trace.sampleToken(i, t, from: logps, random: &random)
        episode.states.append(episode.last)
        episode.actions.append(token)
        episode.oldLogps.append(logps)
        episode.oldLogp.append(trace.term(.oldLogp, i, t, stopGradient(logps[token])))
        episode.last = token
      } while episode.last != world.eos && episode.actions.count < settings.integer(.responseLength)
      episode.hasEnded = episode.last == world.eos
      return episode
    }
  }

  func responses(_ episodes: [Episode]) -> [Response] {
    let needsReference = klCoefficient.value != 0
    trace.begin(.reference)
    let referenceLogps = episodes.map { episode in
      episode.actions.indices.map { t in
        let logp = stopGradient(reference.logp(of: episode.actions[t], after: episode.states[t]))
        guard needsReference else { return logp }
        trace.beat()
        return trace.term(.refLogp, episode.index, t, logp)
      }
    }
    trace.begin(.score)
    return episodes.map { episode in
      trace.beat()
      return Response(
        index: episode.index, oldLogp: episode.oldLogp, refLogp: referenceLogps[episode.index],
        exactKL: exactKLs(episode),
        score: trace.term(.score, episode.index, trace.score(episode.actions, weights: rewardWeights)),
        hasEOS: episode.hasEnded, oldValues: episode.actions.map { _ in trace.tape.constant(0) })
    }
  }

  private func exactKLs(_ episode: Episode) -> [Scalar]? {
    guard settings.choice(.klEstimator) == "exact" else { return nil }
    return zip(episode.states, episode.oldLogps).map { exactKL($1, reference.logps(after: $0)) }
  }

  func recordExactValues(of policy: TabularPolicy) -> [[Double]] {
    trace.recordExactValues(
      of: policy, reference: reference, rewardWeights: rewardWeights, klCoefficient: klCoefficient, world: world,
      settings: settings)
  }
}
