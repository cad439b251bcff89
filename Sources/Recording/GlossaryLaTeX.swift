import Formulas

extension Glossary {
  /// A term as a formula writes it: `\log\pi_{\text{old},0,2}`.
  public func latex(_ key: TermKey) -> String {
    let entry = entries[key.name]
    let words = indexTexts(key)
    if entry.name == "metric", let word = words.first { return LaTeX.text(word) }
    let indices = words.enumerated().map { position, word in
      entry.labels[position] == nil ? word : LaTeX.text(word)
    }
    return LaTeX.indexed(entry.latex, indices)
  }
}
