import Autodiff
import Objectives
import Recording

/// A decision process in which a policy acts, every number recorded.
struct DecisionEnvironment: Environment {
  let process: DecisionProcess
  let settings: Settings
  let seed: UInt64
  let trace: Trace

  /// After how many steps nothing more is earned; nil where a critic estimates what would have followed.
  private let horizon: Int?
  private let optimum: Double

  /// - Parameter hasCritic: Whether a critic can say what an episode was still worth when the step limit cut it off.
  init(_ process: DecisionProcess, hasCritic: Bool, settings: Settings, seed: UInt64, trace: Trace) {
    self.process = process
    self.settings = settings
    self.seed = seed
    self.trace = trace
    trace.prompts = (0..<settings.integer(.batchSize)).map {
      process.names[process.starts[$0 % process.starts.count]]
    }
    horizon = process.horizon(hasCritic: hasCritic, settings: settings)
    optimum = ExactDecisions.optimum(of: process, gamma: settings.number(.gamma), horizon: horizon)
  }

  var initialLogits: [[Scalar]] { process.states.map { _ in process.actions.map { _ in trace.tape.leaf(0) } } }

  // MARK: Sampling

  /// Whole episodes; CleanRL fills a fixed number of steps instead and lets episodes run on into the next batch.
  func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode] {
    trace.begin(.rollout)
    return (0..<settings.integer(.batchSize)).map { i in
      var choices = RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i))
      var chances = RandomStream(seed: seed, purpose: RandomPurpose.transitions, UInt32(iteration), UInt32(i))
      var episode = Episode(index: i)
      trace.beat()
      episode.last = enter(i, 0, process.starts[i % process.starts.count])
      while !process.isTerminal(episode.last), episode.actions.count < process.stepLimit {
        trace.beat()
        act(&episode, policy: policy, random: &choices)
        move(&episode, random: &chances)
      }
      trace.beat()
      episode.hasEnded = process.isTerminal(episode.last)
      _ = trace.term(.isComplete, i, trace.tape.leaf(episode.hasEnded ? 1 : 0))
      _ = trace.term(.episodeReturn, i, trace.tape.sum(episode.rewards))
      return episode
    }
  }

  /// Records a state; a what-if may put another one in its place.
  private func enter(_ i: Int, _ t: Int, _ state: Int) -> Int {
    let recorded = trace.term(.state, i, t, trace.tape.leaf(Double(state)))
    return min(max(0, Int(recorded.value)), process.names.count - 1)
  }

  private func act(_ episode: inout Episode, policy: TabularPolicy, random: inout RandomStream) {
    let (i, t) = (episode.index, episode.actions.count)
    let logps = policy.logps(after: episode.last)
    let action = trace.sampleToken(i, t, from: logps, random: &random)
    episode.states.append(episode.last)
    episode.actions.append(action)
    episode.oldLogps.append(logps)
    episode.oldLogp.append(trace.term(.oldLogp, i, t, stopGradient(logps[action])))
  }

  private func move(_ episode: inout Episode, random: inout RandomStream) {
    let (i, t) = (episode.index, episode.actions.count - 1)
    let outcomes = process.outcomes[episode.states[t]][episode.actions[t]]
    let draw = trace.term(.transitionDraw, i, t, trace.tape.leaf(random.uniform()))
    var below = 0.0
    let picked = outcomes.first { outcome in
      below += outcome.probability
      return draw.value < below
    }
    let outcome = picked ?? outcomes[outcomes.count - 1]
    episode.last = enter(i, t + 1, outcome.next)
    let reward = outcomes.first { $0.next == episode.last }?.reward ?? outcome.reward
    episode.rewards.append(trace.term(.reward, i, t, trace.tape.leaf(reward)))
  }

  func responses(_ episodes: [Episode], of policy: TabularPolicy) -> [Response] {
    episodes.map { episode in
      Response(
        index: episode.index, oldLogp: episode.oldLogp, refLogp: [], exactKL: nil,
        score: trace.tape.sum(episode.rewards), hasEOS: episode.hasEnded,
        oldValues: episode.rewards.map { _ in trace.tape.constant(0) }, stepRewards: episode.rewards)
    }
  }

  // MARK: Exact values

  func recordExactValues(of policy: TabularPolicy) -> [[Double]] {
    let exact = ExactDecisions(
      process, policy: policy.table, gamma: settings.number(.gamma), temperature: settings.number(.temperature),
      horizon: horizon)
    trace.begin(.oracle)
    trace.beat()
    for (state, value) in exact.values.enumerated() { _ = trace.term(.exactValue, state, trace.tape.leaf(value)) }
    trace.beat()
    _ = trace.term(.exactReturn, trace.tape.leaf(exact.expectedReturn))
    _ = trace.term(.optimumReturn, trace.tape.leaf(optimum))
    return exact.gradient
  }
}

extension DecisionEnvironment {
  func recordMetrics(_ experiences: [Experience], updates: [PPOLoss]) {
    recordEpisodeMetrics(experiences, updates: updates, observer: trace)
  }

  // MARK: The KL penalty

  var klCoefficient: Scalar { trace.tape.constant(0) }
  func recordKLCoefficient() {}
  func adaptKLCoefficient(to experiences: [Experience]) {}
  func exactKLs(of episode: Episode, under distributions: [[Scalar]]) -> [Scalar]? { nil }

  // MARK: The critic

  var criticRows: Int { process.states.count }
  func valuedStates(of episode: Episode) -> [Int] { episode.states }

  /// An episode that the step limit cuts off is worth what the critic says of where it stopped, unless `truncation` is
  /// `terminate`, CleanRL's way.
  func isBootstrapped(_ episode: Episode) -> Bool {
    !episode.hasEnded && settings.choice(.truncation) == "bootstrap"
  }
}
