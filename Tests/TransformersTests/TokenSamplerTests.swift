import Autodiff
import Foundation
import Testing

@testable import Transformers

/// A way to sample, with the distribution that it should have, computed another way.
struct SamplerCase: CustomTestStringConvertible {
  var temperature: Float = 1
  var topK = 0
  var topP: Float = 1
  var minP: Float = 0
  var penalty: Float = 1
  /// Tokens that were there before, one of them twice.
  var before: [[Int32]] { [[1, 4, 7], [4, 30]] }

  var testDescription: String { "T=\(temperature) k=\(topK) p=\(topP) min=\(minP) penalty=\(penalty)" }

  var sampling: Sampling {
    var sampling = Sampling(temperature: temperature, topK: topK, topP: topP, maxTokens: 1)
    (sampling.minP, sampling.repetitionPenalty) = (minP, penalty)
    return sampling
  }

  func probabilities(_ logits: [Float]) -> [Double] {
    let penalized = logits.enumerated().map { token, logit in
      guard before.joined().contains(Int32(token)) else { return Double(logit) }
      return Double(logit) * pow(Double(penalty), logit < 0 ? 1 : -1)
    }
    var p = penalized.map { exp($0 / Double(temperature)) }
    let ranks = p.indices.sorted { p[$0] != p[$1] ? p[$0] > p[$1] : $0 < $1 }
    if topK > 0 { for token in ranks.dropFirst(topK) { p[token] = 0 } }
    let total = p.reduce(0, +)
    p = p.map { $0 / total }
    var above = 0.0
    for token in ranks {
      if above >= Double(topP) { p[token] = 0 } else { above += p[token] }
    }
    let most = p.max() ?? 0
    p = p.map { $0 < Double(minP) * most ? 0 : $0 }
    let kept = p.reduce(0, +)
    return p.map { $0 / kept }
  }
}

@Suite struct TokenSamplerTests {
  // 37 tokens: a vector and a rest; some far less likely than others.
  private let logits = (0..<37).map { (token: Int) -> Float in
    Float(2 * sin(Double(token * token))) - (token % 5 == 0 ? 4 : 0)
  }

  @Test(arguments: [
    SamplerCase(), SamplerCase(temperature: 0.5), SamplerCase(temperature: 3), SamplerCase(topK: 5),
    SamplerCase(topK: 1), SamplerCase(topP: 0.8), SamplerCase(topP: 0.05), SamplerCase(topK: 100),
    SamplerCase(temperature: 2, topK: 12, topP: 0.7), SamplerCase(minP: 0.2), SamplerCase(temperature: 2, minP: 0.5),
    SamplerCase(topK: 8, topP: 0.9, minP: 0.1), SamplerCase(minP: 1), SamplerCase(penalty: 1.5),
    SamplerCase(penalty: 0.5), SamplerCase(temperature: 0.7, topK: 9, topP: 0.8, minP: 0.05, penalty: 3),
  ])
  func tokensComeAsOftenAsTheyShould(kind: SamplerCase) {
    let draws = 40_000
    var counts = [Int](repeating: 0, count: logits.count)
    var sampler = TokenSampler(kind.sampling, vocabulary: logits.count)
    var random = RandomStream(seed: 21, purpose: 94)
    for _ in 0..<draws { counts[Int(sampler.draw(logits, after: kind.before, &random).token)] += 1 }

    let expected = kind.probabilities(logits).map { $0 * Double(draws) }
    #expect(zip(counts, expected).allSatisfy { $1 > 0 || $0 == 0 })
    let (chiSquare, cells) = chiSquare(counts, expected)
    let freedom = Double(cells - 1)
    // Wilson and Hilferty's normal approximation, 3.1 standard deviations: one seed in a thousand would fail.
    let variance = 2 / (9 * max(1, freedom))
    #expect(chiSquare <= freedom * pow(1 - variance + 3.1 * variance.squareRoot(), 3))
  }

  /// Σ (count − expected)² / expected; tokens too rare for a term of their own are counted together.
  private func chiSquare(_ counts: [Int], _ expected: [Double]) -> (Double, cells: Int) {
    var (sum, cells) = (0.0, 0)
    func add(_ count: Double, _ expected: Double) {
      sum += (count - expected) * (count - expected) / expected
      cells += 1
    }
    var (rareCount, rareExpected) = (0.0, 0.0)
    for (count, expected) in zip(counts, expected) {
      if expected >= 5 {
        add(Double(count), expected)
      } else {
        rareCount += Double(count)
        rareExpected += expected
      }
    }
    if rareExpected >= 1 { add(rareCount, rareExpected) }
    return (sum, cells)
  }

  @Test func logpsAreThoseBeforeTheCut() {
    let kind = SamplerCase(temperature: 0.7, topK: 4, topP: 0.6)
    var sampler = TokenSampler(kind.sampling, vocabulary: logits.count)
    var random = RandomStream(seed: 22, purpose: 94)
    let all = SamplerCase(temperature: 0.7).probabilities(logits)
    for _ in 0..<20 {
      let (token, logp) = sampler.draw(logits, &random)
      #expect(abs(Double(logp) - log(all[Int(token)])) < 1e-5)
    }
  }

  @Test func theLikeliestTokenIsPenalizedToo() {
    var sampling = Sampling(temperature: 0, maxTokens: 1)
    var random = RandomStream(seed: 24, purpose: 94)
    func likeliest() -> (token: Int32, logp: Float) {
      var sampler = TokenSampler(sampling, vocabulary: 3)
      return sampler.draw([2, 1.5, -1], after: [[0, 0]], &random)
    }
    #expect(likeliest().token == 0)
    sampling.repetitionPenalty = 2
    #expect(likeliest().token == 1)
    // What the model says of it is not penalised.
    let logp = 1.5 - log(exp(2) + exp(1.5) + exp(-1))
    #expect(abs(Double(likeliest().logp) - logp) < 1e-6)
    sampling.scoresCut = true
    #expect(abs(Double(likeliest().logp) - (1.5 - log(exp(1) + exp(1.5) + exp(-1)))) < 1e-6)
  }

  @Test func equalTokensAreCutFromTheHighestIDDown() {
    var sampler = TokenSampler(SamplerCase(topK: 3).sampling, vocabulary: 6)
    var random = RandomStream(seed: 23, purpose: 94)
    let drawn = Set((0..<200).map { _ in sampler.draw([1, 0, 1, 1, 1, 0], &random).token })
    #expect(drawn == [0, 2, 3])
  }
}
