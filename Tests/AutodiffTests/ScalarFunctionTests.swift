import Autodiff
import Testing

@Suite struct ScalarFunctionTests {
  @Test func movedByNothingAllIsAsRecorded() {
    let tape = Tape()
    let x = tape.leaf(0.3)
    let y = exp(x) / 3 + square(x)
    var function = ScalarFunction(of: [y, x], moving: [x])
    function.move(by: 0)
    #expect(function.value(0) == y.value)
    #expect(function.value(1) == 0.3)
    #expect(function.slope(0) == tape.gradient(of: y)[x])
  }

  @Test func valuesAndSlopesAreThoseOfATapeAtThatPlace() {
    func record(_ a: Double, _ b: Double) -> (inputs: [Scalar], output: Scalar) {
      let tape = Tape()
      let (x, y) = (tape.leaf(a), tape.leaf(b))
      return ([x, y], minimum(exp(x) * y, clip(exp(x), 0.8, 1.2) * y) + sigmoid(x - y))
    }
    let recorded = record(0.1, 2)
    var function = ScalarFunction(of: [recorded.output], moving: recorded.inputs)
    for shift in [-1.0, -0.2, 0.05, 0.4, 3] {
      function.move(by: shift)
      let there = record(0.1 + shift, 2 + shift)
      let gradient = there.output.tape.gradient(of: there.output)
      #expect(function.value(0) == there.output.value)
      #expect((function.slope(0) - there.inputs.reduce(0) { $0 + gradient[$1] }).magnitude < 1e-14)
    }
  }

  /// A number behind a stop-gradient would be another one, but no gradient passes.
  @Test func aStopGradientPassesValuesAndNoSlopes() {
    let tape = Tape()
    let x = tape.leaf(2)
    var function = ScalarFunction(of: [stopGradient(x) * x], moving: [x])
    function.move(by: 1)
    #expect(function.value(0) == 9)
    #expect(function.slope(0) == 3)
  }

  @Test func whatDoesNotDependStays() {
    let tape = Tape()
    let (x, other) = (tape.leaf(2), tape.leaf(5))
    let y = other * 3
    var function = ScalarFunction(of: [y, x + y], moving: [x])
    function.move(by: 10)
    #expect(function.value(0) == 15)
    #expect(function.slope(0) == 0)
    #expect(function.value(1) == 27)
  }

  @Test func theBordersOfAClipAreFound() {
    let tape = Tape()
    let x = tape.leaf(1)
    let ratio = exp(x)
    let y = clip(ratio, 0.8, 1.2) + clip(ratio, tape.constant(-.infinity), tape.constant(3))
    #expect(ScalarFunction(of: [ratio, y], moving: [x]).borders(clipping: 0) == [0.8, 1.2, 3])
  }
}
