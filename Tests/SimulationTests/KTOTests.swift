import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Testing

@testable import Simulation

/// KTO's loss against numbers that a few lines of Python made from TRL's formulas, and against itself elsewhere.
@Suite struct KTOTests {
  /// - Parameter third: What the reference says of the last example's mismatched response.
  static func text(_ config: String = "", third: String = "-2.75") -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "kto", "config": {"beta": 0.5, "undesirable_weight": 1.5\(config)},
     "examples": [
      {"prompt": "p", "desirable": true, "tokens": ["a", "b"], "logp": [-0.5, -0.25], "ref_logp": [-1, -0.5],
       "kl_logp": [-2, -1], "kl_ref_logp": [-2.5, -1.25]},
      {"prompt": "q", "desirable": false, "tokens": ["a"], "logp": [-1.5], "ref_logp": [-0.75],
       "kl_logp": [-1], "kl_ref_logp": [-1.25]},
      {"prompt": "r", "desirable": false, "tokens": ["a", "b", "c"], "logp": [-0.25, -0.125, -1],
       "ref_logp": [-0.5, -0.5, -0.5], "kl_logp": [-3], "kl_ref_logp": [\(third)]}]}
    """
  }

  /// A batch, its reference point and its loss. The same three examples by hand, with `s` the logistic function:
  /// `[1 - s(0.5 * (0.75 - z)), 1.5 * (1 - s(0.5 * (z + 0.75))), 1.5 * (1 - s(0.5 * (z - 0.125)))]`, and their mean.
  static let cases: [(text: String, point: Double?, loss: Double)] = [
    (text(), 0.25, 0.5769015429089656),
    (text(third: "-2"), 0, 0.597254457899783),
    (text(#", "loss_type": "apo_zero_unpaired""#), nil, 0.597254457899783),
  ]

  private func record(_ text: String) throws -> Trace { try Batch(JSONReader.read(text)).record() }

  private func value(_ quantity: Quantity, _ i: Int = -1, in trace: Trace) -> Double? {
    trace.value(quantity, i, at: trace.beats.count - 1)
  }

  @Test(arguments: cases.indices)
  func theLossIsThatOfTRL(number: Int) throws {
    let (text, point, loss) = Self.cases[number]
    let trace = try record(text)
    #expect(value(.referencePoint, in: trace) == point)
    #expect(abs(try #require(value(.loss, in: trace)) - loss) < 1e-14)
    #expect(value(.metric, Metric.kl.rawValue, in: trace) == point ?? 0)
    #expect(value(.metric, Metric.chosenRewards.rawValue, in: trace) == 0.375)
    #expect(value(.metric, Metric.rejectedRewards.rawValue, in: trace) == -0.15625)
    #expect(value(.metric, Metric.rewardMargins.rawValue, in: trace) == 0.53125)
    #expect(value(.metric, Metric.chosenLogps.rawValue, in: trace) == -0.75)
    #expect(value(.metric, Metric.rejectedLogps.rawValue, in: trace) == -1.4375)
  }

  @Test(arguments: ["", #", "loss_type": "apo_zero_unpaired""#])
  func gradientsAreDifferencesAndPassNoReferencePoint(config: String) throws {
    let trace = try record(Self.text(config))
    let end = trace.beats.count - 1
    let loss = try #require(trace.term(TermKey(.loss), at: end))
    var checked = 0
    for term in trace.terms.indices where trace.quantity(of: term) == .logp {
      let gradient = try #require(trace.gradient(of: term, at: end))
      #expect(abs(gradient - trace.finiteDifference(of: loss, by: term).derivative) < 1e-8)
      checked += 1
    }
    #expect(checked == 6)
    for term in trace.terms.indices where trace.quantity(of: term) == .mismatchedLogp {
      #expect(trace.gradient(of: term, at: end) ?? 0 == 0)
    }
  }

  @Test func writingLosesNothing() throws {
    let batch = try Batch(JSONReader.read(Self.text()))
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
    #expect(value(.loss, in: copy.record()) == value(.loss, in: batch.record()))
  }

  // MARK: A given reference point

  /// The first case without what its reference point was measured on.
  static let unmeasured = text().replacing(/,\s+"kl_logp": [^\]]*\], "kl_ref_logp": [^\]]*\]/, with: "")

  private func given(_ point: String, _ text: String = unmeasured) throws -> Batch {
    try Batch(JSONReader.read(text.replacing(#""examples""#, with: #""reference_point": \#(point), "examples""#)))
  }

  /// One of several processes has only its own mismatched responses, and the point comes from all of them.
  @Test func theReferencePointMayBeGiven() throws {
    let batch = try given("0.25")
    let trace = batch.record()
    let end = trace.beats.count - 1
    #expect(value(.referencePoint, in: trace) == 0.25)
    #expect(abs(try #require(value(.loss, in: trace)) - Self.cases[0].loss) < 1e-14)
    #expect(value(.metric, Metric.kl.rawValue, in: trace) == 0.25)
    #expect(try Batch(JSONReader.read(batch.json)).json == batch.json)
    let term = try #require(trace.term(TermKey(.referencePoint), at: end))
    #expect(
      Narration.sentence(for: trace.terms[term].beat, in: trace)
        == "The reference point, 0.25, is given with the batch; what it was measured on is not.")
  }

  @Test func aGivenReferencePointIsNeitherNegativeNorMeasured() throws {
    let negative = #expect(throws: DocumentError.self) { try given("-0.25") }
    #expect(negative?.description == "2:21: reference_point must be a number from 0 on, not -0.25")
    let twice = #expect(throws: DocumentError.self) { try given("0.25", Self.text()) }
    #expect(
      twice?.description.hasSuffix("'reference_point' stands for 'kl_logp' and 'kl_ref_logp': give it or them") == true)
  }

  @Test func mismatchedNumbersStandInAllExamplesOrInNone() throws {
    let text = Self.text().replacing(#""kl_logp": [-1], "#, with: "")
    #expect(throws: DocumentError.self) { try Batch(JSONReader.read(text)) }
  }

  /// Every step of the simulation, written down as a trainer would, has the same loss when it is replayed.
  @Test(arguments: ["kto", "apo_zero_unpaired"])
  func aReplayedStepHasTheSameLoss(loss: String) throws {
    let scenario = try DPOSimulationTests.scenario(
      "kto", [("loss_type", loss), ("desirable_weight", "1.25"), ("num_train_epochs", "3")])
    let trace = scenario.record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      let loops = trace.stage(ofBeat: beat).loops
      func row(_ quantity: Quantity, _ i: Int) -> [Double] {
        (0..<9).compactMap { t in
          let term = trace.term(TermKey(quantity, i, t), at: beat)
          let stage = term.map { trace.stage(ofBeat: trace.terms[$0].beat) }
          return stage?.loops == loops || quantity == .refLogp ? term.map { trace.value($0) } : nil
        }
      }
      let members = scenario.world.judged.indices.filter { !row(.logp, $0).isEmpty }
      let examples = members.map { i in
        Batch.JudgedExample(
          prompt: "", isDesirable: scenario.world.judged[i].isDesirable, tokens: trace.givenTokens[i],
          logp: row(.logp, i), refLogp: row(.refLogp, i), klLogp: loss == "kto" ? row(.mismatchedLogp, i) : nil,
          klRefLogp: loss == "kto" ? row(.mismatchedRefLogp, i) : nil)
      }
      let batch = Batch(title: "", settings: scenario.settings, contents: .judgements(examples))
      #expect(value(.loss, in: batch.record()) == trace.value(update.term))
      checked += 1
    }
    #expect(checked >= 3)
  }

  @Test func learningRaisesTheDesirableAndLowersTheOthers() throws {
    let trace = try DPOSimulationTests.scenario("kto").record()
    let desirable = DPOSimulationTests.series(.meanDesirableLogp, in: trace)
    let undesirable = DPOSimulationTests.series(.meanUndesirableLogp, in: trace)
    let margins = zip(desirable, undesirable).map { $0 - $1 }
    #expect(try #require(margins.last) > margins[0] + 0.5)
  }

  @Test func aMinibatchOfOneIsRefused() throws {
    #expect(throws: OptionError.self) { try DPOSimulationTests.scenario("kto", [("batch_size", "1")]) }
    _ = try DPOSimulationTests.scenario("kto", [("batch_size", "1"), ("loss_type", "apo_zero_unpaired")])
  }
}
