import Autodiff
import Objectives
import Recording

/// Exact values of a policy, over every response to every prompt.
struct ExactGroups {
  var reward = 0.0
  var kl = 0.0
  var objective = 0.0
  /// Where `beta` is not 0.
  var optimum: (objective: Double, reward: Double)?
  var gradient: [[Double]]
  /// The expected reward in each group.
  var groupRewards: [Double]
}

extension GRPOSimulation {
  /// Enumerates every response; the prompts count as often as a batch has them.
  func exact(_ policy: TabularPolicy) -> ExactGroups {
    let table = policy.table
    var result = ExactGroups(gradient: table.map { $0.map { _ in 0 } }, groupRewards: [])
    var rewards = world.prompts.map { _ in 0.0 }
    for prompt in world.prompts.indices where groups.promptOfSlot.contains(prompt) {
      let oracle = oracle(of: table, prompt: prompt)
      result.add(oracle, share: groups.share(ofPrompt: prompt))
      rewards[prompt] = oracle.reward
    }
    result.groupRewards = (0..<groups.count).map { g in
      let own = groups.prompts(ofGroup: g)
      return own.reduce(0) { $0 + rewards[$1] } / Double(own.count)
    }
    return result
  }

  private func oracle(of table: [[Double]], prompt: Int) -> ExactOracle {
    ExactOracle(model(of: table, prompt: prompt), startingAfter: [states.start(world.prompts[prompt])])
  }

  /// How the responses to a prompt are rewarded.
  func model(of table: [[Double]], prompt: Int) -> ExactOracle.Model {
    let limit = settings.integer(.maxCompletionLength)
    let penalties = (0...limit).map { n in penalty(n, on: Tape()).map { $0.value } ?? 0 }
    return ExactOracle.Model(
      policy: table, reference: reference.table, beta: settings.number(.groupBeta), states: states,
      responseLength: limit, temperature: settings.number(.temperature),
      score: { score($0, prompt: prompt) }, adjusted: { score, length, _ in score + penalties[length] })
  }

  /// Records the exact values of a policy.
  func recordOracle(of policy: TabularPolicy) -> ExactGroups {
    let exact = exact(policy)
    let tape = trace.tape
    trace.begin(.oracle)
    trace.beat()
    _ = trace.term(.exactReward, tape.leaf(exact.reward))
    _ = trace.term(.exactKL, tape.leaf(exact.kl))
    let objective = trace.term(.exactObjective, tape.leaf(exact.objective))
    if let optimum = exact.optimum {
      trace.beat()
      _ = trace.term(.optimumReward, tape.leaf(optimum.reward))
      let best = trace.term(.optimumObjective, tape.leaf(optimum.objective))
      _ = trace.term(.optimumKL, (best - objective) / settings.value(.groupBeta))
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
  }
}

extension ExactGroups {
  fileprivate mutating func add(_ oracle: ExactOracle, share: Double) {
    reward += share * oracle.reward
    kl += share * oracle.kl
    objective += share * oracle.objective
    for a in gradient.indices { for b in gradient[a].indices { gradient[a][b] += share * oracle.gradient[a][b] } }
    guard let best = oracle.optimum else { return }
    let old = optimum ?? (0, 0)
    optimum = (old.objective + share * best.objective, old.reward + share * best.reward)
  }
}
