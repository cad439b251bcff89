import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

// What stays readable when a batch has a hundred thousand tokens.
extension Session {
  /// The tokens on which the loss depends most, with what it depends on them by.
  func heaviestTokens(limit: Int = 20) throws(ExpressionError) -> StyledText {
    guard let loss = latestLoss else {
      let isLater = trace.differentiations.contains { trace.quantity(of: $0.term) == .loss }
      throw ExpressionError(
        isLater ? "there is no loss yet at beat \(beat): goto loss" : "there is no loss in this run")
    }
    var found: [(term: Int, gradient: Double)] = []
    for quantity in trace.learnedByToken where quantity != .value {
      for term in termsOfMinibatch(quantity, of: loss) {
        found.append((term, loss.gradient[trace.scalar(term)]))
      }
    }
    let live = found.filter { $0.gradient != 0 }.sorted { a, b in
      (b.gradient.magnitude, a.term) < (a.gradient.magnitude, b.term)
    }
    var table = TextTable(header: ["term", "token", "value", "grad", "ratio", "advantage"])
    for (term, gradient) in live.prefix(limit) {
      let key = trace.terms[term].key
      let at = trace.terms[loss.term].beat
      table.add([
        trace.text(term), trace.tokenText(of: key, at: at) ?? "", NumberText.short(trace.value(term)),
        NumberText.short(gradient), trace.value(.ratio, key.i, key.j, at: at).map { NumberText.short($0) } ?? "",
        advantage(key, at: at).map { NumberText.short($0) + ($0 > 0 ? " ▲" : $0 < 0 ? " ▼" : "") } ?? "",
      ])
    }
    var text = StyledText()
    let loops = trace.stage(ofBeat: trace.terms[loss.term].beat).loops.text
    let name = trace.text(loss.term) + (loops.isEmpty ? "" : " of \(loops)")
    text.line("the tokens on which \(name) depends most", .heading)
    text.add(table.text)
    let (more, dead) = (max(0, live.count - limit), found.count - live.count)
    let reason = dead == 0 ? "" : ": a clip, a mask or no advantage"
    text.line("  \(more) more, with no larger gradients, \(dead) with none\(reason)", .dim)
    return text
  }

  /// How ratios and advantages are spread, as bars.
  func histograms() throws(ExpressionError) -> StyledText {
    var text = StyledText()
    for quantity in [Quantity.ratio, .advantage, .margin] {
      let pattern = TermPattern(
        name: quantity.rawValue, indices: trace.glossary.entries[quantity.rawValue].labels.map { _ in nil })
      let values = trace.latestTerms(matching: pattern, at: beat).map { trace.value($0) }.filter { $0.isFinite }
      if values.count > 1 { text.add(histogram(quantity.name, values)) }
    }
    if text.isEmpty {
      throw absence([.ratio, .advantage, .margin]) { "there are no ratios, advantages or margins yet: goto \($0)" }
    }
    return text
  }

  private func histogram(_ name: String, _ values: [Double], bins: Int = 12, width: Int = 40) -> StyledText {
    let (low, high) = (values.reduce(.infinity) { min($0, $1) }, values.reduce(-.infinity) { max($0, $1) })
    var text = StyledText()
    let mean = values.reduce(0) { $0 + $1 } / Double(values.count)
    text.line(
      "\(name): \(values.count) from \(NumberText.short(low)) to \(NumberText.short(high)), mean \(NumberText.short(mean))",
      .heading)
    guard high > low else { return text }
    var counts = [Int](repeating: 0, count: bins)
    let step = (high - low) / Double(bins)
    for value in values { counts[min(bins - 1, Int((value - low) / step))] += 1 }
    let most = counts.reduce(1) { max($0, $1) }
    for (bin, count) in counts.enumerated() {
      let start = NumberText.alignedRight(NumberText.short(low + Double(bin) * step), to: 11)
      // A bin that is not empty shows at least something.
      let length = count == 0 ? 0 : max(1, count * width / most)
      text.line("\(start) │" + String(repeating: "█", count: length) + " \(count)")
    }
    return text
  }

  /// The last loss that is computed by now.
  private var latestLoss: Trace.Differentiation? {
    trace.differentiations.last { trace.quantity(of: $0.term) == .loss && trace.terms[$0.term].beat <= beat }
  }

  private func termsOfMinibatch(_ quantity: Quantity, of loss: Trace.Differentiation) -> [Int] {
    let loops = trace.stage(ofBeat: trace.terms[loss.term].beat).loops
    var found: [Int] = []
    for stage in trace.stages where stage.loops == loops {
      let first = trace.beats[stage.beats.lowerBound].terms.lowerBound
      let last = trace.beats[stage.beats.upperBound - 1].terms.upperBound
      for term in first..<last where trace.quantity(of: term) == quantity { found.append(term) }
    }
    return found
  }

  /// A token's advantage, or its response's.
  private func advantage(_ key: TermKey, at beat: Int) -> Double? {
    trace.value(.advantage, key.i, key.j, at: beat) ?? trace.value(.advantage, key.i, at: beat)
  }
}
