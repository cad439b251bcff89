import Autodiff
import Objectives

/// The engine that samples in a tiny world, where that is not the policy itself: at its own temperature, cut to the likeliest
/// tokens, with fewer bits, or with parameters that are out of date.
struct Sampler {
  private let temperature, topP: Double
  private let precision: ReducedPrecision
  /// How many iterations old the parameters are.
  let staleness: Int

  /// Nil where the policy itself samples.
  init?(_ settings: Settings) {
    guard settings.hasEngine else { return nil }
    temperature = settings.optionalNumber(.rolloutTemperature) ?? settings.number(.temperature)
    topP = settings.number(.rolloutTopP)
    precision = ReducedPrecision(rawValue: settings.choice(.rolloutDtype)) ?? .float32
    staleness = settings.integer(.rolloutStaleness)
  }

  /// The log-probabilities from which it samples, given a table of logits; −∞ for a token that it never samples.
  func table(_ logits: [[Double]]) -> [[Double]] {
    logits.map { row in
      let scaled = precision.rounded(row).map { $0 / temperature }
      let normalizer = logSum(scaled)
      return nucleus(scaled.map { $0 - normalizer })
    }
  }

  /// The likeliest tokens that together have `top_p`, renormalised; of equal ones the earlier first.
  private func nucleus(_ logps: [Double]) -> [Double] {
    guard topP < 1 else { return logps }
    let order = logps.indices.sorted { logps[$0] != logps[$1] ? logps[$0] > logps[$1] : $0 < $1 }
    var (sum, kept): (Double, [Int]) = (0, [])
    for token in order where sum < topP {
      kept.append(token)
      sum += Elementary.exp(logps[token])
    }
    let normalizer = logSum(kept.map { logps[$0] })
    return logps.indices.map { kept.contains($0) ? logps[$0] - normalizer : -.infinity }
  }
}
