import Autodiff
import Testing

@Suite struct TapeTests {
  /// Every operation with a derivative, as a function of two numbers.
  static let operations: [(name: String, function: @Sendable (Scalar, Scalar) -> Scalar)] = [
    ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / $1 }), ("negate", { x, _ in -x }),
    ("x + 2", { x, _ in x + 2 }), ("3 - x", { x, _ in 3 - x }), ("2 / x", { x, _ in 2 / x }),
    ("exp", { x, _ in exp(x) }), ("log", { x, _ in log(x * x + 1) }), ("sqrt", { x, _ in sqrt(x * x + 1) }),
    ("log1mexp", { x, y in log1mexp(-(x * x)) + log1mexp(-square(x * y) - 0.1) }), ("relu", { x, y in relu(x * y) }),
    ("square", { x, _ in square(x) }), ("sigmoid", { x, _ in sigmoid(x) }),
    ("log-sigmoid", { x, y in logSigmoid(x * y) }), ("min", { minimum($0, $1) }), ("max", { maximum($0, $1) }),
    ("clip", { x, _ in clip(x, -0.5, 0.5) }), ("sum", { x, y in x.tape.sum([x, y, x]) }),
    ("mean", { x, y in x.tape.mean([x, y, x]) }), ("log-sum-exp", { x, y in x.tape.logSumExp([x, y, x]) }),
    ("alias", { x, _ in alias(x) * x }), ("softmax", { x, y in exp(x - x.tape.logSumExp([x, y])) }),
  ]

  @Test(arguments: operations.indices)
  func gradientIsTheCentralDifference(number: Int) {
    let (name, function) = Self.operations[number]
    for (a, b) in [(0.3, -1.2), (1.7, 0.4), (-2.1, 1.3), (-0.2, -0.3)] {
      let tape = Tape()
      let (x, y) = (tape.leaf(a), tape.leaf(b))
      let result = function(x, y)
      let gradient = tape.gradient(of: result)
      for leaf in [x, y] {
        let h = 1e-6
        let above = tape.value(of: result, replacing: leaf, by: leaf.value + h)
        let below = tape.value(of: result, replacing: leaf, by: leaf.value - h)
        let difference = (above - below) / (2 * h)
        #expect(abs(gradient[leaf] - difference) < 1e-8 * max(1, abs(difference)), "\(name) at \(a), \(b)")
      }
    }
  }

  @Test func tiesShareTheGradientAsInPyTorch() {
    for function in [minimum, maximum] {
      let tape = Tape()
      let (x, y) = (tape.leaf(2), tape.leaf(2))
      let gradient = tape.gradient(of: function(x, y))
      #expect(gradient[x] == 0.5 && gradient[y] == 0.5)
    }
  }

  /// `torch.relu` has derivative 0 at 0, where `torch.maximum` has ½.
  @Test(arguments: [(-0.1, 0.0, 0.0), (0, 0, 0), (0.1, 0.1, 1)])
  func reluHasNoGradientAtItsCorner(x: Double, value: Double, derivative: Double) {
    let tape = Tape()
    let x = tape.leaf(x)
    let y = relu(x)
    #expect(y.value == value && tape.gradient(of: y)[x] == derivative)
    #expect(relu(tape.leaf(.nan)).value.isNaN)
  }

  /// The chain through a log-odds of certainty has its limit, where `0 · ∞` would be NaN.
  @Test func certaintyHasItsLimit() {
    let tape = Tape()
    let x = tape.leaf(0)
    let loss = -logSigmoid(x - log1mexp(x))
    #expect(abs(loss.value) < 1e-290)
    // −log σ(log (p / (1 − p))) is −log p, whose derivative by log p is −1.
    #expect(abs(tape.gradient(of: loss)[x] + 1) < 1e-12)
  }

  @Test func beyondABorderClipPassesTheGradientToTheBorder() {
    for (value, expected) in [(0.5, [0.0, 1, 0]), (1.0, [1, 0, 0]), (2.0, [0, 0, 1])] {
      let tape = Tape()
      let (x, low, high) = (tape.leaf(value), tape.leaf(0.8), tape.leaf(1.2))
      let gradient = tape.gradient(of: clip(x, low, high))
      #expect([x, low, high].map { gradient[$0] } == expected)
    }
  }

  @Test(arguments: [(0.8, 1.0), (1.2, 1.0), (0.79, 0.0), (1.21, 0.0), (1.0, 1.0)])
  func clipPassesTheGradientOnItsBorders(value: Double, expected: Double) {
    let tape = Tape()
    let x = tape.leaf(value)
    #expect(tape.gradient(of: clip(x, 0.8, 1.2))[x] == expected)
  }

  @Test func stopGradientKeepsTheValueAndCutsTheGradient() {
    let tape = Tape()
    let x = tape.leaf(3)
    let y = stopGradient(x) * x
    #expect(y.value == 9)
    #expect(tape.gradient(of: y)[x] == 3)
    // A finite difference holds what is behind the stop, as the gradient does.
    #expect(tape.value(of: y, replacing: x, by: 4) == 12)
  }

  @Test func aCutBranchDoesNotTurnInfinityIntoNaN() {
    let tape = Tape()
    let x = tape.leaf(1000)
    let objective = minimum(exp(x), tape.constant(1.2))
    #expect(objective.value == 1.2)
    #expect(tape.gradient(of: objective)[x] == 0)
  }

  @Test func notANumberIsNotHidden() {
    let tape = Tape()
    let nan = tape.leaf(.nan)
    let one = tape.leaf(1)
    for result in [minimum(nan, one), minimum(one, nan), maximum(nan, one), maximum(one, nan), clip(nan, 0, 1)] {
      #expect(result.value.isNaN)
    }
  }

  @Test func logSigmoidAndLogSumExpDoNotOverflow() {
    let tape = Tape()
    #expect(logSigmoid(tape.leaf(-800)).value == -800)
    #expect(logSigmoid(tape.leaf(800)).value == 0)
    #expect(tape.logSumExp([tape.leaf(1000), tape.leaf(1000)]).value == 1000 + Elementary.log(2))
  }

  @Test func sumOfNothingIsZero() { #expect(Tape().sum([]).value == 0) }

  @Test func truncatingForgetsTheEnd() {
    let tape = Tape()
    let x = tape.leaf(2)
    let count = tape.count
    _ = square(x) + exp(x)
    tape.truncate(to: count)
    #expect(tape.count == count)
    let y = x * x
    #expect(tape.gradient(of: y)[x] == 4)
  }

  @Test func aHundredThousandNodesAreOneSweep() {
    let tape = Tape()
    let x = tape.leaf(1)
    var sum = x
    for _ in 0..<50_000 { sum = sum * 1.0 + x }
    #expect(sum.value == 50_001)
    #expect(tape.gradient(of: sum)[x] == 50_001)
  }

  /// Path by path it is what the reverse pass says, also where paths part and meet.
  @Test func aDerivativeByOneScalarIsThatOfTheGradient() {
    let tape = Tape()
    let (x, y) = (tape.leaf(0.7), tape.leaf(-1.3))
    let inner = exp(x) * y
    let root = square(inner) - inner / x + stopGradient(inner)
    let gradient = tape.gradient(of: root)
    for target in [x, y, inner] {
      #expect((tape.derivative(of: root, by: target) - gradient[target]).magnitude < 1e-12)
    }
    #expect(tape.derivative(of: x, by: root) == 0)
  }
}
