import Documents
import Recording
import Reporting

extension Session {
  /// A stage as a whole, in at most a screen: what happens in it, its rows, what is special, and where Enter goes.
  func overview(of number: Int) -> StyledText {
    let stage = trace.stages[number]
    let overview = StageOverview(of: number, in: trace)
    var text = StyledText()
    text.add(trace.placeText(of: stage), .heading)
    text.line(" · overview of \(beatsText(of: stage))", .dim)
    if !overview.purpose.isEmpty { text.line(wrap(overview.purpose, indent: 0), .dim) }
    for sentence in overview.sentences { text.line(wrap(sentence, indent: 0)) }
    for plot in overview.plots { text.line("  " + plot) }
    if let table = overview.table { text.add(styled(table)) }
    for remark in overview.remarks { text.line(wrap("! " + remark, indent: 2), .changed) }
    text.add("➤ Enter: ", .heading)
    text.line(wrap("beat \(overview.telling.beat), \(overview.telling.text)", indent: 2, from: 9))
    return text
  }

  private func styled(_ table: OverviewTable) -> StyledText {
    var columns = TextTable(header: table.header, alignedLeft: table.alignedLeft)
    for row in table.rows { columns.add(row) }
    columns.heading = table.tellingRow
    var text = columns.text
    for note in table.notes { text.line("  " + note, .dim) }
    return text
  }
}
