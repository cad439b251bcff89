import Autodiff
import Objectives
import Testing

@Suite struct AdvantageTests {
  @Test func advantagesByHand() {
    // deltas 0.5 + 0.9 · 2 − 1 = 1.3 and 1 − 2 = −1; then 1.3 + 0.9 · 0.8 · −1 = 0.58.
    let tape = Tape()
    let result = generalizedAdvantages(
      sequence: 0, rewards: [0.5, 1].map(tape.leaf), values: [1, 2].map(tape.leaf), gamma: Constant(0.9),
      lam: Constant(0.8),
      observer: Unobserved(tape: tape))
    #expect(abs(result.advantages[0].value - 0.58) < 1e-15)
    #expect(result.advantages[1].value == -1)
    #expect(abs(result.returns[0].value - 1.58) < 1e-15)
    #expect(result.returns[1].value == 1)
  }

  @Test func lambdaOneIsTheReturnMinusTheValue() {
    let tape = Tape()
    let rewards = [0.3, -1.2, 0.7, 2.0]
    let values = [0.1, 0.9, -0.4, 1.1]
    let result = generalizedAdvantages(
      sequence: 0, rewards: rewards.map(tape.leaf), values: values.map(tape.leaf), gamma: Constant(1), lam: Constant(1),
      observer: Unobserved(tape: tape))
    for t in rewards.indices {
      #expect(abs(result.advantages[t].value - (rewards[t...].reduce(0, +) - values[t])) < 1e-15)
    }
  }

  @Test func anEpisodeThatWasCutOffGoesOnWithItsValue() {
    let tape = Tape()
    let result = generalizedAdvantages(
      sequence: 0, rewards: [tape.leaf(1)], values: [tape.leaf(0.5)], bootstrap: tape.leaf(2), gamma: Constant(0.5),
      lam: Constant(1),
      observer: Unobserved(tape: tape))
    #expect(result.advantages[0].value == 1.5)
  }

  @Test func whiteningDividesByTheStandardDeviation() {
    let tape = Tape()
    let values = [1.0, 2.0, 4.0].map(tape.leaf)
    let unbiased = spread(of: values, ddof: Constant(1), on: tape)
    #expect(abs(unbiased.mean.value - 7 / 3) < 1e-15)
    #expect(abs(unbiased.std.value - (7.0 / 3 + 1e-8).squareRoot()) < 1e-15)
    let biased = spread(of: values, ddof: Constant(0), on: tape)
    #expect(abs(biased.std.value - (14.0 / 9 + 1e-8).squareRoot()) < 1e-15)
    #expect(spread(of: [values[0]], ddof: Constant(1), on: tape).std.value == 1e-8.squareRoot())
  }
}
