import Diagnosis
import Documents
import Objectives
import Recording
import Simulation
import Testing

/// Batches as of today's trainers with one thing wrong: tools, old samples, several rewards, reward models, KTO; and the same without it.
@Suite struct SituationTests: Situations {
  @Test func aHealthyStepIsSilent() throws {
    #expect(try names(answers()).isEmpty)
    #expect(try names(answers(), [("loss_type", "grpo")]).isEmpty)
  }

  /// What a tool wrote is unlikely under the policy; a mask that keeps it and leaves out the rest is the wrong way round.
  @Test func aMaskThatIsInverted() throws {
    func turns(_ isRight: Bool, logp: @escaping (inout Dice) -> Double) -> Batch.Contents {
      answers { _, answer, dice in
        let tool = 8..<16
        for t in tool {
          answer.oldLogp[t] = logp(&dice)
          answer.logp[t] = answer.oldLogp[t]
        }
        answer.lossMask = answer.tokens.indices.map { tool.contains($0) != isRight }
      }
    }
    #expect(try names(turns(true) { -2 - 3 * $0.roll() }).isEmpty)
    #expect(try names(turns(false) { -2 - 3 * $0.roll() }) == ["inverted-mask"])
    // Where nobody asked for the tool's tokens they have 0.
    #expect(try names(turns(true) { _ in 0 }).isEmpty)
  }

  /// Samples that are many updates old: ratios up and down, whose mean is 1.
  @Test func samplesThatAreFarTooOld() throws {
    #expect(try names(answers(moved: 0.1)).isEmpty)
    let old = try findings(answers(moved: 1.2))
    #expect(old.map { $0.name }.contains("sampler-drift"))
    #expect(old.first { $0.name == "sampler-drift" }?.inference?.contains("asynchronous") == true)
    // Nearly all tokens of a trained model are sure, whatever the samples are of.
    let sure = try names(
      answers { _, answer, dice in
        answer.logp = answer.oldLogp.map { $0 > -0.1 ? $0 : min(-1e-6, $0 + 1.2 * dice.normal()) }
      })
    #expect(sure.contains("sampler-drift"))
  }

  @Test func aReferenceThatIsThePolicy() throws {
    func batch(_ distance: Double, step: Int?, beta: String = "0.04") throws -> [String] {
      try names(
        answers { _, answer, dice in answer.refLogp = answer.logp.map { min(-1e-6, $0 - distance * dice.roll()) } },
        step: step, [("beta", beta)])
    }
    #expect(try batch(0, step: 400) == ["placeholder-reference"])
    #expect(try !batch(0, step: 1).contains("placeholder-reference"))
    #expect(try !batch(0, step: nil).contains("placeholder-reference"))
    #expect(try batch(0.1, step: 400).isEmpty)
    // Nobody asks the reference.
    #expect(try batch(0, step: 400, beta: "0").isEmpty)
  }

  /// Two processes with one seed.
  @Test func answersThatStandInTheirGroupTwice() throws {
    func batch(surprise: Double) -> Batch.Contents {
      var first: [Int: Answer] = [:]
      return answers { i, answer, _ in
        answer.oldLogp = answer.oldLogp.map { surprise * $0 }
        answer.logp = answer.oldLogp
        if i % 8 < 4 { first[i] = answer } else { answer = first[i - 4] ?? answer }
      }
    }
    #expect(try names(batch(surprise: 1)).contains("copied-answers"))
    // A policy that is nearly certain says the same again.
    #expect(try !names(batch(surprise: 0.1)).contains("copied-answers"))
  }

  /// A small penalty goes with nothing, as it is meant to; one that takes back what another reward gives does not pay.
  @Test func rewardsThatAreSmallAreNotCancelled() throws {
    func batch(_ second: @escaping (Double, inout Dice) -> Double) -> Batch.Contents {
      guard
        case .groups(var groups) = answers({ i, answer, dice in
          let right = dice.roll() < 0.4 ? 1.0 : 0
          answer.rewards = [right, second(right, &dice)]
        })
      else { preconditionFailure("answers are in groups") }
      groups.rewardNames = ["right", "short"]
      return .groups(groups)
    }
    #expect(try names(batch { _, dice in -0.02 * dice.roll() }).isEmpty)
    #expect(try names(batch { right, dice in -1.2 * right + 0.2 * dice.roll() }).contains("cancelling-rewards"))
  }

  private func scored(_ score: (Int, Bool, Int, inout Dice) -> Double, same: (Int) -> Bool = { _ in false })
    -> Batch.Contents
  {
    var dice = Dice()
    return .scoredPairs(
      (0..<24).map { i in
        func response(_ isChosen: Bool) -> Batch.RewardResponse {
          let count = 10 + Int(40 * dice.roll())
          return .init(tokens: (0..<count).map { "\(isChosen)-\($0)" }, score: score(i, isChosen, count, &dice))
        }
        let (chosen, rejected) = (response(true), response(false))
        return Batch.RewardPair(prompt: "p\(i)", chosen: chosen, rejected: same(i) ? chosen : rejected)
      })
  }

  @Test func rewardModelsOfToday() throws {
    let right = scored { _, isChosen, _, dice in (isChosen ? 0.5 : -0.3) + dice.normal() }
    #expect(try names(right).isEmpty)
    let byLength = scored { _, _, count, dice in Double(count) / 20 + 0.02 * dice.normal() }
    #expect(try names(byLength) == ["length-bias"])
    let rounded = scored { _, isChosen, _, dice in ((isChosen ? 0.3 : -0.1) + 0.6 * dice.normal()).rounded() }
    #expect(try names(rounded).contains("equal-scores"))
    let cut = scored({ _, isChosen, _, dice in (isChosen ? 0.5 : -0.3) + dice.normal() }, same: { $0 % 2 == 0 })
    #expect(try names(cut) == ["equal-scores", "identical-pairs"])
  }

  private func judged(_ change: (Int, inout Batch.JudgedExample) -> Void = { _, _ in }) -> Batch.Contents {
    var dice = Dice()
    return .judgements(
      (0..<24).map { i in
        let logp = (0..<20).map { _ in dice.logp() }
        let other = (0..<20).map { _ in dice.logp() - 2 }
        var example = Batch.JudgedExample(
          prompt: "p\(i)", isDesirable: i % 2 == 0, tokens: logp.indices.map { "t\($0)" }, logp: logp,
          refLogp: logp.map { $0 - 0.05 * dice.roll() }, klLogp: other, klRefLogp: other.map { $0 - 0.02 * dice.roll() }
        )
        change(i, &example)
        return example
      })
  }

  @Test func judgementsOfToday() throws {
    #expect(try names(judged()).isEmpty)
    #expect(try names(judged { $1.isDesirable = true }) == ["one-label"])
    #expect(try names(judged { $1.isDesirable = $0 != 3 }) == ["uneven-labels"])
    #expect(try names(judged { $1.isDesirable = $0 % 3 != 0 }).isEmpty)
    let own = judged { _, example in
      example.klLogp = example.logp
      example.klRefLogp = example.refLogp
    }
    #expect(try names(own) == ["reference-point"])
    let far = judged { _, example in example.klRefLogp = example.klRefLogp?.map { $0 - 1.5 } }
    #expect(try names(far) == ["far-reference"])
  }

  private func pairs(_ ratio: (Int) -> (chosen: Double, rejected: Double)) -> Batch.Contents {
    var dice = Dice()
    return .pairs(
      (0..<12).map { i in
        func response(_ distance: Double) -> Batch.PairResponse {
          let logp = (0..<25).map { _ in dice.logp() - 2 }
          return .init(
            tokens: logp.indices.map { "t\(distance)-\($0)" }, logp: logp,
            refLogp: logp.map { min(-1e-6, $0 - distance / 25 + 0.05 * dice.normal()) })
        }
        return Batch.Pair(prompt: "p\(i)", chosen: response(ratio(i).chosen), rejected: response(ratio(i).rejected))
      })
  }

  /// What raises both responses far above the reference was not learned from the pairs.
  @Test func aReferenceThatIsAnotherModel() throws {
    #expect(try names(pairs { _ in (28, 25) }).contains("far-reference"))
    #expect(try !names(pairs { _ in (28, -25) }).contains("far-reference"))
    #expect(try !names(pairs { _ in (-28, -35) }).contains("far-reference"))
  }

  /// A sigmoid bounds the gradient of a pair that is lost, and not its loss.
  @Test func onePairIsTheLoss() throws {
    let found = try findings(pairs { $0 == 2 ? (-3, 120) : (3, -3) }).first { $0.name == "carried-by-one" }
    #expect(found?.title.hasSuffix("of the loss is that of pair 2") == true, "\(found?.title ?? "none")")
    #expect(try !names(pairs { _ in (3, -3) }).contains("carried-by-one"))
  }

  /// Pairs that begin alike, and go on at different lengths.
  @Test(arguments: [
    ("simpo", ["length-bias"]), ("sigmoid_norm", ["length-bias"]), ("ipo", ["length-bias"]), ("sigmoid", []),
    ("orpo", ["length-bias"]),
    ("nca_pair", []),
  ])
  func pairsThatBeginAlike(loss: String, expected: [String]) throws {
    func pairs(common: Int) -> Batch.Contents {
      var dice = Dice()
      return .pairs(
        (0..<12).map { i in
          let start = (0..<common).map { _ in dice.logp() }
          func response(_ lead: Double, _ count: Int) -> Batch.PairResponse {
            let own = (0..<count).map { _ in dice.logp() }
            return .init(
              tokens: start.indices.map { "same\($0)" } + own.indices.map { "\(lead)-\($0)" }, logp: start + own,
              refLogp: start + own.map { min(-1e-6, $0 - lead + 0.05 * dice.normal()) })
          }
          return Batch.Pair(prompt: "p\(i)", chosen: response(0.06, 12), rejected: response(-0.05, 50))
        })
    }
    #expect(try names(pairs(common: 150), [("loss_type", loss)]).filter { $0 == "length-bias" } == expected)
    #expect(try !names(pairs(common: 3), [("loss_type", loss)]).contains("length-bias"))
  }
}
