/// Which terms of two recordings correspond: those with the same name and indices that were recorded equally often
/// before.
///
/// Nothing is hashed: a page compares two recordings of a hundred thousand terms while a slider is dragged.
public struct TermPairing {
  /// For each term of the recording after, its partner in the one before, or −1.
  private var partners: [Int32] = []
  /// The terms of the earlier recording that the later one does not have.
  public private(set) var gone: [Int] = []

  /// One sweep over both.
  public init(_ before: Trace, _ after: Trace) {
    // Indexed backwards, the latest term with a key is its first in the recording, and the one before that its next.
    let last = before.terms.count - 1
    var starts = TermIndex()
    for term in before.terms.reversed() { starts.append(term.key) }
    var isPaired = [Bool](repeating: false, count: before.terms.count)
    var index = TermIndex()
    partners.reserveCapacity(after.terms.count)
    for term in after.terms {
      let next: Int?
      if let earlier = index.last(term.key) {
        next = self[earlier].flatMap { starts.before(last - $0) }
      } else {
        next = starts.last(term.key)
      }
      index.append(term.key)
      partners.append(next.map { Int32(last - $0) } ?? -1)
      if let next { isPaired[last - next] = true }
    }
    gone = before.terms.indices.filter { !isPaired[$0] }
  }

  /// The partner of a term of the recording after.
  public subscript(term: Int) -> Int? { partners[term] < 0 ? nil : Int(partners[term]) }
}
