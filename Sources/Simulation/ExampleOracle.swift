import Autodiff
import Objectives
import Recording

/// What is exactly true of a policy that learns from given examples: of all that it can write, and of all examples.
struct ExampleOracle {
  private let responses: ExactResponses
  private let knowsTrueReward: Bool
  private let loss: ExactLoss

  /// - Parameter reference: `log π_ref`, by previous token and token.
  init(_ world: World, algorithm: Algorithm, settings: Settings, reference: [[Double]]) {
    let length = settings.integer(.responseLength)
    // A taste of too many words in a row cannot be kept track of: the KL can.
    let truth =
      world.knowsTrueReward
      ? ExactResponses(world, reference: reference, length: length) { ResponseReward(score: world.trueScore(to: $0)) }
      : nil
    responses =
      truth
      ?? .required(
        ExactResponses(world, reference: reference, length: length) { _ in ResponseReward(score: .phrases([])) })
    knowsTrueReward = truth != nil
    loss = ExactLoss(world, material: algorithm.material, settings: settings, reference: reference)
  }

  /// Records, in a beat, what the policy writes when the world's prompts are asked equally often.
  ///
  /// - Parameter policy: `log π`, by previous token and token.
  func recordResponses(of policy: [[Double]], on trace: Trace) {
    let values = responses.values(of: policy, beta: 0)
    trace.beat()
    if knowsTrueReward { _ = trace.term(.trueReward, trace.tape.leaf(values.reward)) }
    _ = trace.term(.exactKL, trace.tape.leaf(values.kl))
  }

  /// Records the loss on all examples at once.
  func recordLoss(of policy: [[Double]], on trace: Trace) {
    _ = trace.term(.exactLoss, trace.tape.leaf(loss.value(of: policy)))
  }
}
