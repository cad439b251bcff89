import Autodiff
import Objectives
import Recording

extension GRPOSimulation {
  /// All responses to the prompts that a batch asks, each as often as the batch does.
  static func responses(
    _ world: World, reference: [[Double]], likes: [[Double]], weights: [Double]?, groups: PromptGroups,
    settings: Settings
  ) -> ExactResponses {
    .required(
      ExactResponses(
        world, asked: groups.prompts.map { (prompt: $0, share: groups.share(ofPrompt: $0)) }, reference: reference,
        temperature: settings.number(.temperature), length: settings.integer(.maxCompletionLength),
        reward: { prompt in
          ResponseReward(score: score(to: prompt, in: world, likes: likes, weights: weights), settings: settings)
        }))
  }

  /// The exact values of a policy, its gradient, and the expected reward in each group.
  func exact(_ policy: TabularPolicy) -> ExactGroups {
    let exact = responses.gradient(of: policy.table, beta: settings.number(.groupBeta))
    let rewards = exact.ofPrompts.map { $0.reward }
    return ExactGroups(
      values: exact.values, gradient: exact.gradient,
      groupRewards: (0..<groups.count).map { g in
        let own = groups.prompts(ofGroup: g).compactMap { groups.prompts.firstIndex(of: $0) }
        return own.reduce(0) { $0 + rewards[$1] } / Double(own.count)
      })
  }

  /// Records the exact values of a policy.
  func recordOracle(of policy: TabularPolicy) -> ExactGroups {
    let exact = exact(policy)
    trace.recordExact(exact.values, of: responses, beta: settings.number(.groupBeta)) {
      $0 / settings.value(.groupBeta)
    }
    return exact
  }

  /// Records what an iteration did to each group, and how far apart the groups are then.
  func recordUserGroups(before: ExactGroups, after: ExactGroups) {
    let tape = trace.tape
    trace.begin(.userGroups)
    let rewards = after.groupRewards.indices.map { g in
      trace.beat()
      _ = trace.term(.groupRewardBefore, g, tape.leaf(before.groupRewards[g]))
      return trace.term(.groupRewardAfter, g, tape.leaf(after.groupRewards[g]))
    }
    trace.beat()
    let worst = trace.term(.worstGroupReward, rewards.dropFirst().reduce(alias(rewards[0])) { minimum($0, $1) })
    let best = rewards.dropFirst().reduce(rewards[0]) { maximum($0, $1) }
    _ = trace.term(.groupSpread, best - worst)
    if let labels { recordLabelledRewards(labels.means(ofKinds: after.groupRewards)) }
  }

  /// Records what the groups look like by their labels.
  private func recordLabelledRewards(_ means: [Double]) {
    trace.beat()
    let rewards = means.enumerated().map { trace.term(.labelledReward, $0, trace.tape.leaf($1)) }
    let worst = rewards.dropFirst().reduce(rewards[0]) { minimum($0, $1) }
    let best = rewards.dropFirst().reduce(rewards[0]) { maximum($0, $1) }
    _ = trace.term(.labelledSpread, best - worst)
  }
}

/// Exact values of a policy over every response to every prompt.
struct ExactGroups {
  let values: ExactResponses.Values
  let gradient: [[Double]]
  /// The expected reward in each group.
  let groupRewards: [Double]
}

extension ResponseReward {
  /// A score, with what is taken off for a length.
  fileprivate init(score: Score, settings: Settings) {
    let penalties = (0...settings.integer(.maxCompletionLength)).map { length in
      GRPOSimulation.penalty(length, settings: settings, on: Tape()).map { $0.value } ?? 0
    }
    self.init(score: score, adjusted: { score, length, _ in score + penalties[length] })
  }
}
