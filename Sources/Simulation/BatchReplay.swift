import Autodiff
import Objectives
public import Recording

extension Batch {
  /// Computes the batch's loss and gradients with the recorded log-probabilities and values as leaves.
  ///
  /// - Parameter overrides: What-ifs: numbers to put in place of those that the batch holds or the objective computes.
  public func record(overrides: [Override] = []) -> Trace {
    let trace = Trace(glossary: Glossary(vocabulary: []), overrides: overrides)
    let tape = trace.tape
    trace.prompts = sequences.map { $0.prompt }
    trace.givenTokens = sequences.map { $0.tokens }
    tape.reserve(60 * sequences.reduce(0) { $0 + $1.tokens.count })
    trace.loops = Trace.LoopPosition(iteration: 0)

    trace.begin(.rollout)
    let oldLogps = trace.leaves(.oldLogp, sequences.map { $0.oldLogp })
    trace.begin(.reference)
    let refLogps = trace.leaves(.refLogp, sequences.map { $0.refLogp })
    trace.begin(.score)
    let scores = sequences.enumerated().map { i, sequence in
      trace.beat()
      return trace.term(.score, i, tape.leaf(sequence.score))
    }
    trace.begin(.values)
    let oldValues = trace.leaves(.oldValue, sequences.map { $0.oldValue })
    let responses = sequences.indices.map { i in
      Response(
        index: i, oldLogp: oldLogps[i], refLogp: refLogps[i], exactKL: nil, score: scores[i], hasEOS: true,
        oldValues: oldValues[i])
    }
    trace.begin(.klPenalty)
    trace.beat()
    let klCoefficient = trace.term(.klCoefficient, tape.leaf(settings.number(.klCoef)))
    let experiences = experience(from: responses, klCoefficient: klCoefficient, settings: settings, observer: trace)

    trace.loops = Trace.LoopPosition(iteration: 0, epoch: 0, minibatch: 0)
    trace.begin(.policy)
    let logps = trace.leaves(.logp, sequences.map { $0.logp })
    let values = trace.leaves(.value, sequences.map { $0.value })
    let predictions = sequences.indices.map { i in
      Prediction(
        experience: experiences[i], logp: logps[i], values: values[i],
        entropies: sequences[i].entropy.map { $0.map { tape.leaf($0) } }, exactKL: nil)
    }
    let loss = ppoLoss(predictions, klCoefficient: klCoefficient, settings: settings, observer: trace)
    trace.differentiate(loss.loss)
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordPPOMetrics(experiences, updates: [loss], observer: trace)
    return trace
  }
}

extension Trace {
  /// Names numbers that come from outside, a beat for each.
  fileprivate func leaves(_ quantity: Quantity, _ values: [[Double]]) -> [[Scalar]] {
    values.enumerated().map { i, row in
      row.enumerated().map { t, value in
        beat()
        return term(quantity, i, t, tape.leaf(value))
      }
    }
  }
}
