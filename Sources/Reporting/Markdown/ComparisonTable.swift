/// A Markdown table of names with their numbers in several variants.
public enum ComparisonTable {
  /// Running text in which nothing is taken for markup.
  public static func escaped(_ text: String) -> String { Markdown.text(text) }

  /// The table; a dash where a variant has no number.
  ///
  /// - Parameters:
  ///   - title: Of the column of names.
  ///   - variants: The titles of the columns of numbers.
  ///   - rows: Each name with its number in every variant.
  public static func text(
    _ title: String, variants: [String], rows: [(name: String, values: [Double?])]
  ) -> String {
    var table = MarkdownTable([Markdown.text(title)], numbers: variants.map { Markdown.text($0) })
    for row in rows {
      let numbers = row.values.map { value in value.map { Markdown.number($0) } ?? "–" }
      table.rows.append([Markdown.code(row.name)] + numbers)
    }
    return table.text + "\n"
  }
}
