public import Recording

extension Plot {
  /// Where in a recording the numbers that it shows were recorded, those that it points out first.
  ///
  /// A number made of several terms, such as a mean, has no place.
  public func places(in trace: Trace) -> [(term: String, beat: Int)] {
    var places: [(term: String, beat: Int)] = []
    for (term, beat) in shownTexts where !places.contains(where: { $0.term == term }) {
      if let found = Self.term(term, at: beat, in: trace) { places.append((term, trace.terms[found].beat)) }
    }
    return places
  }

  /// The terms that it shows or places its points by, each as often as it was recorded.
  func shownTerms(in trace: Trace) -> [Int] {
    let across = panels.flatMap { $0.points }.compactMap { point in point.x.term.map { (term: $0, beat: point.beat) } }
    return (shownTexts + across).compactMap { Self.term($0.term, at: $0.beat, in: trace) }
  }

  private static func term(_ text: String, at beat: Int, in trace: Trace) -> Int? {
    do throws(TermTextError) {
      return trace.term(try trace.glossary.key(parsing: text), at: beat)
    } catch {
      return nil
    }
  }

  /// The terms that its points and bars are, and as of which beat.
  private var shownTexts: [(term: String, beat: Int)] {
    let points = panels.flatMap { $0.points }
    let highlighted = points.filter { $0.isHighlighted } + points.filter { !$0.isHighlighted }
    let ofPoints = highlighted.compactMap { point in point.subject.term.map { (term: $0, beat: point.beat) } }
    return ofPoints + panels.flatMap { $0.bars }.compactMap { bar in bar.y.term.map { (term: $0, beat: bar.beat) } }
  }
}
