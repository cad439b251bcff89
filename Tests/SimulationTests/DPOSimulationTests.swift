import Autodiff
import Documents
import Objectives
import Recording
import Testing

@testable import Simulation

@Suite struct DPOSimulationTests {
  static func scenario(
    _ name: String = "dpo", _ options: [(String, String)] = [], seed: UInt64 = 7
  ) throws -> Scenario {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    try source.set(options.map { (name: $0.0, text: $0.1) } + [(name: "seed", text: "\(seed)")])
    guard case .scenario(let scenario) = source else { fatalError() }
    return scenario
  }

  static func series(_ quantity: Quantity, in trace: Trace) -> [Double] {
    trace.occurrences(of: TermKey(quantity)).map { trace.value($0) }
  }

  // MARK: Files

  @Test func aFileMayHaveLists() throws {
    func scenario(_ options: String) throws -> Scenario {
      try Scenario(JSONReader.read(#"{"algorithm": "dpo", "options": {\#(options)}}"#), name: "file")
    }
    let both = try scenario(#""loss_type": ["sigmoid", "sft"], "loss_weights": [1, 0.25]"#)
    #expect(both.settings.choice(.preferenceLoss) == "sigmoid,sft")
    #expect(both.settings.choice(.lossWeights) == "1,0.25")
    #expect(try scenario(#""loss_type": "sigmoid,sft""#).settings.choice(.preferenceLoss) == "sigmoid,sft")
    let error = #expect(throws: DocumentError.self) { try scenario(#""loss_type": ["sigmoid", true]"#) }
    #expect(error?.message == "loss_type may be a list of names or of numbers")
    #expect(throws: DocumentError.self) { try scenario(#""beta": [0.1, 0.2]"#) }
  }

  /// A pair's own margin is in the world, in its YAML and in the numbers.
  @Test func aPairMayHaveAMargin() throws {
    var scenario = try Self.scenario(
      "dpo", [("reward_margin", "0.25"), ("num_train_epochs", "1"), ("batch_size", "8")])
    var world = scenario.world
    world.preferences[1].margin = -0.5
    scenario.surroundings = .language(world)
    let trace = scenario.record()
    let end = trace.beats.count - 1
    for i in world.preferences.indices {
      let lead = try #require(trace.value(.logit, i, at: end))
      // Before the first step every margin is 0.
      #expect(abs(lead + (i == 1 ? -0.5 : 0.25)) < 1e-12)
    }
    #expect(trace.value(.wantedMargin, 1, at: end) == -0.5)
    #expect(trace.value(.wantedMargin, 0, at: end) == nil)
  }

  /// β (l_w − l_l) − γ of means over tokens (Meng et al. 2024, equation 6), written out.
  @Test func simPOComparesMeansOfTokens() throws {
    let scenario = try Self.scenario(
      "dpo",
      [
        ("loss_type", "simpo"), ("beta", "2"), ("simpo_gamma", "1.25"), ("num_train_epochs", "1"), ("batch_size", "8"),
      ])
    let trace = scenario.record()
    let end = trace.beats.count - 1
    func mean(_ quantity: Quantity, _ pair: Int, of count: Int) throws -> Double {
      let logps = try (0..<count).map { try #require(trace.value(quantity, pair, $0, at: end)) }
      return logps.reduce(0, +) / Double(count)
    }
    for (i, pair) in scenario.world.preferences.enumerated() {
      let lead =
        try mean(.chosenLogp, i, of: pair.chosen.count) - mean(.rejectedLogp, i, of: pair.rejected.count)
      let logit = try #require(trace.value(.logit, i, at: end))
      #expect(abs(logit - (2 * lead - 1.25)) < 1e-12)
    }
  }

  // MARK: A reference that follows, and pairs that are weighed

  /// Every second step the reference is 0.7 of itself and 0.3 of the policy, and what it says of the pairs is that.
  @Test func theReferenceFollowsThePolicy() throws {
    let trace = try Self.scenario(
      "dpo",
      [
        ("sync_ref_model", "true"), ("ref_model_sync_steps", "2"), ("ref_model_mixup_alpha", "0.3"),
        ("num_train_epochs", "3"),
      ]
    ).record()
    let syncs = trace.stages.filter { $0.name == Stage.referenceSync.name }
    #expect(syncs.count == 3)
    for stage in syncs {
      for beat in stage.beats {
        for term in trace.beats[beat].terms {
          let key = trace.terms[term].key
          let before = try #require(trace.occurrences(of: key).last { $0 < term })
          let policy = try #require(trace.value(.policyLogit, key.i, key.j, at: beat))
          #expect(abs(trace.value(term) - (0.7 * trace.value(before) + 0.3 * policy)) < 1e-12)
        }
      }
      let asked = try #require(
        trace.stages.first { $0.name == "reference" && $0.beats.lowerBound > stage.beats.lowerBound })
      let beat = asked.beats.upperBound - 1
      // «the film was» is followed by the first pair's first token.
      let row = (0..<8).map { trace.value(.referenceLogit, 2, $0, at: beat) ?? .nan }
      let world = try Self.scenario().world
      let token = world.preferences[0].chosen[0]
      let logp = try #require(trace.value(.chosenRefLogp, 0, 0, at: beat))
      #expect(abs(logp - (row[token] - logSum(row))) < 1e-12)
    }
  }

  @Test func aWeightIsHowLikelyThePolicyFindsBoth() throws {
    let trace = try Self.scenario("dpo", [("use_weighting", "true"), ("num_train_epochs", "2")]).record()
    let weights = trace.terms.indices.filter { trace.quantity(of: $0) == .pairWeight }
    #expect(weights.count == 16)
    for weight in weights {
      let (i, beat) = (trace.terms[weight].key.i, trace.terms[weight].beat)
      func side(_ logp: Quantity, _ squares: Quantity) -> Double {
        var differences: [Double] = []
        while let own = trace.value(logp, i, differences.count, at: beat),
          let square = trace.value(squares, i, differences.count, at: beat)
        {
          // The sum of squares is that of a distribution: the own token's is a part of it.
          #expect(square <= 1e-12 && square >= 2 * own - 1e-12)
          differences.append(own - square)
        }
        return Elementary.exp(differences.reduce(0) { $0 + $1 } / Double(differences.count))
      }
      let expected = side(.chosenLogp, .chosenCollision) * side(.rejectedLogp, .rejectedCollision)
      #expect(abs(trace.value(weight) - expected) < 1e-12)
    }
  }

  // MARK: Gradients

  /// Every member of the family, and what changes how responses are summed or compared.
  static let variations: [[(String, String)]] =
    PreferenceLoss.all.map { [("loss_type", $0.name), ("label_smoothing", $0.name == "sigmoid" ? "0" : "0.1")] }
    + ["forward_kl", "js_divergence", "alpha_divergence"].map { [("f_divergence_type", $0), ("beta", "0.5")] }
    + [
      [("loss_type", "sigmoid,bco_pair,sft"), ("loss_weights", "0.8,0.2,1")], [("reward_margin", "0.5")],
      [("sync_ref_model", "true"), ("ref_model_sync_steps", "1")],
    ]
    + [[("ld_alpha", "0.3")], [("loss_type", "ipo"), ("beta", "0.7"), ("batch_size", "3")]]

  @Test(arguments: variations.indices)
  func everyLogitsGradientIsACentralDifference(number: Int) throws {
    let options = Self.variations[number] + [("num_train_epochs", "2")]
    let trace = try Self.scenario("dpo", options, seed: UInt64(number)).record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      for a in 1..<7 {
        for b in 0..<8 {
          let term = try #require(trace.term(TermKey(.policyLogit, a, b), at: beat))
          let gradient = update.gradient[trace.scalar(term)]
          let check = trace.finiteDifference(of: update.term, by: term)
          let isClose = abs(gradient - check.derivative) <= 1e-6 * max(abs(gradient), 1e-3)
          #expect(isClose, "\(trace.text(term)): \(gradient), not \(check.derivative)")
          checked += 1
        }
      }
    }
    #expect(checked >= 4 * 48)
  }

  /// `∇L = −β mean σ(−margin) (∇ log π(y_w) − ∇ log π(y_l))`, Rafailov et al. 2023, section 4, by hand.
  @Test(arguments: [("0.1", 7), ("0.1", 8), ("1", 9), ("5", 10)] as [(String, UInt64)])
  func theGradientPullsByHowWronglyAPairIsRanked(beta: String, seed: UInt64) throws {
    let scenario = try Self.scenario("dpo", [("beta", beta), ("num_train_epochs", "3")], seed: seed)
    let trace = scenario.record()
    let pairs = scenario.world.preferences
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      let loops = trace.stage(ofBeat: beat).loops
      let members = pairs.indices.filter { i in
        trace.term(TermKey(.margin, i), at: beat).map { trace.stage(ofBeat: trace.terms[$0].beat).loops == loops }
          ?? false
      }
      let logits = try (0..<7).map { a in
        try (0..<8).map { b in try #require(trace.value(.policyLogit, a, b, at: beat)) }
      }
      var expected = logits.map { $0.map { _ in 0.0 } }
      for i in members {
        let margin = try #require(trace.value(.margin, i, at: beat))
        let weight = scenario.settings.number(.preferenceBeta) / (1 + Elementary.exp(margin)) / Double(members.count)
        add(pairs[i].chosen, after: pairs[i].prompt, times: -weight, to: &expected, logits)
        add(pairs[i].rejected, after: pairs[i].prompt, times: weight, to: &expected, logits)
      }
      for a in 0..<7 {
        for b in 0..<8 {
          let term = try #require(trace.term(TermKey(.policyLogit, a, b), at: beat))
          #expect(abs(update.gradient[trace.scalar(term)] - expected[a][b]) < 1e-14)
          checked += 1
        }
      }
    }
    #expect(checked == 6 * 56)
  }

  /// `∂ log π(b|a) / ∂ θ_ac = [b = c] − π(c|a)`.
  private func add(
    _ response: [Int], after prompt: [Int], times factor: Double, to gradient: inout [[Double]], _ logits: [[Double]]
  ) {
    for (a, b) in zip([prompt[prompt.count - 1]] + response, response) {
      let total = logits[a].reduce(0) { $0 + Elementary.exp($1) }
      for c in 0..<8 { gradient[a][c] += factor * ((b == c ? 1 : 0) - Elementary.exp(logits[a][c]) / total) }
    }
  }

  // MARK: What is known of DPO

  @Test(arguments: ["sigmoid", "sigmoid_norm", "cdpo"], [UInt64(1), 2])
  func theLossStartsAtLogTwo(loss: String, seed: UInt64) throws {
    let trace = try Self.scenario("dpo", [("loss_type", loss)], seed: seed).record()
    #expect(abs(try #require(Self.series(.loss, in: trace).first) - Elementary.log(2)) < 1e-15)
    #expect(Self.series(.exactKL, in: trace)[0] == 0)
    #expect(trace.value(.metric, Metric.rewardAccuracies.rawValue, at: trace.beats.count - 1) == 1)
    let first = trace.occurrences(of: TermKey(.metric, Metric.rewardAccuracies.rawValue))[0]
    #expect(trace.value(first) == 0)
  }

  /// After as many steps, and where the loss has a minimum at its end, a larger beta is nearer to the reference.
  @Test(
    arguments: [
      [], [("num_train_epochs", "30")],
      [("loss_type", "cdpo"), ("label_smoothing", "0.1"), ("num_train_epochs", "60"), ("batch_size", "8")],
    ] as [[(String, String)]])
  func aLargeBetaKeepsThePolicyCloser(options: [(String, String)]) throws {
    for seed in UInt64(0)..<2 {
      let distances = try ["0.1", "1", "2", "5"].map { beta in
        let trace = try Self.scenario("dpo", options + [("beta", beta)], seed: seed).record()
        return try #require(Self.series(.exactKL, in: trace).last)
      }
      for (smaller, larger) in zip(distances, distances.dropFirst()) { #expect(larger < smaller, "\(distances)") }
      #expect(distances[3] < distances[0] / 1.2)
    }
  }

  /// What surprises people most: the margin grows and every pair is ranked rightly, while both responses become rarer.
  @Test(arguments: [UInt64(7), 8, 9])
  func theChosenResponsesBecomeLessLikely(seed: UInt64) throws {
    let trace = try Self.scenario(seed: seed).record()
    let chosen = Self.series(.meanChosenLogp, in: trace)
    let margin = Self.series(.meanMargin, in: trace)
    #expect(chosen.count == 21)
    #expect(try #require(chosen.max()) > chosen[0] + 0.4)
    #expect(chosen[20] < chosen[0] - 0.3)
    for (earlier, later) in zip(margin, margin.dropFirst()) { #expect(later > earlier) }
    #expect(Self.series(.pairAccuracy, in: trace)[20] == 1)
    #expect(try #require(Self.series(.loss, in: trace).last) < 0.4)
  }

  /// Where people prefer one response in three of four cases, `β (s_w − s_l)` becomes log 3: the reward that is implied,
  /// and with it `π ∝ π_ref e^(r/β)` (Rafailov et al. 2023, equations 4 and 5).
  @Test(arguments: ["0.1", "1"])
  func theMarginBecomesTheLogOddsOfThePreference(beta: String) throws {
    var scenario = try Self.scenario(
      "dpo", [("beta", beta), ("num_train_epochs", "150"), ("batch_size", "32"), ("learning_rate", "0.1")])
    let (great, fine, awful) = ([3, 7], [4, 7], [5, 7])
    func pair(_ chosen: [Int], _ rejected: [Int], _ count: Int) -> [World.Preference] {
      Array(repeating: World.Preference(prompt: [0, 1, 2], chosen: chosen, rejected: rejected), count: count)
    }
    // Rewards log 3, 0 and −log 2: odds 3 : 1, 2 : 1 and 6 : 1.
    scenario.world.preferences =
      pair(great, fine, 6) + pair(fine, great, 2) + pair(fine, awful, 4) + pair(awful, fine, 2)
      + pair(great, awful, 6) + pair(awful, great, 1)
    let trace = scenario.record()
    let last = trace.beats.count - 1
    for (i, odds) in [(0, 3.0), (8, 2), (14, 6)] {
      let margin = try #require(trace.value(.margin, i, at: last))
      #expect(abs(margin - Elementary.log(odds)) < 2e-3, "\(margin)")
    }
  }

  // MARK: Exact values

  @Test func theExactKLIsTheSumOverAllResponses() throws {
    let trace = try Self.scenario("dpo", [("response_length", "3")]).record()
    let last = trace.beats.count - 1
    let tape = Tape()
    func table(_ quantity: Quantity) throws -> [[Double]] {
      let logits = try (0..<7).map { a in
        try (0..<8).map { b in tape.leaf(try #require(trace.value(quantity, a, b, at: last))) }
      }
      return TabularPolicy(logits: logits, on: tape).table
    }
    let (policy, reference) = (try table(.policyLogit), try table(.referenceLogit))
    func sum(_ tokens: [Int], _ logp: Double, _ difference: Double) -> Double {
      if tokens.count == 4 || tokens[tokens.count - 1] == 7 { return Elementary.exp(logp) * difference }
      let a = tokens[tokens.count - 1]
      return (0..<8).reduce(0) { total, b in
        total + sum(tokens + [b], logp + policy[a][b], difference + policy[a][b] - reference[a][b])
      }
    }
    let expected = (sum([2], 0, 0) + sum([1], 0, 0)) / 2
    #expect(abs(try #require(trace.value(.exactKL, at: last)) - expected) < 1e-12)
    #expect(expected > 0.5)
  }

  @Test func unseenResponsesHaveTheRest() throws {
    let trace = try Self.scenario("dpo", [("num_train_epochs", "1"), ("learning_rate", "0")]).record()
    func seen(_ pairs: [(Quantity, Int)]) throws -> Double {
      try pairs.reduce(0) { total, pair in
        total + Elementary.exp(try #require(trace.value(pair.0, pair.1, at: trace.beats.count - 1)))
      }
    }
    let short = try seen([
      (.chosenResponseLogp, 0), (.rejectedResponseLogp, 0), (.chosenResponseLogp, 2), (.chosenResponseLogp, 3),
      (.rejectedResponseLogp, 4), (.chosenResponseLogp, 5),
    ])
    let long = try seen([
      (.chosenResponseLogp, 6), (.rejectedResponseLogp, 6), (.chosenResponseLogp, 7), (.rejectedResponseLogp, 7),
    ])
    let unseen = try #require(Self.series(.unseenProbability, in: trace).first)
    #expect(abs(unseen - (1 - short + 1 - long) / 2) < 1e-12)
  }

  // MARK: Options and what-ifs

  @Test func everyEpochSeesEveryPairOnce() throws {
    let trace = try Self.scenario("dpo", [("batch_size", "3"), ("num_train_epochs", "4")]).record()
    for i in 0..<8 { #expect(trace.occurrences(of: TermKey(.margin, i)).count == 4) }
    #expect(trace.differentiations.count { trace.quantity(of: $0.term) == .loss } == 12)
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() throws {
    #expect(throws: OptionError.self) { try Self.scenario("dpo", [("loss_type", "exo_pair")]) }
    #expect(throws: OptionError.self) {
      try Self.scenario("dpo", [("loss_type", "robust"), ("label_smoothing", "0.5")])
    }
    #expect(throws: OptionError.self) { try Self.scenario("dpo", [("num_train_epochs", "1000"), ("batch_size", "1")]) }
    #expect(throws: OptionError.self) { try Self.scenario("dpo", [("kl_coef", "0.1")]) }
    #expect(throws: OptionError.self) { try Self.scenario("sft", [("beta", "0.1")]) }
  }

  @Test func aPairsNumbersCanBeSet() throws {
    let key = TermKey(.chosenRefLogp, 1, 0)
    let scenario = try Self.scenario()
    let before = scenario.record()
    let after = scenario.record(overrides: [Override(key: key, occurrence: 0, value: -3)])
    #expect(after.terms[after.occurrences(of: key)[0]].computedNode != nil)
    #expect(Self.series(.loss, in: before).last != Self.series(.loss, in: after).last)
  }

  /// The gradient's weight is what multiplies it, with labels that may be wrong too.
  @Test(arguments: [
    ["loss_type=sigmoid"], ["loss_type=cdpo"], ["loss_type=robust"], ["loss_type=sigmoid", "reward_margin=1"],
    ["loss_type=sigmoid", "use_weighting=true"], ["loss_type=robust", "use_weighting=true"],
    ["loss_type=simpo", "simpo_gamma=5"],
  ])
  func theGradientWeightIsMinusTheDerivativeByTheMargin(options: [String]) throws {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == "dpo" }))
    let settings = (options + ["label_smoothing=0.2"]).map { $0.split(separator: "=").map { String($0) } }
    try source.set(settings.map { (name: $0[0], text: $0[1]) })
    let trace = source.record()
    let weights = trace.terms.indices.filter { trace.quantity(of: $0) == .gradientWeight }
    #expect(!weights.isEmpty)
    for weight in weights {
      let (key, beat) = (trace.terms[weight].key, trace.terms[weight].beat)
      let pairLoss = try #require(trace.occurrences(of: TermKey(.pairLoss, key.i)).first { $0 > weight })
      let margin = try #require(trace.term(TermKey(.margin, key.i), at: beat))
      let logit = trace.term(TermKey(.logit, key.i), at: beat) ?? margin
      let derivative = trace.tape.gradient(of: trace.scalar(pairLoss))[trace.scalar(logit)]
      #expect(abs(trace.value(weight) + derivative) < 1e-15)
      // However far it is to lead, the better one is the one that is likelier.
      let sure = try #require(trace.value(.chosenProbability, key.i, at: beat))
      #expect(sure == Elementary.sigmoid(trace.value(margin)))
    }
  }

  /// A pair's own margin is no number of a loss that has no use for it.
  @Test(arguments: PreferenceLoss.all.map { $0.name })
  func wantedMarginsAreRecordedWhereTheyCount(loss: String) throws {
    var scenario = try #require(Scenario.builtIn.first { $0.name == "dpo" })
    var world = scenario.world
    world.preferences[0].margin = 3
    scenario.surroundings = .language(world)
    var source = Source.scenario(scenario)
    try source.set([(name: "loss_type", text: loss), (name: "label_smoothing", text: "0.1")])
    let trace = source.record()
    let isWanted = trace.isRecorded(.wantedMargin)
    let hasEffect = trace.terms.indices.contains { term in
      trace.quantity(of: term) == .wantedMargin
        && trace.differentiations.contains { $0.gradient[trace.scalar(term)] != 0 }
    }
    #expect(isWanted == hasEffect)
    #expect(isWanted == ["sigmoid", "cdpo", "robust", "hinge", "exo_pair", "discopop"].contains(loss))
  }
}
