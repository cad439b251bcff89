import Autodiff
import Documents
import Formats
import Objectives
import Recording
import Reporting
import Simulation
import Testing

/// A policy that acts: PPO in a decision process, and the exact values beside it.
@Suite struct DecisionTests {
  static func scenario(
    _ name: String = "ppo-classic", _ options: [(String, String)] = [], seed: UInt64 = 7
  ) throws -> Scenario {
    var scenario = try #require(Scenario.builtIn.first { $0.name == name })
    scenario.seed = seed
    for (name, value) in options { try scenario.settings.set(name, to: value, for: scenario.algorithm) }
    return scenario
  }

  /// The plain policy gradient on the mountain instead of in the language.
  static func reinforce(_ options: [(String, String)], seed: UInt64 = 7) throws -> Scenario {
    var scenario = try scenario("reinforce", options, seed: seed)
    scenario.surroundings = .decisions(.mountainPath)
    return scenario
  }

  static func series(_ quantity: Quantity, in trace: Trace) -> [Double] {
    trace.occurrences(of: TermKey(quantity)).map { trace.value($0) }
  }

  static func row(_ quantity: Quantity, of scenario: Scenario, _ i: Int) throws -> [Double] {
    let trace = scenario.record()
    return (0..<4).compactMap { trace.occurrences(of: TermKey(quantity, $0, i)).first.map { trace.value($0) } }
  }

  // MARK: Gradients

  static let variations: [(name: String, options: [(String, String)])] = [
    ("ppo-classic", []), ("ppo-classic", [("cliprange_value", "none"), ("loss_agg_mode", "seq-mean-token-sum")]),
    ("ppo-classic", [("temperature", "0.6"), ("whiten_scope", "batch"), ("truncation", "terminate")]),
    ("reinforce", [("entropy_coef", "0.02")]), ("reinforce", [("baseline", "none"), ("kl_coef", "0.2")]),
  ]

  @Test(arguments: variations.indices)
  func everyParametersGradientIsACentralDifference(number: Int) throws {
    let (name, options) = Self.variations[number]
    let shortened = options + [("num_total_batches", "2"), ("num_ppo_epochs", "2")]
    let trace = try Self.scenario(name, shortened, seed: UInt64(number)).record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      for term in trace.tableTerms(at: trace.terms[update.term].beat) {
        let gradient = update.gradient[trace.scalar(term)]
        let check = trace.finiteDifference(of: update.term, by: term)
        let isClose = abs(gradient - check.derivative) <= 1e-6 * max(abs(gradient), 1e-3)
        #expect(isClose, "\(trace.text(term)): \(gradient), not \(check.derivative)")
        checked += 1
      }
    }
    #expect(checked > 100)
  }

  // MARK: Advantages

  /// Where an episode is cut off, the critic's value takes the place of what would have followed.
  @Test(arguments: ["bootstrap", "terminate"])
  func advantagesAreDeltasSummedBackwards(truncation: String) throws {
    let options = [("truncation", truncation), ("num_total_batches", "3"), ("batch_size", "16")]
    let trace = try Self.scenario(options: options).record()
    let run = try #require(trace.stages.last { $0.name == "gae" })
    let end = run.beats.upperBound - 1
    var cut = 0
    for i in 0..<16 {
      let values = trace.latest(.oldValue, i, in: run.loops, at: end)
      let rewards = values.indices.map { trace.value(.reward, i, $0, at: end) ?? .nan }
      let isComplete = try #require(trace.value(.isComplete, i, at: end)) == 1
      var next = 0.0
      if !isComplete, truncation == "bootstrap" {
        next = try #require(trace.value(.bootstrapValue, i, at: end))
        #expect(next != 0)
        cut += 1
      }
      var advantage = 0.0
      for t in values.indices.reversed() {
        advantage = rewards[t] + 0.99 * next - values[t] + 0.99 * 0.95 * advantage
        next = values[t]
        #expect(abs(try #require(trace.value(.rawAdvantage, i, t, at: end)) - advantage) < 1e-12)
      }
    }
    #expect(truncation == "terminate" ? cut == 0 : cut > 0)
  }

  /// CleanRL: `(A − mean) / (std + 1e-8)`, `torch.std` with n − 1, over the minibatch.
  @Test func eachMinibatchNormalisesItsAdvantages() throws {
    let trace = try Self.scenario().record()
    let run = try #require(trace.stages.first { $0.name == "whiten" })
    #expect(run.loops.minibatch == 0)
    let terms = run.beats.flatMap { Array(trace.beats[$0].terms) }.filter { trace.quantity(of: $0) == .advantage }
    let raw = terms.map { term in
      trace.value(.rawAdvantage, trace.terms[term].key.i, trace.terms[term].key.j, at: run.beats.lowerBound) ?? .nan
    }
    let mean = raw.reduce(0, +) / Double(raw.count)
    let deviation = (raw.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(raw.count - 1)).squareRoot()
    for (term, x) in zip(terms, raw) { #expect(abs(trace.value(term) - (x - mean) / (deviation + 1e-8)) < 1e-12) }
  }

  // MARK: Exact values

  /// The returns of many episodes, sampled from each state in turn, average to the exact values.
  @Test(arguments: [8, 60])
  func exactValuesAreTheMeansOfSampledReturns(stepLimit: Int) throws {
    var process = DecisionProcess.mountainPath
    process.starts = [0, 1, 2, 3]
    process.stepLimit = stepLimit
    var scenario = try Self.reinforce([("gamma", "0.9"), ("batch_size", "256"), ("num_total_batches", "1")])
    scenario.surroundings = .decisions(process)
    var sums = [0.0, 0, 0, 0]
    var squares = sums
    let seeds = 6
    var exact: [Double] = []
    for seed in 0..<seeds {
      scenario.seed = UInt64(seed)
      let trace = scenario.record()
      let end = trace.beats.count - 1
      exact = (0..<4).compactMap { trace.occurrences(of: TermKey(.exactValue, $0)).first.map { trace.value($0) } }
      for i in 0..<256 {
        let gain = try #require(trace.value(.returns, i, 0, at: end))
        sums[i % 4] += gain
        squares[i % 4] += gain * gain
      }
    }
    let count = Double(64 * seeds)
    for state in 0..<4 {
      let mean = sums[state] / count
      let error = ((squares[state] / count - mean * mean) / count).squareRoot()
      #expect(abs(mean - exact[state]) < 4 * error, "state \(state): \(mean) ± \(error), not \(exact[state])")
    }
    // With sixty steps, hardly any of the value lies beyond the limit.
    if stepLimit == 60 {
      var endless = try Self.scenario(options: [("gamma", "0.9")])
      endless.surroundings = .decisions(process)
      let solved = try Self.row(.exactValue, of: endless, -1)
      for (a, b) in zip(solved, exact) { #expect(abs(a - b) < 0.01) }
    }
  }

  /// A perfect critic makes the truncated return an unbiased sample of the value; the oracle's values are such a critic.
  @Test func exactValuesObeyBellmansEquation() throws {
    let trace = try Self.scenario(options: [("num_total_batches", "2")]).record()
    let process = DecisionProcess.mountainPath
    let beat = try #require(trace.occurrences(of: TermKey(.exactReturn)).last.map { trace.terms[$0].beat })
    let values = try (0..<4).map { try #require(trace.value(.exactValue, $0, at: beat)) }
    for s in 0..<4 {
      let weights = try (0..<3).map { Elementary.exp(try #require(trace.value(.policyLogit, s, $0, at: beat))) }
      let total = weights.reduce(0, +)
      var expected = 0.0
      for a in 0..<3 {
        for outcome in process.outcomes[s][a] {
          let later = process.isTerminal(outcome.next) ? 0 : values[outcome.next]
          expected += weights[a] / total * outcome.probability * (outcome.reward + 0.99 * later)
        }
      }
      #expect(abs(expected - values[s]) < 1e-12)
    }
  }

  @Test(arguments: ["bootstrap", "terminate"])
  func theExactGradientIsTheDifferenceOfTheExactReturn(truncation: String) throws {
    let scenario = try Self.scenario(
      options: [("truncation", truncation), ("num_total_batches", "1"), ("temperature", "0.8")])
    let trace = scenario.record()
    func value(_ key: TermKey, _ logit: Double) throws -> Double {
      let changed = scenario.record(overrides: [Override(key: key, occurrence: 0, value: logit)])
      return try #require(Self.series(.exactReturn, in: changed).first)
    }
    for s in 0..<4 {
      for a in 0..<3 {
        let key = TermKey(.policyLogit, s, a)
        let difference = try (value(key, 1e-4) - value(key, -1e-4)) / 2e-4
        let exact = trace.value(trace.occurrences(of: TermKey(.exactGradient, s, a))[0])
        #expect(abs(difference - exact) < 1e-7)
      }
    }
  }

  /// Where nothing is biased, the mean of sampled gradients is the exact gradient, with either algorithm.
  @Test(arguments: ["ppo-classic", "reinforce"])
  func theSampledGradientApproachesTheExactOne(name: String) throws {
    var options = [
      ("gamma", "1"), ("loss_agg_mode", "seq-mean-token-sum"), ("batch_size", "128"), ("num_total_batches", "1"),
      ("num_ppo_epochs", "1"), ("num_mini_batches", "1"), ("learning_rate", "0"),
    ]
    options +=
      name == "reinforce"
      ? [("baseline", "none")] : [("lam", "1"), ("truncation", "terminate"), ("whiten_advantages", "false")]
    var mean = [Double](repeating: 0, count: 12)
    var exact = mean
    let seeds = 60
    for seed in 0..<seeds {
      let trace =
        try name == "reinforce"
        ? Self.reinforce(options, seed: UInt64(seed)).record()
        : Self.scenario(name, options, seed: UInt64(seed)).record()
      let end = trace.beats.count - 1
      for index in 0..<12 {
        exact[index] = try #require(trace.value(.exactGradient, index / 3, index % 3, at: end))
        mean[index] += try #require(trace.value(.sampledGradient, index / 3, index % 3, at: end)) / Double(seeds)
      }
    }
    let dot = zip(mean, exact).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [mean, exact].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    #expect(dot / (lengths[0] * lengths[1]) > 0.995)
    #expect(abs(lengths[0] / lengths[1] - 1) < 0.05)
  }

  // MARK: Learning

  @Test(arguments: ["constant", "linear"])
  func learningRaisesTheExactReturnTowardsTheOptimum(schedule: String) throws {
    let options = [("num_total_batches", "30"), ("batch_size", "16"), ("lr_scheduler_type", schedule)]
    let trace = try Self.scenario(options: options).record()
    let (gains, best) = (Self.series(.exactReturn, in: trace), Self.series(.optimumReturn, in: trace))
    #expect(gains.count == 31)
    for (gain, optimum) in zip(gains, best) { #expect(gain <= optimum + 1e-12) }
    #expect(gains[30] > gains[0] + 0.6, "\(gains)")
    // The critic has learned what to expect where the policy goes.
    let end = trace.beats.count - 1
    let critic = try #require(trace.value(.criticValue, 0, at: end))
    #expect(abs(critic - (try #require(trace.value(.exactValue, 0, at: end)))) < 0.2)
  }

  /// The same large steps on the same reused samples: PPO climbs with every seed; without its clip some policies end up
  /// resting until they are cut off, so sure of it that no gradient gets them out.
  @Test func thePlainPolicyGradientFallsWherePPOHolds() throws {
    let common = [
      ("batch_size", "4"), ("num_mini_batches", "1"), ("num_ppo_epochs", "30"), ("num_total_batches", "4"),
      ("optim", "sgd"), ("learning_rate", "10"), ("max_grad_norm", "none"), ("loss_agg_mode", "token-mean"),
      ("entropy_coef", "0"), ("gamma", "1"),
    ]
    let criticised = [("truncation", "terminate"), ("vf_coef", "0.02"), ("whiten_advantages", "false")]
    var (clipped, plain): ([Double], [Double]) = ([], [])
    var start = 0.0
    for seed in UInt64(0)..<8 {
      let ppo = Self.series(
        .exactReturn, in: try Self.scenario("ppo-classic", common + criticised, seed: seed).record())
      let reinforce = Self.series(.exactReturn, in: try Self.reinforce(common, seed: seed).record())
      #expect(ppo[0] == reinforce[0])
      start = ppo[0]
      clipped.append(ppo[ppo.count - 1])
      plain.append(reinforce[reinforce.count - 1])
    }
    #expect(clipped.allSatisfy { $0 > start }, "\(clipped)")
    #expect(plain.count { $0 < start - 0.5 } >= 2, "\(plain)")
    #expect(clipped.reduce(0, +) > plain.reduce(0, +) + 1)
  }

  @Test func aSmallStepOnFreshSamplesRaisesTheReward() throws {
    let trace = try Self.scenario("reinforce", [("num_total_batches", "10"), ("batch_size", "32")]).record()
    let rewards = Self.series(.exactReward, in: trace)
    #expect(try #require(rewards.last) > rewards[0] + 0.3)
  }

  // MARK: Files and what-ifs

  @Test func statesCanBeForced() throws {
    let scenario = try Self.scenario()
    let trace = scenario.record(overrides: [Override(key: TermKey(.state, 0, 1), occurrence: 0, value: 5)])
    let beat = try #require(trace.stages.first { $0.name == "values" }).beats.lowerBound
    #expect(trace.value(.isComplete, 0, at: beat) == 1)
    #expect(trace.value(.reward, 0, 1, at: beat) == nil)
  }

  @Test func scenariosOfActionsReadBackAsThemselves() throws {
    for scenario in [try Self.scenario(), try Self.reinforce([])] {
      let document = try YAMLReader.read(ScenarioYAML.text(scenario))
      #expect(try Scenario(document, name: scenario.name) == scenario)
    }
  }

  @Test(arguments: [
    ("probability: 0.8, reward", "probability: 0.7, reward", "climb in camp must add up to 1, not 0.9000"),
    ("next: hut", "next: hat", "'hat' is not a next state"),
    ("start: [camp]", "start: [hut]", "'hut' is not a state to start from"),
    ("step_limit: 8", "step_limit: 0", "step_limit must be from 1 to 64"),
    ("terminal: [hut, gorge]", "terminal: [hut, gorge, camp]", "'camp' is among the states too"),
    ("  actions: [climb, walk, rest]", "  actions: [climb, walk]", "'rest' is not an action"),
    ("algorithm: ppo-classic", "algorithm: ppo", "unknown key 'truncation' in options"),
    ("truncation: bootstrap", "truncation: maybe", "truncation must be one of bootstrap, terminate"),
  ])
  func mistakesInAWorldAreNamed(part: String, replacement: String, message: String) throws {
    let text = ScenarioYAML.text(try Self.scenario()).replacing(part, with: replacement, maxReplacements: 1)
    let document = try YAMLReader.read(text)
    let error = try #require(throws: DocumentError.self) { try Scenario(document, name: "mine") }
    #expect(error.message.contains(message), "\(error)")
  }

  @Test func whatNeverEndsNeedsADiscount() throws {
    var process = DecisionProcess.mountainPath
    process.outcomes[3] = process.actions.map { _ in [.init(next: 3, probability: 1, reward: 0)] }
    var scenario = try Self.scenario(options: [("gamma", "1")])
    #expect(scenario.problem == nil)
    scenario.surroundings = .decisions(process)
    #expect(scenario.problem?.contains("from ledge no terminal state can be reached") == true)
    try scenario.settings.set("truncation", to: "terminate", for: .classicPPO)
    #expect(scenario.problem == nil)
  }
}

extension DecisionTests {
  static func scenario(options: [(String, String)]) throws -> Scenario { try scenario("ppo-classic", options) }
}

extension Trace {
  /// The parameters' terms as of a beat.
  fileprivate func tableTerms(at beat: Int) -> [Int] {
    var terms: [Int] = []
    for a in 0..<8 {
      for b in 0..<8 { if let term = term(TermKey(.policyLogit, a, b), at: beat) { terms.append(term) } }
      if let term = term(TermKey(.criticValue, a), at: beat) { terms.append(term) }
    }
    return terms
  }

  /// The values of a sequence in an iteration; of longer ones before it, none.
  fileprivate func latest(_ quantity: Quantity, _ i: Int, in loops: LoopPosition, at beat: Int) -> [Double] {
    var values: [Double] = []
    while let term = term(TermKey(quantity, i, values.count), at: beat),
      stage(ofBeat: terms[term].beat).loops.iteration == loops.iteration
    {
      values.append(value(term))
    }
    return values
  }
}
