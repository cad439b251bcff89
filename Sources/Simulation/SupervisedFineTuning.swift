import Autodiff
import Objectives
import Recording

extension Trace {
  /// Learns the reference from the demonstrations by plain gradient descent from all-zero logits; each step is a beat.
  ///
  /// The loss is `−mean log π(token | previous)` over the responses' tokens.
  func fineTuneReference(_ world: World, settings: Settings) -> [[Scalar]] {
    begin(.supervised)
    return fineTune(
      on: world.demonstrations, of: world, naming: (.supervisedLoss, .referenceLogit), settings: settings)
  }

  /// The same of any examples.
  ///
  /// - Parameters:
  ///   - examples: What is learned.
  ///   - world: Whose vocabulary and states it has.
  ///   - names: What the loss of each step and the logits in the end are recorded as.
  ///   - settings: How many steps, and of what size.
  func fineTune(
    on examples: [World.Demonstration], of world: World, naming names: (loss: Quantity, logit: Quantity),
    settings: Settings
  ) -> [[Scalar]] {
    let rate = settings.number(.sftLearningRate)
    func leaf(_ a: Int, _ b: Int, _ value: Double) -> Scalar { tape.leaf(Count.logit.value(value, a, b)) }
    let states = StateSpace(world)
    var logits = (0..<states.count).map { a in world.vocabulary.indices.map { leaf(a, $0, 0) } }
    for step in 0..<settings.integer(.sftSteps) {
      beat()
      let policy = TabularPolicy(logits: logits, on: tape)
      let logps = examples.map { demonstration in
        zip(states.path(demonstration.response, after: demonstration.prompt), demonstration.response)
          .map { policy.logp(of: $1, after: $0) }
      }
      let loss = term(names.loss, step, supervisedLoss(logps, on: tape))
      let gradient = tape.gradient(of: loss)
      logits = logits.enumerated().map { a, row in
        row.enumerated().map { b, logit in leaf(a, b, logit.value - rate * gradient[logit]) }
      }
    }
    return logits.indices.map { a in
      beat()
      return logits[a].indices.map { b in term(names.logit, a, b, logits[a][b]) }
    }
  }
}
