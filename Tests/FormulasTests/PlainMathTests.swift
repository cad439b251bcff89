import Formulas
import Testing

@Suite struct PlainMathTests {
  @Test(arguments: [
    ("\\frac{\\pi_\\theta}{\\pi_{\\text{old}}}", "π_θ / π_old"),
    ("\\hat{A}_t = \\delta_t + \\gamma \\lambda \\hat{A}_{t+1}", "A\u{302}_t = δ_t + γλA\u{302}_(t + 1)"),
    ("L = -\\log \\sigma(\\beta (s_w - s_l))", "L = −log σ(β(s_w − s_l))"),
    ("\\min(r A, \\text{clip}(r, 1 - \\epsilon, 1 + \\epsilon) A)", "min(rA, clip(r, 1 − ϵ, 1 + ϵ)A)"),
    ("\\frac{r_i - \\bar{r}}{\\sqrt{v} + \\epsilon}", "(r_i − r\u{304}) / (√v + ϵ)"),
    ("\\frac{1}{2} (V - R)^2", "(1 / 2)(V − R)²"), ("k_2 = \\frac{1}{2} d^{2}", "k_2 = (1 / 2)d²"),
    ("\\frac{\\pi_{ref}}{\\pi} g", "(π_ref / π)g"), ("b \\cdot \\frac{d}{d \\theta} 1", "b ⋅ (d / dθ) 1"),
    ("\\log \\frac{a}{b} - \\log \\frac{c}{d}", "log (a / b) − log (c / d)"), ("\\mathrm{grad} k_1", "grad k_1"),
    ("\\frac{1}{n} \\sum_{t} x_t", "(1 / n)∑_t x_t"), ("\\frac{a}{b} = c", "a / b = c"),
    ("0.8 \\times (-1.2)", "0.8 × (−1.2)"),
  ])
  func formulasBecomeOneLine(latex: String, text: String) { #expect(PlainMath.text(of: latex) == text) }
}
