import Autodiff
import Objectives
import Recording

/// A sampled answer: the state before each token, the tokens, and what was recorded of them.
struct GroupSample {
  let index: Int
  let slot: Int
  var states: [Int] = []
  var tokens: [Int] = []
  var oldLogp: [Scalar] = []
  /// Those of the engine that sampled, where that is not the policy.
  var samplingLogp: [Scalar]?
}

extension GRPOSimulation {
  /// Samples `num_generations` answers to the prompt of each slot.
  func rollout(_ policy: TabularPolicy, iteration: Int) -> [GroupSample] {
    let size = settings.integer(.numGenerations)
    let engine = engineTable
    let attempts = attempts(engine ?? policy.table, iteration: iteration)
    trace.begin(.rollout)
    return trace.prompts.indices.map { i in
      let slot = i / size
      var random = stream(iteration, i, attempt: attempts[slot])
      var sample = GroupSample(index: i, slot: slot, samplingLogp: engine == nil ? nil : [])
      var state: Int? = states.start(world.prompts[groups.promptOfSlot[slot]])
      while let now = state, sample.tokens.count < settings.integer(.maxCompletionLength) {
        trace.beat()
        let logps = policy.logps(after: now)
        let drawn = engine.map { $0[now].map { trace.tape.constant($0) } } ?? logps
        let token = trace.sampleToken(i, sample.tokens.count, from: drawn, random: &random)
        sample.states.append(now)
        sample.oldLogp.append(trace.term(.oldLogp, i, sample.tokens.count, stopGradient(logps[token])))
        if let engine {
          let own = trace.term(.samplingLogp, i, sample.tokens.count, trace.tape.leaf(engine[now][token]))
          sample.samplingLogp?.append(own)
        }
        sample.tokens.append(token)
        state = states.state(after: token, from: now)
      }
      return sample
    }
  }

  /// Every attempt has its own streams, which other groups' attempts do not affect.
  private func stream(_ iteration: Int, _ i: Int, attempt: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: RandomPurpose.sampling, UInt32(iteration), UInt32(i) | UInt32(attempt) << 16)
  }

  // MARK: Dynamic sampling

  /// Which attempt of each slot is kept: the first whose rewards differ, or the last one permitted.
  private func attempts(_ logps: [[Double]], iteration: Int) -> [Int] {
    guard settings.flag(.dynamicSampling) else { return groups.promptOfSlot.map { _ in 0 } }
    trace.begin(.dynamicSampling)
    let probabilities = logps.map { row in row.map { Elementary.exp($0) } }
    return groups.promptOfSlot.indices.map { slot in
      for attempt in 0..<settings.integer(.maxGenerationBatches) - 1 {
        let rewards = tryOut(slot, probabilities, iteration: iteration, attempt: attempt)
        guard rewards.allSatisfy({ $0 == rewards[0] }) else { return attempt }
        trace.beat()
        _ = trace.term(.discardedReward, slot, trace.tape.leaf(rewards[0]))
      }
      return settings.integer(.maxGenerationBatches) - 1
    }
  }

  /// The rewards that an attempt earns.
  private func tryOut(_ slot: Int, _ probabilities: [[Double]], iteration: Int, attempt: Int) -> [Double] {
    let size = settings.integer(.numGenerations)
    return (0..<size).map { n in
      var random = stream(iteration, slot * size + n, attempt: attempt)
      var tokens: [Int] = []
      var state: Int? = states.start(world.prompts[groups.promptOfSlot[slot]])
      while let now = state, tokens.count < settings.integer(.maxCompletionLength) {
        let token = pickedToken(probabilities[now], draw: random.uniform())
        tokens.append(token)
        state = states.state(after: token, from: now)
      }
      let score = score(tokens, prompt: groups.promptOfSlot[slot])
      return score + (Self.penalty(tokens.count, settings: settings, on: Tape()).map { $0.value } ?? 0)
    }
  }
}
