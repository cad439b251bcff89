import Documents
import Objectives
import Recording
import Simulation
import Testing

@testable import Diagnosis

/// Further batches of today's trainers with one thing wrong, or only rounded; and the same as it should be.
@Suite struct StepSituationTests: Situations {
  /// Half precision rounds up and down; a temperature in one of the two moves likely tokens up and unlikely ones down.
  @Test func roundingAtTheFirstStepIsHarmless() throws {
    let rounded = try findings(answers(moved: 0.012), step: 1).first { $0.name == "early-ratio" }
    #expect(rounded?.verdict == .harmless && rounded?.title.contains("rounding") == true)
    func moved(_ change: @escaping (Double, inout Dice) -> Double) throws -> Finding.Verdict? {
      try findings(
        answers { _, answer, dice in answer.logp = answer.oldLogp.map { min(-1e-6, change($0, &dice)) } }, step: 1
      ).first { $0.name == "early-ratio" }?.verdict
    }
    #expect(try moved { old, _ in 1.06 * old } == .bug)
    #expect(try moved { old, dice in old - 0.02 * dice.roll() - 0.005 } == .bug)
    #expect(try moved { old, dice in old + 0.1 * dice.normal() } == .bug)
    #expect(try moved { old, _ in old } == nil)
  }

  /// Which tokens differ says what was computed otherwise.
  @Test func mostTokensAreTheSameToTheLastBit() throws {
    func found(_ isOther: @escaping (Int, Int) -> Bool) throws -> Finding? {
      try findings(
        answers(moved: 0) { i, answer, dice in
          for t in answer.logp.indices where isOther(i, t) { answer.logp[t] = min(-1e-6, answer.logp[t] - dice.roll()) }
        }, step: 1
      ).first { $0.name == "early-ratio" }
    }
    let rows = try found { i, _ in i % 2 == 1 }
    #expect(
      rows?.explanation.hasSuffix("to the last bit in 16 of 32 responses, and differ throughout the others.") == true)
    let tokens = try found { i, t in (i + t) % 40 == 0 }
    #expect(tokens?.explanation.contains("equal to the last bit at ") == true)
    #expect(tokens?.advice.contains("router") == true)
    #expect(try found { _, _ in true }?.explanation.contains("last bit") == false)
  }

  /// Two forward passes in half precision never agree to the bit, whatever is or is not learned.
  @Test func marginsThatAreRounding() throws {
    func batch(_ size: Double, step: Int) throws -> [String] {
      try names(
        pairs { _, dice in (ratios(30, 0, &dice).map { size * $0 }, ratios(30, 0, &dice).map { size * $0 }) },
        step: step)
    }
    #expect(try batch(0.3, step: 300) == ["stuck-margin"])
    #expect(try batch(0.3, step: 20).isEmpty)
    #expect(try batch(30, step: 300) != ["stuck-margin"])
  }

  /// Of four pairs the mean says little.
  @Test func fewPairsFallByChance() throws {
    func batch(_ chosen: [Double]) throws -> [String] {
      var rest = chosen
      guard
        case .pairs(let all) = pairs({ _, dice in
          let mean = rest.isEmpty ? 0 : rest.removeFirst()
          return (ratios(20, mean, &dice), ratios(20, mean - 0.1, &dice))
        })
      else { return [] }
      return try names(.pairs(Array(all.prefix(chosen.count))))
    }
    #expect(try !batch([0.05, -0.12, 0.04, -0.02]).contains("chosen-falling"))
    #expect(try batch([-0.09, -0.1, -0.11, -0.1]).contains("chosen-falling"))
  }

  /// A harmless remark comes last, and one group in a few that teaches nothing is one.
  @Test func whatIsHarmlessComesLast() throws {
    func flat(_ count: Int) -> Batch.Contents {
      answers(groups: 8) { i, answer, _ in answer.reward = i / 4 < count ? 1 : Double(i % 2) }
    }
    #expect(try findings(flat(1)).first { $0.name == "flat-groups" }?.verdict == .harmless)
    #expect(try findings(flat(5)).first { $0.name == "flat-groups" }?.verdict == .caution)
    let all = try findings(
      answers(groups: 8) { i, answer, dice in
        answer.reward = i < 4 ? 1 : Double(i % 2)
        answer.samplingLogp = answer.oldLogp.map { min(-1e-6, $0 - 0.5 * dice.roll()) }
      })
    #expect(
      all.map { $0.name }.filter { ["sampler-drift", "flat-groups"].contains($0) } == ["sampler-drift", "flat-groups"])
  }

  @Test func everyAnswerAGroupOfItsOwn() throws {
    #expect(try names(answers(groups: 32)).first == "mixed-groups")
    #expect(
      try !names(answers(groups: 32) { i, answer, _ in answer.prompt = "question \(i)" }).contains("mixed-groups"))
  }

  /// Several rewards are examined as the one that they come to.
  @Test func lengthsThatDecideAmongSeveralRewards() throws {
    guard case .groups(var batch) = answers(groups: 4) else { return }
    batch.rewardNames = ["correct", "length"]
    for i in batch.sequences.indices {
      batch.sequences[i].rewards = [Double(i % 2), -Double(batch.sequences[i].tokens.count)]
      batch.sequences[i].reward = 0
    }
    #expect(try names(.groups(batch)).contains("length-bias"))
  }

  @Test func aReferenceThatIsRounded() throws {
    func batch(_ distance: @escaping (Double, inout Dice) -> Double) throws -> [String] {
      try names(
        answers(moved: 0) { _, answer, dice in
          answer.refLogp = answer.logp.map { min(-1e-6, $0 + distance($0, &dice)) }
        }, step: 1, [("beta", "0.04"), ("kl_estimator", "k1")])
    }
    #expect(try !batch { _, dice in 0.01 * dice.normal() }.contains("first-reference"))
    #expect(try batch { logp, _ in 0.2 * logp }.contains("first-reference"))
  }

  private func pairs(
    _ change: (Int, inout Dice) -> (chosen: [Double], rejected: [Double])
  ) -> Batch.Contents {
    var dice = Dice()
    return .pairs(
      (0..<16).map { i in
        let pair = change(i, &dice)
        func response(_ name: String, _ ratios: [Double]) -> Batch.PairResponse {
          let logp = ratios.map { _ in dice.logp() - 0.5 }
          return .init(
            tokens: ratios.indices.map { "\(name)\(i)-\($0)" }, logp: zip(logp, ratios).map { $0 + $1 }, refLogp: logp)
        }
        return Batch.Pair(
          prompt: "p\(i)", chosen: response("c", pair.chosen), rejected: response("r", pair.rejected))
      })
  }

  private func ratios(_ count: Int, _ mean: Double, _ dice: inout Dice) -> [Double] {
    (0..<count).map { _ in mean + 0.01 * dice.normal() }
  }

  @Test func chosenAnswersFallByMoreThanNoise() throws {
    let noise = pairs { _, dice in (ratios(60, -0.0004, &dice), ratios(60, 0, &dice)) }
    let falling = pairs { _, dice in (ratios(60, -0.02, &dice), ratios(60, -0.03, &dice)) }
    for step in [1, 40] { #expect(try !names(noise, step: step).contains("chosen-falling")) }
    #expect(try names(falling).contains("chosen-falling"))
    #expect(try !names(falling, step: 1).contains("chosen-falling"))
  }

  /// Every token has become less likely by as much: the longer response has lost more.
  @Test func lengthsThatDecide() throws {
    let behind = pairs { _, dice in (ratios(150, -0.1, &dice), ratios(15, -0.1, &dice)) }
    let found = try findings(behind).filter { $0.verdict != .harmless }
    #expect(found.map { $0.name } == ["length-bias"])
    #expect(found[0].explanation.contains("lie behind by their length"))
    let swapped = pairs { _, dice in (ratios(50, -0.1, &dice), ratios(40, 0.1, &dice)) }
    #expect(try names(swapped).contains("inverted-labels"))
    let healthy = pairs { _, dice in (ratios(80, 0.01, &dice), ratios(40, -0.03, &dice)) }
    #expect(try names(healthy).isEmpty)
  }

  /// Lengths in the log are of what the policy wrote.
  @Test func lengthsInTheLogAreWithoutTools() throws {
    var written = 0
    let batch = answers { _, answer, _ in
      answer.lossMask = answer.tokens.indices.map { !(5..<15).contains($0) }
      written += answer.tokens.count - 10
    }
    func logged(_ length: Double) throws -> [String] {
      try names(batch, logged: [.init(.completionMeanLength, length)])
    }
    #expect(try logged(Double(written) / 32).isEmpty)
    #expect(try logged(Double(written) / 32 + 10) == ["logged-metric"])
  }

  /// TRL logs the mean of the groups' deviations, others that of the batch.
  @Test func rewardStdHasTwoMeanings() throws {
    guard case .groups(let batch) = answers() else { return }
    let groups = (0..<4).map { group in batch.sequences.filter { $0.group == group }.map { $0.reward } }
    let mean = groups.map { (squaredDistances($0) / Double($0.count - 1)).squareRoot() }.reduce(0, +) / 4
    #expect(try names(answers(), logged: [.init(.rewardStd, mean)]).isEmpty)
    #expect(try names(answers(), logged: [.init(.rewardStd, 1.3 * mean)]) == ["logged-metric"])
  }

  @Test func oneGroupForAllPrompts() throws {
    #expect(try names(answers(groups: 1)) == ["mixed-groups"])
    #expect(try names(answers(groups: 2)) == ["mixed-groups"])
    #expect(try names(answers()).isEmpty)
    // Later turns of a conversation go on from the first one.
    let turns = answers { i, answer, _ in answer.prompt += i % 2 == 0 ? "" : " and then?" }
    #expect(try names(turns).isEmpty)
    // A baseline of the whole batch has no groups.
    #expect(try !names(answers(groups: 1), [("advantage_estimator", "reinforce_plus_plus")]).contains("mixed-groups"))
  }

  @Test func tokensThatNobodySampled() throws {
    func batch(tool: Double, isMasked: Bool = false, filledWith filling: Double = .nan) -> Batch.Contents {
      answers(moved: 0) { _, answer, dice in
        for t in 5..<12 { answer.oldLogp[t] = tool + 0.3 * dice.logp() }
        answer.logp = answer.oldLogp
        answer.samplingLogp = answer.oldLogp.enumerated().map { (5..<12).contains($0) ? filling : $1 }
        if isMasked { answer.lossMask = answer.tokens.indices.map { !(5..<12).contains($0) } }
      }
    }
    #expect(try names(batch(tool: -8)).contains("unsampled-tokens"))
    #expect(try names(batch(tool: -8, filledWith: 0)).contains("unsampled-tokens"))
    #expect(try !names(batch(tool: -8, isMasked: true)).contains("unsampled-tokens"))
    // An engine that cannot tell of some tokens, or is sure of them, is no other writer.
    #expect(try !names(batch(tool: 0)).contains("unsampled-tokens"))
    #expect(try !names(batch(tool: 0, filledWith: 0)).contains("unsampled-tokens"))
  }

  @Test func answersThatAreMostlyCutOff() throws {
    func batch(_ cut: Int) -> Batch.Contents {
      answers { i, answer, _ in
        answer.isTruncated = i % 8 < cut
        answer.reward = i % 8 == 7 ? 1 : 0
      }
    }
    #expect(try names(batch(6)) == ["mostly-truncated"])
    #expect(try names(batch(2)).isEmpty)
    let masked = try findings(batch(6), [("mask_truncated_completions", "true")])
    #expect(masked.first { $0.name == "mostly-truncated" }?.explanation.contains("learns from the 8 others") == true)
    let none = try findings(batch(8), [("mask_truncated_completions", "true")])
    #expect(none.first { $0.name == "mostly-truncated" }?.explanation.hasSuffix("learns from none.") == true)
  }

  /// What is learned from is in the minibatch.
  @Test func aMinibatchOfWhatWasCutOff() throws {
    var batch = Batch(
      title: "step", settings: Settings(), contents: answers { i, answer, _ in answer.isTruncated = i % 8 < 6 })
    batch.minibatch = [0, 1, 8, 9, 14]
    var source = Source.batch(batch, name: "batch")
    try source.set([(name: "mask_truncated_completions", text: "true")])
    let found = DoctorReport(of: source, recorded: source.record()).findings
    #expect(
      found.first { $0.name == "mostly-truncated" }?.explanation.contains("learns from 1 of the others") == true)
  }

  /// An answer that is longer than the limit was not cut off by it.
  @Test func aLimitThatAnswersExceedIsNotTheRuns() throws {
    func batch(_ change: @escaping (Int) -> Int) throws -> [String] {
      let contents = answers { i, answer, _ in
        let count = change(i)
        answer.tokens = (0..<count).map { "t\(i)-\($0)" }
        answer.oldLogp = (0..<count).map { -0.1 - 0.01 * Double($0 % 7) }
        answer.logp = answer.oldLogp.map { $0 - 0.001 }
      }
      return try names(contents, [("max_completion_length", "40")])
    }
    #expect(try batch { $0 == 0 ? 40 : 30 + $0 % 5 }.contains("truncated-rewarded"))
    #expect(try !batch { 41 + $0 }.contains("truncated-rewarded"))
  }

  /// What the engine did not say is no agreement.
  @Test func tokensThatTheEngineDidNotScoreAreNotCounted() throws {
    let known = answers { _, answer, dice in
      answer.samplingLogp = answer.oldLogp.enumerated().map { t, logp in
        t % 4 == 0 ? min(-1e-6, logp + 0.16 * dice.normal()) : .nan
      }
    }
    let found = try #require(findings(known).first { $0.name == "sampler-drift" })
    let distance = try #require(found.title.split(separator: " ").compactMap { Double($0) }.first)
    #expect(distance > 0.08 && distance < 0.2)
    #expect(!found.evidence.contains { $0.value.isNaN })
  }

  /// Where all answers are left out there is no quantile of their entropies: nothing is learned, and nothing is infinite.
  @Test func aQuantileOfNothingIsNone() throws {
    let cut = answers { _, answer, _ in
      answer.isTruncated = true
      answer.entropy = answer.tokens.map { _ in 0.5 }
    }
    let found = try findings(cut, [("mask_truncated_completions", "true"), ("top_entropy_quantile", "0.5")])
    #expect(!found.contains { $0.name == "not-a-number" }, "\(found.map { $0.title })")
  }

  /// CISPO's epsilon_high is the weight itself.
  @Test func aCapBelowOne() throws {
    func cap(_ text: String) throws -> [String] {
      try names(answers(), [("loss_type", "cispo"), ("epsilon_high", text)])
    }
    #expect(try cap("0.28") == ["busy-clip"])
    #expect(try cap("5").isEmpty)
  }

  private func judged(_ desirable: Int, of count: Int = 16, lead: Double) -> Batch.Contents {
    var dice = Dice()
    return .judgements(
      (0..<count).map { i in
        let logp = (0..<20).map { _ in dice.logp() - 0.5 }
        let side = i < desirable ? lead : -lead
        return Batch.JudgedExample(
          prompt: "p\(i)", isDesirable: i < desirable, tokens: logp.indices.map { "t\($0)" }, logp: logp,
          refLogp: logp.map { $0 - side / 20 + 0.01 * dice.normal() })
      })
  }

  @Test func judgementsTheWrongWayRound() throws {
    #expect(try names(judged(8, lead: -6)) == ["inverted-labels"])
    #expect(try names(judged(8, lead: 6)).isEmpty)
    #expect(try names(judged(8, lead: -0.01)).isEmpty)
    #expect(try names(judged(1, lead: 2)) == ["uneven-labels"])
    #expect(try names(judged(5, lead: 2)).isEmpty)
    #expect(try names(judged(1, lead: 2), [("desirable_weight", "15")]).isEmpty)
  }

  /// What is advised helps: two functions of which one is the other's negative cancel in each group as well.
  @Test func adviceAgainstCancellingIsTried() throws {
    func advice(_ second: @escaping (Double, inout Dice) -> Double) throws -> String {
      guard
        case .groups(var groups) = answers({ _, answer, dice in
          let right = dice.roll() < 0.4 ? 1.0 : 0
          answer.rewards = [right, second(right, &dice)]
        })
      else { preconditionFailure("answers are in groups") }
      groups.rewardNames = ["right", "short"]
      let found = try findings(.groups(groups)).first { $0.name == "cancelling-rewards" }
      return try #require(found).advice
    }
    #expect(try advice { right, _ in -right }.hasPrefix("Give the one that matters more"))
    #expect(try advice { right, dice in -1.5 * right + 0.2 * dice.normal() }.contains("GDPO"))
  }

  /// A small second reward goes with nothing by chance; where each is compared by itself, the text does not say that they are summed.
  @Test func aRewardIsCancelledByAnother() throws {
    func batch(_ second: @escaping (Double, inout Dice) -> Double) -> Batch.Contents {
      guard
        case .groups(var groups) = answers({ _, answer, dice in
          let right = dice.roll() < 0.4 ? 1.0 : 0
          answer.rewards = [right, second(right, &dice)]
        })
      else { preconditionFailure("answers are in groups") }
      groups.rewardNames = ["right", "short"]
      return .groups(groups)
    }
    let against: (Double, inout Dice) -> Double = { right, dice in -right + 0.2 * dice.roll() }
    let options = [("multi_objective_aggregation", "normalize_then_sum"), ("reward_weights", "1,1.5")]
    let found = try findings(batch(against), options)
      .first { $0.name == "cancelling-rewards" }
    #expect(found?.explanation.contains("one by one") == true)
    #expect(found?.advice.contains("normalize_then_sum") == false)
    #expect(try names(batch(against)).contains("cancelling-rewards"))
    // A tenth of its weight is meant to be little.
    #expect(try !names(batch(against), [("reward_weights", "1,0.1")]).contains("cancelling-rewards"))
    #expect(try !names(batch { _, dice in dice.roll() }, [("reward_weights", "1,0.2")]).contains("cancelling-rewards"))
  }

  @Test func whatAnswersEarnIsTheirLength() throws {
    let byLength = answers { _, answer, dice in answer.reward = Double(answer.tokens.count) / 10 + 0.05 * dice.normal()
    }
    #expect(try names(byLength) == ["length-bias"])
    let partly = answers { i, answer, _ in answer.reward += Double(answer.tokens.count) / 100 }
    #expect(try !names(partly).contains("length-bias"))
  }
}
