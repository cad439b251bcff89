import Autodiff
import Objectives
public import Recording

/// The loss that any policy has on all examples of a world at once, as if they were one minibatch.
///
/// It is what the minibatches' losses estimate, of DPO and KTO with all their kinds of loss; a loss that compares the
/// examples of a minibatch with each other, such as `aot` or KTO with its reference point, compares all of them here.
public struct ExactLoss: Sendable {
  private let world: World
  private let settings: Settings
  private let material: Algorithm.Material
  /// `log π_ref`, by previous token and token.
  private let reference: [[Double]]

  /// - Parameters:
  ///   - world: Whose examples count.
  ///   - material: Pairs or judgements.
  ///   - settings: Which loss.
  ///   - reference: `log π_ref`, by previous token and token.
  init(_ world: World, material: Algorithm.Material, settings: Settings, reference: [[Double]]) {
    (self.world, self.material, self.settings, self.reference) = (world, material, settings, reference)
  }

  /// That of a scenario, whose reference is prepared once more; nil where no policy is compared with a reference that stays
  /// what it is, on given examples.
  ///
  /// - Parameters:
  ///   - scenario: The scenario whose examples and options count.
  ///   - overrides: The what-ifs of the recording.
  public init?(_ scenario: Scenario, overrides: [Override] = []) {
    let algorithm = scenario.algorithm
    guard !algorithm.samples, algorithm.has(.policy), algorithm.has(.reference),
      !scenario.settings.flag(.syncReference),
      case .language(let world) = scenario.surroundings
    else { return nil }
    let scratch = Trace(
      glossary: Glossary(vocabulary: world.vocabulary, algorithm: algorithm), overrides: overrides)
    let logits = scratch.fineTuneReference(world, settings: scenario.settings)
    self.init(
      world, material: algorithm.material, settings: scenario.settings,
      reference: TabularPolicy(logits: logits, on: scratch.tape).table)
  }

  /// - Parameter logits: By previous token and token.
  public func value(ofLogits logits: [[Double]]) -> Double {
    value(
      of: logits.map { row in
        let normalizer = logSum(row)
        return row.map { $0 - normalizer }
      })
  }

  /// - Parameter policy: `log π`, by previous token and token.
  func value(of policy: [[Double]]) -> Double {
    let tape = Tape()
    func logps(_ table: [[Double]], _ response: [Int], after prompt: [Int]) -> [Scalar] {
      zip([prompt.last ?? 0] + response, response).map { tape.leaf(table[$0][$1]) }
    }
    func collisions(_ response: [Int], after prompt: [Int]) -> [Scalar] {
      zip([prompt.last ?? 0] + response, response).map { previous, _ in
        tape.leaf(logSum(policy[previous].map { 2 * $0 }))
      }
    }
    let observer = Unobserved(tape: tape)
    guard material == .judgements else {
      let pairs = world.preferences.enumerated().map { i, pair in
        var compared = PreferencePair(
          index: i, chosenLogp: logps(policy, pair.chosen, after: pair.prompt),
          rejectedLogp: logps(policy, pair.rejected, after: pair.prompt),
          chosenRefLogp: logps(reference, pair.chosen, after: pair.prompt),
          rejectedRefLogp: logps(reference, pair.rejected, after: pair.prompt))
        compared.margin = pair.margin.map { tape.leaf($0) }
        compared.chosenCollisions = collisions(pair.chosen, after: pair.prompt)
        compared.rejectedCollisions = collisions(pair.rejected, after: pair.prompt)
        return compared
      }
      return preferencePolicyLoss(pairs, settings: settings, observer: observer).loss.value
    }
    let examples = world.judged
    let responses = examples.enumerated().map { i, example in
      let other = examples[KTOSimulation.mismatch(of: i, among: examples.count)].response
      return JudgedResponse(
        index: i, isDesirable: example.isDesirable, logp: logps(policy, example.response, after: example.prompt),
        refLogp: logps(reference, example.response, after: example.prompt),
        mismatched: (logps(policy, other, after: example.prompt), logps(reference, other, after: example.prompt)))
    }
    return judgementLoss(responses, settings: settings, observer: observer).loss.value
  }
}
