import Autodiff
import Objectives
public import Recording
public import Simulation

/// The tokens or examples of the last update that stand out most: those that moved furthest, pairs that are ranked
/// worst, words that were least expected.
public struct Outliers: Sendable {
  /// One of them, by its terms.
  public struct Row: Sendable {
    /// The term that it is ranked by.
    public let term: Int
    /// Its token; nil where it is a whole example.
    public let token: String?
    /// Its terms, one for each column; nil where one is not recorded.
    public let terms: [Int?]
    /// The derivative of the loss with respect to its log-probability or, of a pair, to the chosen response's log-probability or
    /// score; where there is none, to the term that it is ranked by.
    public let gradient: Double?
  }

  /// What they are: `The tokens that moved furthest`.
  public let title: String
  /// The names of the terms beside each.
  public let columns: [String]
  /// The beat as of which the numbers are.
  public let beat: Int
  public let rows: [Row]

  /// How they are ranked, and what is shown of each.
  private struct Ranking {
    let title: String
    let quantity: Quantity
    let others: [Quantity]
    let weight: (Double) -> Double

    static func all(_ words: Algorithm.Words) -> [Ranking] {
      [
        Ranking(
          title: "The \(words.step)s that moved furthest", quantity: .logRatio,
          others: [.ratio, .sequenceRatio, .advantage]
        ) { $0.magnitude },
        Ranking(
          title: "The \(words.example)s that moved furthest", quantity: .sequenceLogRatio,
          others: [.sequenceRatio, .advantage]
        ) { $0.magnitude },
        Ranking(
          title: "The \(words.example)s with the smallest margin", quantity: .margin,
          others: [.margin, .chosenReward, .rejectedReward, .chosenScore, .rejectedScore]
        ) { -$0 },
        Ranking(
          title: "The \(words.example)s with the largest loss", quantity: .exampleLoss,
          others: [.exampleLoss, .implicitReward]
        ) { $0 },
        Ranking(
          title: "The \(words.step)s that were least expected", quantity: .logp, others: [.logp, .advantage]
        ) { -$0 },
      ]
    }
  }

  private static let limit = 8

  /// Nil where no loss was differentiated, or nothing in it stands out.
  public init?(of source: Source, recorded trace: Trace) {
    let patient = Examination(source, trace)
    guard let update = patient.updates.last else { return nil }
    let ranking = Ranking.all(trace.words).first { ranking in
      patient.terms(ranking.quantity, of: update).contains { trace.value($0) != 0 }
    }
    guard let ranking else { return nil }
    func weight(_ term: Int) -> Double { trace.value(term).isNaN ? .infinity : ranking.weight(trace.value(term)) }
    let ranked = patient.terms(ranking.quantity, of: update).sorted { a, b in
      let (x, y) = (weight(a), weight(b))
      return x != y ? x > y : a < b
    }.prefix(Self.limit)
    func own(_ quantity: Quantity, _ term: Int) -> Int? {
      let key = trace.terms[term].key
      return trace.term(TermKey(quantity, key.i, key.j), at: update.beat)
        ?? trace.term(TermKey(quantity, key.i), at: update.beat)
    }
    let columns = ranking.others.filter { quantity in ranked.contains { own(quantity, $0) != nil } }
    title = ranking.title
    self.columns = columns.map { $0.name }
    beat = update.beat
    rows = ranked.map { term in
      let key = trace.terms[term].key
      // A loss need not go through what it is ranked by, such as a margin: what the policy says is what it pulls at.
      let pulled = [Quantity.logp, .chosenResponseLogp, .chosenScore].lazy
        .compactMap { trace.term(TermKey($0, key.i, key.j), at: update.beat) }.first
      return Row(
        term: term, token: key.j < 0 ? nil : trace.tokenText(of: key, at: update.beat),
        terms: columns.map { own($0, term) }, gradient: trace.gradient(of: pulled ?? term, at: update.beat))
    }
  }
}
