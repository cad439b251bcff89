import Autodiff
import Objectives
import Recording

extension Trace {
  /// Learns the reference from the demonstrations by plain gradient descent from all-zero logits; each step is a beat.
  ///
  /// The loss is `−mean log π(token | previous)` over the responses' tokens.
  func fineTuneReference(_ world: World, settings: Settings) -> [[Scalar]] {
    begin(.supervised)
    let rate = settings.number(.sftLearningRate)
    let states = StateSpace(world)
    var logits = (0..<states.count).map { _ in world.vocabulary.map { _ in tape.leaf(0) } }
    for step in 0..<settings.integer(.sftSteps) {
      beat()
      let policy = TabularPolicy(logits: logits, temperature: 1, on: tape)
      let logps = world.demonstrations.map { demonstration in
        zip(states.path(demonstration.response, after: demonstration.prompt), demonstration.response)
          .map { policy.logp(of: $1, after: $0) }
      }
      let loss = term(.supervisedLoss, step, supervisedLoss(logps, on: tape))
      let gradient = tape.gradient(of: loss)
      logits = logits.map { row in row.map { tape.leaf($0.value - rate * gradient[$0]) } }
    }
    return logits.indices.map { a in
      beat()
      return logits[a].indices.map { b in term(.referenceLogit, a, b, logits[a][b]) }
    }
  }
}
