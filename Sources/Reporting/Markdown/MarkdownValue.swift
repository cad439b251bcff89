import Plots
import Recording

extension Trace {
  /// A term's value for a table: its word, or its number behind its mark.
  ///
  /// That a parameter is trained or frozen is said once, and not beside each of its numbers.
  func markdownValue(of term: Int) -> String {
    if let word = glossary.valueText(of: terms[term].key.name, value(term)) { return Markdown.code(word) }
    let number = Markdown.number(value(term))
    switch mark(of: term) {
    case .trained, .frozen, nil: return number
    case let mark?: return mark.symbol + "\u{a0}" + number  // on one line
    }
  }
}
