import Autodiff
import Objectives
public import Recording

extension Scenario {
  /// The film reviews, each compared with the review that the policy would most likely write.
  static let remax = Scenario(
    name: "remax", title: "ReMax: the policy gradient, and the reviewer's own greedy review as the baseline.",
    algorithm: .remax, world: .filmReviews,
    settings: Settings([
      (.aggregation, .choice("seq-mean-token-sum")), (.epochs, .integer(1)), (.minibatches, .integer(1)),
      (.optimizer, .choice("sgd")), (.learningRate, .number(1)), (.maxGradNorm, .none),
    ]),
    seed: 7)
}

extension Simulator {
  static let remax = Simulator(
    algorithm: .remax, scenarios: [.remax], form: .baselined,
    problem: { $0.world.preferences.isEmpty ? $0.missingPreferences : $0.samplingProblem },
    run: { scenario, trace in
      let (settings, seed) = (scenario.settings, scenario.seed)
      let environment = LanguageEnvironment(
        scenario.world, hasCritic: false, comparesWithGreedy: true, settings: settings, seed: seed, trace: trace)
      var simulation = ReinforceSimulation(environment, settings: settings, seed: seed, trace: trace)
      simulation.run()
    })
}

// MARK: - The greedy response

extension Trace {
  /// Writes the greedy response to each prompt, and returns its score for each response that is compared with it.
  ///
  /// Each of its tokens is a beat, and so is each score. Of equally likely tokens the first is taken.
  func greedyBaselines(
    of policy: TabularPolicy, for count: Int, in world: World, _ rewardWeights: [Scalar], settings: Settings
  ) -> [Scalar] {
    begin(.greedy)
    let responses = world.prompts.prefix(count).enumerated().map { i, prompt in
      greedyResponse(i, of: policy, after: prompt.last ?? 0, eos: world.eos, limit: settings.integer(.responseLength))
    }
    return (0..<count).map { i in
      let tokens = responses[i % responses.count]
      return greedyBaseline(
        score: score(tokens, weights: rewardWeights), hasEOS: tokens.last == world.eos, for: i, settings: settings,
        observer: self)
    }
  }

  private func greedyResponse(_ i: Int, of policy: TabularPolicy, after start: Int, eos: Int, limit: Int) -> [Int] {
    var tokens: [Int] = []
    repeat {
      beat()
      let (t, logps) = (tokens.count, policy.logps(after: tokens.last ?? start))
      let likeliest = logps.indices.reduce(0) { logps[$1].value > logps[$0].value ? $1 : $0 }
      let recorded = term(.greedyToken, i, t, tape.leaf(Double(likeliest)))
      tokens.append(min(max(0, Int(recorded.value)), eos))
      _ = term(.greedyLogp, i, t, stopGradient(logps[tokens[t]]))
    } while tokens.last != eos && tokens.count < limit
    return tokens
  }

  /// The tokens of the greedy response to the prompt of a response, as of a beat, in the same iteration.
  public func greedyTokens(_ i: Int, at beat: Int) -> [String] {
    guard prompts.indices.contains(i), let first = prompts.firstIndex(of: prompts[i]) else { return [] }
    return sampledWords(.greedyToken, first, at: beat)
  }
}
