import Autodiff
import Documents
import Foundation
import Objectives
import Recording
import Testing

@testable import Simulation

/// DPO on pairs that the policy samples itself: TRL's numbers, exact enumeration, and what is true of a whole run.
@Suite struct OnlineDPOTests {
  private static func scenario(_ options: [(String, String)] = [], seed: UInt64 = 7) throws -> Scenario {
    try DPOSimulationTests.scenario("online-dpo", options, seed: seed)
  }

  // MARK: - TRL

  /// A case of the oracle, by `Tests/Interop/online_dpo_oracles.py`.
  struct Case: Decodable {
    let lossType: String
    let beta: Double
    let missingEosPenalty: Double?
    let logps, refLogps: [[Double]]
    let scores: [Double]
    let ended: [Bool]
    let loss: Double
    let gradient: [[Double]]
    let metrics: [String: Double]

    static func all() throws -> [Case] {
      let file = try #require(Oracle.directory).appending(path: "online-dpo.json")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode([Case].self, from: Data(contentsOf: file))
    }
  }

  @Test(arguments: 0..<8)
  func choicesLossesGradientsAndMetricsAreThoseOfTRL(number: Int) throws {
    let cases = try Case.all()
    #expect(cases.count == 8)
    let example = cases[number]
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice(example.lossType))
    try settings.set(.preferenceBeta, to: .number(example.beta))
    try settings.set(.ipoAverage, to: .choice("sum"))
    try settings.set(.missingEOSPenalty, to: example.missingEosPenalty.map { .number($0) } ?? .none)
    let trace = Trace(glossary: Glossary(vocabulary: ["x"], algorithm: .onlineDPO, settings: settings))
    let tape = trace.tape
    let judged = sampledPreferences(
      example.scores.map { tape.leaf($0) }, hasEOS: example.ended, settings: settings, observer: trace)
    let logps = example.logps.map { $0.map { tape.leaf($0) } }
    let references = example.refLogps.map { $0.map { tape.leaf($0) } }
    let pairs = judged.preferences.enumerated().map { i, preference in
      var pair = PreferencePair(
        index: i, chosenLogp: logps[preference.chosen], rejectedLogp: logps[preference.rejected],
        chosenRefLogp: references[preference.chosen], rejectedRefLogp: references[preference.rejected])
      pair.scores = (judged.scores[preference.chosen], judged.scores[preference.rejected])
      return pair
    }
    let loss = preferencePolicyLoss(pairs, settings: settings, observer: trace)
    #expect(abs(loss.loss.value - example.loss) < 1e-12)
    let gradient = tape.gradient(of: loss.loss)
    for (mine, theirs) in zip(logps, example.gradient) {
      #expect(zip(mine, theirs).allSatisfy { abs(gradient[$0] - $1) < 1e-12 })
    }
    recordPreferenceMetrics(loss, observer: trace)
    let end = trace.beats.count - 1
    var compared = 0
    for metric in Metric.allCases {
      guard let expected = example.metrics[metric.name] else { continue }
      #expect(abs(try #require(trace.value(.metric, metric.rawValue, at: end)) - expected) < 1e-7, "\(metric.name)")
      compared += 1
    }
    // All that TRL logs but val/contain_eos_token, which is no number of a pair.
    #expect(compared == example.metrics.count - 1)
  }

  // MARK: - Who is chosen

  @Test func thePreferredResponseScoresMoreOrIsTheFirstOfEquals() throws {
    let scenario = try Self.scenario([("missing_eos_penalty", "0.5"), ("num_total_batches", "12")])
    let trace = scenario.record()
    var (compared, ties, second) = (0, 0, 0)
    for term in trace.terms.indices where trace.quantity(of: term) == .chosenResponse {
      let (pair, beat) = (trace.terms[term].key.i, trace.terms[term].beat)
      let count = trace.prompts.count / 2
      func score(_ i: Int) throws -> Double {
        let words = trace.sampledWords(.token, i, at: beat)
        return try #require(trace.value(.score, i, at: beat)) - (words.last == "<eos>" ? 0 : 0.5)
      }
      let (first, other) = (try score(pair), try score(pair + count))
      #expect(trace.prompts[pair] == trace.prompts[pair + count])
      #expect(trace.value(term) == Double(first >= other ? pair : pair + count))
      let lead = try #require(trace.value(.scoreMargin, pair, at: beat))
      #expect(abs(lead - abs(first - other)) < 1e-12)
      compared += 1
      ties += first == other ? 1 : 0
      second += first < other ? 1 : 0
    }
    #expect(compared == 48 && ties > 0 && second > 0)
  }

  @Test func aWhatIfTurnsAPairRound() throws {
    let scenario = try Self.scenario([("num_total_batches", "1")])
    let trace = scenario.record()
    let end = trace.beats.count - 1
    let (chosen, rejected) = (
      try #require(trace.value(.chosenResponse, 1, at: end)), try #require(trace.value(.rejectedResponse, 1, at: end))
    )
    let turned = scenario.record(
      overrides: [Override(key: TermKey(.chosenResponse, 1), occurrence: 0, value: rejected)])
    #expect(turned.value(.chosenResponse, 1, at: end) == rejected)
    #expect(turned.value(.rejectedResponse, 1, at: end) == chosen)
    let (lead, other) = (trace.value(.scoreMargin, 1, at: end) ?? 0, turned.value(.scoreMargin, 1, at: end) ?? 0)
    #expect(lead > 0 && other == -lead)
    #expect(
      turned.words(ofPair: 1, isRejected: false, at: end) == trace.words(ofPair: 1, isRejected: true, at: end))
  }

  /// A pair of twice the same response: its log-ratios cancel, whatever the loss makes of their difference.
  @Test(arguments: ["sigmoid", "ipo", "hinge"])
  func equalResponsesTeachNothing(loss: String) throws {
    var found = 0
    for seed: UInt64 in 1...6 {
      let trace = try Self.scenario([("loss_type", loss), ("batch_size", "32")], seed: seed).record()
      for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
        let beat = trace.terms[update.term].beat
        for pair in 0..<trace.pairCount(at: beat) {
          let chosen = trace.words(ofPair: pair, isRejected: false, at: beat) ?? []
          guard chosen == trace.words(ofPair: pair, isRejected: true, at: beat) else { continue }
          found += 1
          for t in chosen.indices {
            func gradient(_ quantity: Quantity) throws -> Double {
              update.gradient[trace.scalar(try #require(trace.term(TermKey(quantity, pair, t), at: beat)))]
            }
            #expect(try gradient(.chosenLogp) == -gradient(.rejectedLogp))
          }
        }
      }
    }
    #expect(found > 10)
  }

  // MARK: - Enumeration

  /// The first step's gradient is on average the exact one, over every pair of responses that the policy can write.
  @Test func theGradientIsOnAverageThatOfAllPairs() throws {
    let options = [
      ("response_length", "2"), ("batch_size", "256"), ("num_total_batches", "1"), ("max_grad_norm", "none"),
    ]
    let scenario = try Self.scenario(options)
    let first = scenario.record()
    let exact = try Self.exactGradient(of: first, in: scenario)
    var sums = exact.map { $0.map { _ in (sum: 0.0, squares: 0.0) } }
    let runs = 40
    for seed in 1...UInt64(runs) {
      let trace = try Self.scenario(options, seed: seed).record()
      let update = try #require(trace.differentiations.last { trace.quantity(of: $0.term) == .loss })
      let beat = trace.terms[update.term].beat
      for a in exact.indices {
        for b in exact[a].indices {
          let term = try #require(trace.term(TermKey(.policyLogit, a, b), at: beat))
          let gradient = update.gradient[trace.scalar(term)]
          sums[a][b].sum += gradient
          sums[a][b].squares += gradient * gradient
        }
      }
    }
    var large = 0
    for a in exact.indices {
      for b in exact[a].indices {
        let mean = sums[a][b].sum / Double(runs)
        let variance = max(0, sums[a][b].squares / Double(runs) - mean * mean)
        let error = (variance / Double(runs - 1)).squareRoot()
        #expect(abs(mean - exact[a][b]) < 5 * error + 1e-9, "\(a) \(b): \(mean) ± \(error), exactly \(exact[a][b])")
        if abs(exact[a][b]) > 10 * error { large += 1 }
      }
    }
    #expect(large >= 5)
  }

  /// `−β/2 Σ π(y) π(y') (∇ log π(y_w) − ∇ log π(y_l))`, the mean over the prompts: where the policy is the reference, every margin
  /// is 0 and σ(−margin) one half.
  private static func exactGradient(of trace: Trace, in scenario: Scenario) throws -> [[Double]] {
    let start = try #require(trace.stages.first { $0.name == Stage.rollout.name }).beats.lowerBound
    let world = scenario.world
    let words = world.vocabulary.indices
    let weights = try words.map { try #require(trace.value(.rewardWeight, $0, at: start)) }
    let probabilities = try words.dropLast().map { a in
      let row = try words.map { Elementary.exp(try #require(trace.value(.policyLogit, a, $0, at: start))) }
      return row.map { $0 / row.reduce(0, +) }
    }
    var gradient = probabilities.map { $0.map { _ in 0.0 } }
    for prompt in world.prompts {
      var responses: [(tokens: [Int], states: [Int], p: Double, score: Double)] = []
      let last = prompt[prompt.count - 1]
      for a in words {
        let p = probabilities[last][a]
        if a == world.eos {
          responses.append(([a], [last], p, weights[a]))
        } else {
          for b in words { responses.append(([a, b], [last, a], p * probabilities[a][b], weights[a] + weights[b])) }
        }
      }
      #expect(responses.count == 57)
      func add(_ i: Int, _ factor: Double) {
        for (state, token) in zip(responses[i].states, responses[i].tokens) {
          for c in words { gradient[state][c] += factor * ((c == token ? 1 : 0) - probabilities[state][c]) }
        }
      }
      let weight = scenario.settings.number(.preferenceBeta) / 2 / Double(world.prompts.count)
      for i in responses.indices {
        for j in responses.indices {
          let isFirst = responses[i].score >= responses[j].score
          let p = responses[i].p * responses[j].p * weight
          add(isFirst ? i : j, -p)
          add(isFirst ? j : i, p)
        }
      }
    }
    return gradient
  }

  // MARK: - Whole runs

  private static let variations: [[(String, String)]] = [
    [], [("loss_type", "ipo")], [("loss_type", "ipo"), ("ipo_agg_mode", "sum")], [("missing_eos_penalty", "1")],
    [("num_ppo_epochs", "2"), ("num_mini_batches", "2")], [("loss_type", "simpo")], [("use_weighting", "true")],
  ]

  @Test(arguments: variations.indices)
  func everyLogitsGradientIsACentralDifference(number: Int) throws {
    let trace = try Self.scenario(Self.variations[number] + [("num_total_batches", "2")], seed: UInt64(number)).record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      for a in 1..<7 {
        for b in 0..<8 {
          let term = try #require(trace.term(TermKey(.policyLogit, a, b), at: beat))
          let gradient = update.gradient[trace.scalar(term)]
          let check = trace.finiteDifference(of: update.term, by: term)
          #expect(abs(gradient - check.derivative) <= 1e-6 * max(abs(gradient), 1e-3), "\(trace.text(term))")
          checked += 1
        }
      }
    }
    #expect(checked >= 2 * 48)
  }

  /// What the reward model likes is written more often, with any of the losses.
  @Test(arguments: ["sigmoid", "ipo", "hinge"])
  func theExpectedScoreRises(loss: String) throws {
    for seed: UInt64 in 1...3 {
      let trace = try Self.scenario([("loss_type", loss), ("batch_size", "16")], seed: seed).record()
      let (scores, kl) = (
        DPOSimulationTests.series(.exactReward, in: trace), DPOSimulationTests.series(.exactKL, in: trace)
      )
      #expect(scores.count == 7)
      #expect(try #require(scores.last) > scores[0] + 0.2, "\(scores)")
      #expect(kl[0] < 1e-12 && kl[kl.count - 1] > 0.01)
    }
  }

  /// The pairs of a step, written down as a trainer would, have the same loss and metrics when they are replayed.
  @Test(arguments: variations.indices)
  func aReplayedStepHasTheSameLoss(number: Int) throws {
    let scenario = try Self.scenario(Self.variations[number])
    let trace = scenario.record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      let loops = trace.stage(ofBeat: beat).loops
      func row(_ quantity: Quantity, _ i: Int) -> [Double] { trace.row(quantity, i, ofIterationAt: beat) }
      let members = (0..<trace.pairCount(at: beat)).filter { i in
        trace.term(TermKey(.pairLoss, i), at: beat).map { trace.stage(ofBeat: trace.terms[$0].beat).loops == loops }
          ?? false
      }
      let pairs = try members.map { i in
        func response(_ isRejected: Bool) throws -> Batch.PairResponse {
          let number = try #require(trace.value(isRejected ? .rejectedResponse : .chosenResponse, i, at: beat))
          let logp = row(isRejected ? .rejectedLogp : .chosenLogp, i)
          let squares = row(isRejected ? .rejectedCollision : .chosenCollision, i)
          return Batch.PairResponse(
            tokens: try #require(trace.words(ofPair: i, isRejected: isRejected, at: beat)), logp: logp,
            refLogp: row(isRejected ? .rejectedRefLogp : .chosenRefLogp, i),
            logSumSquares: squares.isEmpty ? nil : squares,
            score: trace.value(.adjustedScore, Int(number), at: beat).flatMap { adjusted in
              trace.sampledWords(.token, Int(number), at: beat).last == "<eos>" ? nil : adjusted
            } ?? trace.value(.score, Int(number), at: beat))
        }
        return Batch.Pair(prompt: trace.prompts[i], chosen: try response(false), rejected: try response(true))
      }
      let written = Batch(title: "", settings: scenario.settings, contents: .pairs(pairs)).json
      let batch = try Batch(JSONReader.read(written))
      #expect(batch.json == written)
      let replay = batch.record()
      let end = replay.beats.count - 1
      #expect(abs(try #require(replay.value(.loss, at: end)) - trace.value(update.term)) < 1e-12)
      let logged =
        try #require(
          trace.stages.first { $0.name == Stage.metrics.name && $0.beats.lowerBound > beat }
        ).beats.upperBound - 1
      for metric in [Metric.scores, .scoreMargins, .rewardMargins] {
        let simulated = try #require(trace.value(.metric, metric.rawValue, at: logged))
        let replayed = try #require(replay.value(.metric, metric.rawValue, at: end))
        #expect(abs(replayed - simulated) < 1e-12, "\(metric.name)")
      }
      checked += 1
    }
    #expect(checked >= 6)
  }

  // MARK: - What is refused

  @Test func whatCannotBeIsSaid() throws {
    let odd = #expect(throws: OptionError.self) { try Self.scenario([("batch_size", "7")]) }
    #expect(odd?.message == "batch_size (7) must be even: two responses to a prompt make a pair")
    let batch = """
      {"format": "gradus.batch/1", "algorithm": "dpo", "config": {},
       "pairs": [{"prompt": "p", "chosen": {"tokens": ["a"], "logp": [-1], "ref_logp": [-1], "score": 1},
                  "rejected": {"tokens": ["b"], "logp": [-1], "ref_logp": [-1]}}]}
      """
    let half = #expect(throws: DocumentError.self) { try Batch(JSONReader.read(batch)) }
    #expect(half?.message == "'score' is in 1 of 2 responses; it must be in all or in none")
  }
}
