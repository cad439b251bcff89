import Recording
import Reporting
import Simulation

/// The log-probabilities of a sampled response's tokens, without those that a mask leaves out.
struct SampledLogps {
  /// Empty where the update did not learn from the response, or no reference, no other engine and no teacher was asked.
  let logp, oldLogp, refLogp, samplingLogp, teacherLogp: [Double]

  /// Those of a batch's responses; of a scenario, none.
  static func all(of source: Source, _ trace: Trace) -> [SampledLogps] {
    guard case .batch(let batch, _) = source else { return [] }
    let end = trace.beats.count - 1
    return batch.contents.sampled.enumerated().map { i, response in
      func kept(_ logps: [Double]) -> [Double] {
        logps.indices.filter { !trace.isLeftOut(i, $0, at: end) }.map { logps[$0] }
      }
      return SampledLogps(
        logp: kept(response.logp), oldLogp: kept(response.oldLogp), refLogp: kept(response.refLogp),
        samplingLogp: kept(response.samplingLogp), teacherLogp: kept(response.teacherLogp))
    }
  }
}
