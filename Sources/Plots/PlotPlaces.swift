public import Recording

extension Plot {
  /// Where in a recording the numbers that it shows were recorded, those that it points out first.
  ///
  /// A number made of several terms, such as a mean, has no place.
  public func places(in trace: Trace) -> [(term: String, beat: Int)] {
    var places: [(term: String, beat: Int)] = []
    for (term, beat) in shownTerms {
      do throws(TermTextError) {
        let key = try trace.glossary.key(parsing: term)
        guard let found = trace.term(key, at: beat), !places.contains(where: { $0.term == term }) else { continue }
        places.append((term, trace.terms[found].beat))
      } catch {
        continue
      }
    }
    return places
  }

  /// The terms that its points and bars are, and as of which beat.
  private var shownTerms: [(term: String, beat: Int)] {
    let points = panels.flatMap { $0.points }
    let highlighted = points.filter { $0.isHighlighted } + points.filter { !$0.isHighlighted }
    let ofPoints = highlighted.compactMap { point in point.subject.term.map { (term: $0, beat: point.beat) } }
    return ofPoints + panels.flatMap { $0.bars }.compactMap { bar in bar.y.term.map { (term: $0, beat: bar.beat) } }
  }
}
