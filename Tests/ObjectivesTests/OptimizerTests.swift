import Autodiff
import Objectives
import Testing

@Suite struct OptimizerTests {
  private func optimizer(_ name: String, weightDecay: Double = 0) throws -> Optimizer {
    var settings = Settings()
    try settings.set(.optimizer, to: .choice(name))
    try settings.set(.learningRate, to: .number(0.1))
    try settings.set(.weightDecay, to: .number(weightDecay))
    return Optimizer(settings)
  }

  /// Two steps with gradients 1 and −0.5, from 2; the numbers are `torch.optim`'s.
  @Test(arguments: [
    ("sgd", 0.0, [1.9, 1.95]), ("sgd", 0.5, [1.8, 1.76]),
    ("adam", 0.0, [1.900000001, 1.873366297370903]), ("adamw", 0.5, [1.800000001, 1.683366297320903]),
  ])
  func twoSteps(name: String, weightDecay: Double, expected: [Double]) throws {
    let optimizer = try optimizer(name, weightDecay: weightDecay)
    let tape = Tape()
    var parameter = tape.leaf(2)
    var moments = Moments(on: tape)
    for (step, gradient) in [1.0, -0.5].enumerated() {
      let g = tape.leaf(gradient)
      let new = optimizer.moments(moments, gradient: g, parameter: parameter)
      parameter = parameter + optimizer.change(moments: new, gradient: g, parameter: parameter, step: step + 1)
      if let new { moments = new }
      #expect(abs(parameter.value - expected[step]) < 1e-9, "\(name) \(step): \(parameter.value)")
    }
  }

  @Test(arguments: [(0.5, 0.1), (10.0, 1.0)])
  func longGradientsAreScaledDown(limit: Double, expected: Double) {
    let tape = Tape()
    let scale = gradientClipping([3, 4].map(tape.leaf), limit: Constant(limit), observer: Unobserved(tape: tape))
    #expect(abs((scale?.value ?? 0) - min(1, limit / (5 + 1e-6))) < 1e-15)
    #expect(abs((scale?.value ?? 0) - expected) < 1e-6)
  }

  @Test func bradleyTerryPushesTheScoresApart() {
    let tape = Tape()
    let (chosen, rejected) = (tape.leaf(0.5), tape.leaf(0.5))
    let loss = bradleyTerryLoss(margin: chosen - rejected)
    #expect(abs(loss.value - Elementary.log(2)) < 1e-15)
    #expect(tape.gradient(of: loss)[chosen] == -0.5)
    #expect(tape.gradient(of: loss)[rejected] == 0.5)
  }

  @Test(arguments: [
    (Aggregation(.tokenMean), 2.0), (Aggregation(.sequenceSum), 3.0), (Aggregation(.sequenceMean), 2.25),
    (Aggregation(.sequenceSumNorm), 1.5), (Aggregation(.sequenceSumNorm, scale: Constant(6)), 0.5),
  ])
  func aggregation(mode: Aggregation, expected: Double) {
    let tape = Tape()
    #expect(mode([[3.0].map(tape.leaf), [1.0, 2.0].map(tape.leaf)], on: tape).value == expected)
  }
}
