import Autodiff
import Objectives
import Recording

extension Trace {
  /// Names what each kind of users likes, a beat for each kind.
  func recordLikes(of users: [World.Users]) -> [[Scalar]] {
    begin(.likes)
    return users.enumerated().map { g, kind in
      beat()
      return kind.likes.enumerated().map { term(.like, g, $0, tape.leaf($1)) }
    }
  }
}

extension GRPOSimulation {
  /// Adds to each sample the reference's log-probabilities, if needed, and its reward.
  func rewarded(_ samples: [GroupSample], iteration: Int) -> [GroupResponse] {
    let refLogps = referenceLogps(samples)
    let labels = labels?.drawn(seed: seed, iteration: iteration)
    trace.begin(.rewards)
    return samples.map { sample in
      trace.beat()
      let kind = groups.groupOfSlot[sample.slot]
      return GroupResponse(
        index: sample.index, group: labels.map { label(sample.index, $0[sample.index], of: kind) } ?? kind,
        oldLogp: sample.oldLogp, refLogp: refLogps?[sample.index], reward: reward(of: sample),
        isComplete: sample.tokens.last == world.eos, samplingLogp: sample.samplingLogp)
    }
  }

  /// Records of what kind a response's user is and what kind it is taken for, and returns the latter.
  private func label(_ i: Int, _ label: Int, of kind: Int) -> Int {
    _ = trace.term(.userKind, i, trace.tape.leaf(Double(kind)))
    // A what-if may have put any number here.
    let taken = Int(exactly: trace.term(.userLabel, i, trace.tape.leaf(Double(label))).value) ?? kind
    return (0..<groups.count).contains(taken) ? taken : kind
  }

  private func referenceLogps(_ samples: [GroupSample]) -> [[Scalar]]? {
    guard settings.number(.groupBeta) != 0 else { return nil }
    trace.begin(.reference)
    return samples.map { sample in
      sample.tokens.indices.map { t in
        trace.beat()
        let logp = reference.logp(of: sample.tokens[t], after: sample.states[t])
        return trace.term(.refLogp, sample.index, t, stopGradient(logp))
      }
    }
  }

  private func reward(of sample: GroupSample) -> Scalar {
    let prompt = groups.promptOfSlot[sample.slot]
    let weights = rewardWeights ?? (world.users.isEmpty ? nil : likes[groups.groupOfSlot[sample.slot]])
    let score =
      weights.map { trace.score(sample.tokens, weights: $0) }
      ?? trace.tape.leaf(self.score(sample.tokens, prompt: prompt))
    guard
      let penalty = Self.penalty(sample.tokens.count, of: sample.index, settings: settings, on: trace.tape)
    else {
      return trace.term(.reward, sample.index, score)
    }
    let recorded = trace.term(.score, sample.index, score)
    return trace.term(.reward, sample.index, recorded + trace.term(.overlongPenalty, sample.index, penalty))
  }

  /// A response's reward.
  func score(_ tokens: [Int], prompt: Int) -> Double {
    Self.score(
      to: prompt, in: world, likes: likes.map { $0.map { $0.value } }, weights: rewardWeights?.map { $0.value }
    ).value(of: tokens)
  }

  /// How a response is scored: for a kind of users, or by a reward model, by the sum of its tokens' values; otherwise
  /// by 1 if it is the answer, else 0.
  static func score(
    to prompt: Int, in world: World, likes: [[Double]], weights: [Double]?
  ) -> ResponseReward.Score {
    if let weights { return .sum(weights) }
    if world.users.isEmpty { return .only(world.answers[prompt] + [world.eos]) }
    return .sum(likes[world.users.firstIndex { $0.prompts.contains(prompt) } ?? 0])
  }

  /// The soft punishment of a length; nil where nothing is punished.
  static func penalty(_ tokenCount: Int, of index: Int = -1, settings: Settings, on tape: Tape) -> Scalar? {
    settings.optionalValue(.softPunishCache).map {
      overlongPenalty(
        tokenCount: tokenCount, of: index, limit: settings.value(.maxCompletionLength), cache: $0, on: tape)
    }
  }
}
