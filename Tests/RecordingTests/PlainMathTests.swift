import Recording
import Testing

@Suite struct PlainMathTests {
  @Test(arguments: [
    ("\\frac{\\pi_\\theta}{\\pi_{\\text{old}}}", "π_θ / π_old"),
    ("\\hat{A}_t = \\delta_t + \\gamma \\lambda \\hat{A}_{t+1}", "A\u{302}_t = δ_t + γλA\u{302}_(t + 1)"),
    ("L = -\\log \\sigma(\\beta (s_w - s_l))", "L = −log σ(β(s_w − s_l))"),
    ("\\min(r A, \\text{clip}(r, 1 - \\epsilon, 1 + \\epsilon) A)", "min(rA, clip(r, 1 − ϵ, 1 + ϵ)A)"),
    ("\\frac{r_i - \\bar{r}}{\\sqrt{v} + \\epsilon}", "(r_i − r\u{304}) / (√v + ϵ)"),
    ("\\frac{1}{2} (V - R)^2", "1 / 2(V − R)²"),
    ("0.8 \\times (-1.2)", "0.8 × (−1.2)"),
  ])
  func formulasBecomeOneLine(latex: String, text: String) { #expect(PlainMath.text(of: latex) == text) }
}
