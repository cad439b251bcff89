import Formulas
import Testing

/// Formulas as a page shows them.
@Suite struct MathMLTests {
  /// A subtraction has space on both sides, the sign of a number none.
  @Test(arguments: [
    ("(a) - b", false), ("[a] - b", false), ("f' - g", false), ("a - b", false), ("a \\cdot -b", true), ("(-b)", true),
    ("a = -b", true),
  ])
  func aMinusIsASignBehindAnOperator(latex: String, isSign: Bool) {
    #expect(MathML.element(latex).contains("<mo form=\"prefix\">−</mo>") == isSign)
  }

  /// In a page nothing but HTML reads them, and few fonts have full-width forms.
  @Test(arguments: [("clipped_ratio", "clipped_ratio"), ("a&b", "a&amp;b"), ("[\\{$}]", "[\\{$}]"), ("＋", "＋")])
  func signsOfLaTeXAreThemselves(word: String, text: String) {
    #expect(MathML.element(LaTeX.text(word)) == "<math><mtext>\(text)</mtext></math>")
  }
}
