import Documents
import Objectives
import Plots
import Recording
import Reporting
import Simulation

// Tables of what GRPO knows of whole responses, and of their groups.
extension Session {
  /// One row per response of this iteration: what it earned and what became of it.
  func responseTable() throws(ExpressionError) -> StyledText {
    let quantities: [Quantity] = [.score, .overlongPenalty, .reward, .baseline, .rawAdvantage, .advantage]
    let known = quantities.filter { trace.sampleValue($0, 0, -1, at: beat) != nil }
    guard !known.isEmpty else {
      throw absence(quantities) { "no response is rewarded yet at beat \(beat): goto \($0)" }
    }
    var table = TextTable(header: ["", "prompt", "response"] + known.map { $0.name }, alignedLeft: 3)
    for i in trace.prompts.indices.prefix(48) {
      let cells = known.map { quantity in
        trace.sampleValue(quantity, i, -1, at: beat).map { marked($0, quantity, of: i) } ?? ""
      }
      table.add(
        ["\(i)", trace.prompts[i].end(columns: 24), trace.tokens(of: i, at: beat).joined(separator: " ")] + cells)
    }
    var text = titled("by response", table)
    if trace.prompts.count > 48 { text.line("  … and \(trace.prompts.count - 48) more: p reward[*]", .dim) }
    return text
  }

  private func marked(_ value: Double, _ quantity: Quantity, of i: Int) -> String {
    guard quantity == .advantage, !trace.isPassedOver(i, at: beat) else { return NumberText.short(value) }
    let mark = trace.term(TermKey(.advantage, i), at: beat).flatMap { trace.mark(of: $0) }
    return NumberText.short(value) + (mark.map { " " + $0.symbol } ?? "  ")
  }

  /// One row per group of this iteration.
  func groupTable() throws(ExpressionError) -> StyledText {
    let quantities: [Quantity] = [
      .groupWeight, .groupMean, .groupStd, .baselineStd, .positiveMass, .negativeMass, .groupRewardBefore,
      .groupRewardAfter, .labelledReward,
    ]
    let known = quantities.filter { trace.sampleValue($0, 0, -1, at: beat) != nil }
    guard !known.isEmpty else {
      throw absence(quantities) { "no group of this iteration is compared yet at beat \(beat): goto \($0)" }
    }
    var table = TextTable(header: ["group"] + known.map { $0.name }, alignedLeft: 1)
    var g = 0
    while known.contains(where: { trace.sampleValue($0, g, -1, at: beat) != nil }) {
      let name = trace.glossary.indexTexts(TermKey(.groupMean, g))[0]
      table.add([name] + known.map { trace.sampleValue($0, g, -1, at: beat).map { NumberText.short($0) } ?? "" })
      g += 1
    }
    return titled("by group", table)
  }
}
