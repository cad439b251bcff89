import Formulas
import Testing

/// Names in LaTeX that get indices or a mark.
@Suite struct LaTeXTests {
  @Test(arguments: [
    ("V", "V_{0,2}"), ("V_t", "V_{t,0,2}"), ("V_{\\text{old}}", "V_{\\text{old},0,2}"),
    ("x_{1}^{2}", "x_{1,0,2}^{2}"), ("\\hat{x_1}", "\\hat{x_1}_{0,2}"), ("\\hat{x_1}_t", "\\hat{x_1}_{t,0,2}"),
    ("\\pi_\\theta", "\\pi_{\\theta,0,2}"),
  ])
  func indicesJoinTheSubscript(name: String, indexed: String) {
    #expect(LaTeX.indexed(name, ["0", "2"]) == indexed)
    #expect(LaTeX.indexed(name, []) == name)
  }

  @Test(arguments: [
    ("x", "x^{\\prime}"), ("x^2", "(x^2)^{\\prime}"), ("x_{a}^b", "(x_{a}^b)^{\\prime}"),
    ("x_{a^b}", "x_{a^b}^{\\prime}"), ("\\hat{x^2}", "\\hat{x^2}^{\\prime}"),
  ])
  func aMarkIsPutAboveWhatHasNone(name: String, marked: String) { #expect(LaTeX.marked(name, "\\prime") == marked) }
}
