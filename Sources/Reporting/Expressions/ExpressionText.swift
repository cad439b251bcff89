public import Documents

extension ExpressionValue {
  /// The numbers with their names, in full precision for a single one.
  ///
  /// - Parameters:
  ///   - name: What the value is called where there is only one.
  ///   - note: What to say behind it in parentheses.
  ///   - word: What a value is shown as, if not as a number.
  public func text(
    named name: String, note: String? = nil, word: (Double) -> String? = { _ in nil }
  ) -> StyledText {
    var text = StyledText()
    switch self {
    case .number(let value):
      let (short, full) = (word(value) ?? NumberText.short(value), NumberText.full(value))
      let rest = (short == full ? "" : "   \(full)") + (note.map { "   (\($0))" } ?? "")
      let width = 80 - NumberText.width(" = \(short)\(rest)")
      text.add("\(Self.fitted(name, to: width)) = \(short)")
      text.line(rest, .dim)
    case .list(let elements):
      let width = elements.map { NumberText.width($0.name) }.max() ?? 0
      let values = elements.map { word($0.value) ?? NumberText.short($0.value) }
      let valueWidth = values.map { NumberText.width($0) }.max() ?? 0
      for (element, value) in zip(elements, values).prefix(64) {
        text.line(
          "  " + NumberText.alignedLeft(element.name, to: width) + "  "
            + NumberText.alignedRight(value, to: valueWidth))
      }
      if elements.count > 64 { text.line("  … and \(elements.count - 64) more", .dim) }
      if let note { text.line("  (\(note))", .dim) }
    }
    return text
  }

  /// A long expression's beginning: the whole was typed just above.
  private static func fitted(_ name: String, to width: Int) -> String {
    NumberText.width(name) <= width ? name : name.prefix(max(8, width - 2)) + " …"
  }
}
