public import Documents
import Reporting

extension VariantComparison {
  /// A column for each variant, as many beside each other as 80 columns hold; what differs is marked `◆`.
  ///
  /// - Parameter limit: The most names to list of those that differ beside the losses and metrics.
  public func text(limit: Int = 16) -> StyledText {
    let sections = sections(limit: limit)
    let rows = sections.flatMap { $0.rows }
    let nameWidth = (rows.map { NumberText.width($0.name) } + [NumberText.width(options)]).max() ?? 0
    let widths = variants.indices.map { column in
      (rows.map { NumberText.width(cell($0.values[column])) } + [NumberText.width(variants[column].label)]).max() ?? 0
    }
    var text = StyledText()
    for columns in blocks(widths, nameWidth: nameWidth + 2) {
      if !text.isEmpty { text.line() }
      func line(_ mark: String, _ name: String, _ cells: [String]) -> String {
        let numbers = zip(columns, cells).map { "  " + NumberText.alignedRight($1, to: widths[$0]) }
        return mark + NumberText.alignedLeft(name, to: nameWidth) + numbers.joined()
      }
      text.line(line("  ", options, columns.map { variants[$0].label }), .heading)
      for section in sections {
        text.line(section.heading, .dim)
        for row in section.rows {
          text.line(
            line(row.isMoved ? "◆ " : "  ", row.name, columns.map { cell(row.values[$0]) }),
            row.isMoved ? .changed : .plain)
        }
      }
    }
    if moved.isEmpty { text.line("Nothing differs: all terms are the same.") }
    return text
  }

  /// The columns that stand beside each other; at least one.
  private func blocks(_ widths: [Int], nameWidth: Int) -> [[Int]] {
    var blocks: [[Int]] = []
    var used = 0
    for column in widths.indices {
      if blocks.isEmpty || used + 2 + widths[column] > 80 {
        blocks.append([])
        used = nameWidth
      }
      blocks[blocks.count - 1].append(column)
      used += 2 + widths[column]
    }
    return blocks
  }

  private func cell(_ value: Double?) -> String { value.map { NumberText.short($0) } ?? "–" }

  /// The same as a Markdown document.
  public func markdown(title: String, limit: Int = 16) -> String {
    var document = "# \(ComparisonTable.escaped(title))\n"
    for section in sections(limit: limit) {
      document += "\n## \(ComparisonTable.escaped(section.heading))\n\n"
      document += ComparisonTable.text(
        options, variants: variants.map { $0.label }, rows: section.rows.map { ($0.name, $0.values) })
    }
    return document + (moved.isEmpty ? "\nNothing differs.\n" : "")
  }

  /// Every number of the table, and every term that differs: `{"option", "variants", …, "moved"}`.
  public var json: String {
    var writer = JSONWriter(indented: true)
    writer.beginObject()
    writer.key("option")
    writer.string(options)
    writer.key("variants")
    writer.beginArray()
    for variant in variants { writer.string(variant.label) }
    writer.endArray()
    writer.key("same_samples")
    writer.bool(hasSameSamples)
    writer.key("summary")
    // What is left of the sections without what differs most: that is written whole.
    write(sections(limit: 0).flatMap { $0.rows }, to: &writer)
    writer.key("gradients")
    write(gradients, to: &writer)
    writer.key("moved")
    write(moved, to: &writer)
    writer.endObject()
    return writer.text
  }

  private func write(_ rows: [Row], to writer: inout JSONWriter) {
    writer.beginArray()
    for row in rows {
      writer.beginObject()
      writer.key("term")
      writer.string(row.name)
      writer.key("loops")
      writer.string(row.loops)
      writer.key("position")
      writer.integer(row.beat)
      writer.key("values")
      writer.beginArray()
      for value in row.values { if let value { writer.number(value) } else { writer.null() } }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
  }
}
