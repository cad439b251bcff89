import Autodiff
import Formulas
import Foundation
import Recording
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct FormulaTextTests {
  /// Names `a`, `b`, … for plain numbers, `x` for the result, `w` with two indices, of which the first is a word.
  private static let glossary = Glossary(
    entries: ["a", "b", "c", "x", "w", "y"].map { name in
      let labels: [[String]?] = name == "w" ? [["was", "<eos>", "a|b_c$\\*", "{}"], nil] : []
      return Glossary.Entry(
        name: name, latex: name == "y" ? "\\log y_{\\text{old}}" : name, labels: labels, meaning: "")
    },
    valueLabels: [2: ["was", "<eos>"]])

  private let trace = Trace(glossary: glossary)

  private func term(_ name: String, _ value: Double, i: Int = -1, j: Int = -1) -> Scalar {
    let key = TermKey(name: Self.glossary.index(ofName: name) ?? 0, i: i, j: j)
    return trace.record(key, trace.tape.leaf(value))
  }

  /// Records `x` and gives its formula with names and with numbers.
  private func texts(_ scalar: Scalar, _ notation: Notation = .unicode) -> [String?] {
    trace.begin(stage: "test")
    _ = trace.record(TermKey(name: 3), scalar)
    let last = trace.terms.count - 1
    return [trace.formulaText(of: last, as: notation), trace.substitutedText(of: last, as: notation)]
  }

  private func setUp() -> (a: Scalar, b: Scalar) {
    trace.begin(stage: "test")
    return (term("a", -0.5), term("b", 1.0 / 3))
  }

  @Test func sumsAndProductsHaveFewParentheses() {
    let (a, b) = setUp()
    #expect(texts(a + (b + 1)) == ["a + b + 1", "−0.5 + 0.3333 + 1"])
    #expect(texts(a - (b + 1)) == ["a − (b + 1)", "−0.5 − (0.3333 + 1)"])
    #expect(texts((a - b) - 1) == ["a − b − 1", "−0.5 − 0.3333 − 1"])
    #expect(texts(2 * (a + b)) == ["2 × (a + b)", "2 × (−0.5 + 0.3333)"])
    #expect(texts(a * (b * 2)) == ["a × b × 2", "−0.5 × 0.3333 × 2"])
    #expect(texts(a / (b * 2)) == ["a ÷ (b × 2)", "−0.5 ÷ (0.3333 × 2)"])
    #expect(texts(a / b / 2) == ["a ÷ b ÷ 2", "−0.5 ÷ 0.3333 ÷ 2"])
    #expect(texts((a + b) / (a - b)) == ["(a + b) ÷ (a − b)", "(−0.5 + 0.3333) ÷ (−0.5 − 0.3333)"])
  }

  @Test func negativeNumbersFollowNoOperator() {
    let (a, b) = setUp()
    #expect(texts(b + a) == ["b + a", "0.3333 + (−0.5)"])
    #expect(texts(b * a) == ["b × a", "0.3333 × (−0.5)"])
    #expect(texts(b - a * b) == ["b − a × b", "0.3333 − (−0.5 × 0.3333)"])
    #expect(texts(square(a)) == ["a²", "(−0.5)²"])
    #expect(texts(-a) == ["−a", "−(−0.5)"])
    #expect(texts(-(a + b)) == ["−(a + b)", "−(−0.5 + 0.3333)"])
    #expect(texts(b + -a) == ["b + (−a)", "0.3333 + (−(−0.5))"])
    #expect(texts(-a * b) == ["−a × b", "−(−0.5) × 0.3333"])
  }

  @Test func functions() {
    let (a, b) = setUp()
    #expect(texts(minimum(a * b, clip(b, 0.8, 1.2))).first == "min(a × b, clip(b, 0.8, 1.2))")
    #expect(texts(sqrt(square(a) + 1e-8)).first == "√(a² + 1e-08)")
    #expect(texts(sqrt(b)).first == "√b")
    #expect(texts(square(exp(a))).first == "exp(a)²")
    #expect(texts(square(a * b)).first == "(a × b)²")
    #expect(texts(logSigmoid(a - b)).first == "log σ(a − b)")
    #expect(texts((1 - 0.9) * a).first == "0.1 × a")
    #expect(texts(trace.tape.sum([a, b, -a])).first == "a + b + (−a)")
    #expect(texts(trace.tape.sum([])).first == "0")
  }

  @Test func detachingShowsInsideAlone() {
    let (a, b) = setUp()
    #expect(texts(stopGradient(a + b)).first == "a + b")
    #expect(texts(alias(a)).first == "a")
    #expect(texts(b * stopGradient(a)) == ["b × sg(a)", "0.3333 × sg(−0.5)"])
    #expect(texts(b * alias(a)).first == "b × a")
  }

  @Test func longListsAreShortened() {
    let (a, b) = setUp()
    let many = Array(repeating: a, count: 20) + [b]
    #expect(texts(trace.tape.mean(many)) == ["mean(a, a, …, b; 21 terms)", "mean(−0.5, −0.5, …, 0.3333; 21 terms)"])
    #expect(texts(trace.tape.sum(Array(many.suffix(5)))).first == "Σ(a, a, …, b; 5 terms)")
    #expect(texts(trace.tape.logSumExp(Array(many.suffix(4)))).first == "logsumexp(a, a, a, b)")
    #expect(
      texts(trace.tape.mean(many), .latex).first == "\\mathrm{mean}(a, a, \\ldots, b\\text{; 21 terms})")
  }

  @Test func aSumOfSumsStaysShortAndFast() {
    let (a, _) = setUp()
    let tape = trace.tape
    let values = (0..<3000).map { tape.leaf(Double($0)) + a }
    let mean = tape.mean(values)
    let text = texts(tape.mean(values.map { square($0 - mean) })).first ?? nil
    #expect(text?.hasSuffix("; 3000 terms)") == true && (text?.count ?? 1000) < 300)
    #expect(trace.inputs(of: trace.terms.count - 1).count == 1)
  }

  @Test func latexHasFractionsRootsAndPowersOfTen() {
    let (a, b) = setUp()
    #expect(texts(a / (b + 1), .latex) == ["\\frac{a}{b + 1}", "\\frac{-0.5}{0.3333 + 1}"])
    #expect(texts(sqrt(a / b), .latex).first == "\\sqrt{\\frac{a}{b}}")
    #expect(texts(square(a / b), .latex).first == "\\left(\\frac{a}{b}\\right)^2")
    #expect(texts(b + 1.5e-8, .latex).first == "b + 1.5 \\times 10^{-8}")
    #expect(texts(b * -1e12, .latex).first == "b \\times (-1 \\times 10^{12})")
    #expect(texts(b + .infinity, .latex).first == "b + \\infty")
    let y = term("y", 2)
    #expect(texts(square(y), .latex).first == "(\\log y_{\\text{old}})^2")
  }

  @Test(arguments: [
    (0, "w[was,2]", "w_{\\text{was},2}"), (1, "w[<eos>,2]", "w_{{\\lt}\\text{eos}{\\gt},2}"),
    (2, "w[a|b_c$\\*,2]", "w_{\\text{a｜b＿c＄＼＊},2}"), (3, "w[{},2]", "w_{\\text{｛｝},2}"),
  ])
  func wordsAreEscaped(index: Int, unicode: String, latex: String) {
    trace.begin(stage: "test")
    _ = term("w", 0, i: index, j: 2)
    #expect(trace.name(of: 0, as: .unicode) == (index == 2 ? "w[\"a|b_c$\\\\*\",2]" : unicode))
    #expect(trace.name(of: 0, as: .latex) == latex)
  }

  @Test func valuesThatStandForWordsShowThem() {
    trace.begin(stage: "test")
    _ = term("c", 1)
    #expect(trace.valueText(of: 0, as: .unicode) == "<eos>")
    #expect(trace.valueText(of: 0, as: .latex) == "{\\lt}\\text{eos}{\\gt}")
  }

  @Test func mathMLIsWellFormed() throws {
    let (a, b) = setUp()
    let w = term("w", 0.25, i: 1, j: 2)
    #expect(
      texts(a / b, .mathML).first == "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>")
    #expect(
      texts(exp(w), .mathML).first
        == "<math><mi mathvariant=\"normal\">exp</mi><mrow><mo>(</mo><msub><mi>w</mi><mrow><mtext>&lt;</mtext>"
        + "<mtext>eos</mtext><mtext>&gt;</mtext><mo>,</mo><mn>2</mn></mrow></msub><mo>)</mo></mrow></math>")
    for formula in [sqrt(square(a - b)), -logSigmoid(a), clip(w, 0.8, 1.2), b + 1e-12] {
      for text in texts(formula, .mathML) {
        let parser = XMLParser(data: Data(try #require(text).utf8))
        #expect(parser.parse(), "\(text ?? "")")
      }
    }
  }

  @Test func anUnknownCommandIsKept() {
    #expect(MathML.element("\\oops x") == "<math><mtext>\\oops</mtext><mi>x</mi></math>")
    #expect(MathML.element("{x") == "<math><mi>x</mi></math>")
    #expect(MathML.element("x_") == "<math><msub><mi>x</mi><mtext></mtext></msub></math>")
    #expect(MathML.element("x}y") == "<math><mi>x</mi><mi>y</mi></math>")
  }
}
