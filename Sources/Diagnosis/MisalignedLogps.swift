import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// Two columns that should be two models' log-probabilities of the same tokens, and are not: one is shifted against the other, is
  /// of other rows, in another base, or has nothing to do with it.
  static let misalignedLogps = Puzzle(name: "misaligned-logps") { patient in
    guard let found = patient.misalignment else { return nil }
    let (one, other) = (found.columns.one, found.columns.other)
    let number = { (x: Double) in NumberText.short(x, digits: 3) }
    let (title, explanation, advice): (String, String, String) =
      switch found.kind {
      case .base(let base, let isOther):
        (
          "\(isOther ? other : one) holds logarithms to base \(base), the other column natural ones",
          """
          \(other) is \(number(found.factor)) times \(one) at every token. Two models do not differ by one factor, and this one turns \
          natural logarithms into those to base \(base), or back. Every ratio and every KL between the two is wrong.
          """, "Write natural logarithms: log-softmax of the logits, gathered at the token, and nothing else."
        )
      case .shift(let places):
        (
          "\(other) is shifted against \(one) by a token",
          """
          \(other)[t] and \(one)[t] differ by \(number(found.distance)) nats on average, \(other)[t] and \
          \(one)[t \(places > 0 ? "+" : "−") 1] by \(number(found.best)): the columns begin one token apart, and each token is \
          compared with its neighbour.
          """,
          "The logits at a place are for the token after it: cut logits[:-1] and tokens[1:] alike in both, and the prompt off at the same token."
        )
      case .rows:
        (
          "\(other) belongs to another response than \(one)",
          """
          Of the same response the two differ by \(number(found.distance)) nats a token on average, and \(other) of a response from \
          \(one) of its neighbour in the file by \(number(found.best)): the rows have come out of order.
          """,
          "Look at where the batch is shuffled, sorted by length, gathered over processes or read from a cache: each of these once for all columns."
        )
      case .unrelated(let correlation):
        (
          "\(other) has nothing to do with \(one)",
          """
          Over \(found.count) tokens the two have a correlation of \(NumberText.short(correlation, digits: 2)) and differ by \
          \(number(found.distance)) nats a token on average. Whatever two language models think of a text, the tokens that one finds \
          unlikely the other mostly does, too.
          """,
          """
          Compare the tokens that the two were asked about: other texts (a cache of another data set or order), another tokenizer or \
          chat template, ids of another vocabulary, a prompt that only one of them saw.
          """
        )
      }
    return Finding(
      name: "misaligned-logps", verdict: found.isExact ? .bug : .caution, title: title, explanation: explanation,
      inference: found.isExact ? nil : "that they are of other tokens is concluded from the missing correlation",
      evidence: patient.evidence(
        found.columns.quantities.flatMap { ["mean(\($0))", "min(\($0))"] } + ["metric(kl)", "max(ratio)", "loss"],
        at: patient.updates.last?.beat ?? patient.end), advice: advice, topic: found.columns.topic)
  }
}

/// How two columns of log-probabilities fail to be of the same tokens.
struct Misalignment {
  enum Kind {
    /// One holds natural logarithms, the other logarithms to this base.
    case base(Int, isOther: Bool)
    /// The other's token t is the one's t + this.
    case shift(Int)
    case rows
    /// Pearson's correlation between them.
    case unrelated(Double)
  }

  let columns: LogpColumns
  let kind: Kind
  let count: Int
  /// The mean distance of a token's two log-probabilities, and what is left of it where they are compared as they should be.
  let distance, best: Double
  /// By what the one must be multiplied to be nearest to the other.
  let factor: Double

  /// Whether hardly anything is left, so that nothing else can be the cause.
  var isExact: Bool { if case .unrelated = kind { false } else { true } }

  private static let bases: [(factor: Double, base: Int, isOther: Bool)] = [
    (1.442695, 2, true), (0.6931472, 2, false), (0.4342945, 10, true), (2.302585, 10, false),
  ]

  /// The first two columns of a batch that are misaligned.
  static func first(in columns: [LogpColumns]) -> Misalignment? { columns.lazy.compactMap { Misalignment($0) }.first }

  /// Nil where the two columns may well be of the same tokens.
  private init?(_ columns: LogpColumns) {
    let rows = columns.rows.filter { $0.one.count == $0.other.count }
    let (one, other) = (rows.flatMap { $0.one }, rows.flatMap { $0.other })
    (self.columns, count) = (columns, one.count)
    guard count >= 32, Set(one).count > 8, Set(other).count > 8 else { return nil }
    distance = Self.distance(rows) { ($0.one[...], $0.other[...]) }
    // Closer than this are models that a few updates lie between, whatever they are compared like.
    guard distance > 0.05 else { return nil }
    let squares = one.reduce(0) { $0 + $1 * $1 }
    factor = zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } / squares
    let factor = factor
    let isFactor = zip(one, other).allSatisfy { ($1 - factor * $0).magnitude <= 1e-3 * $1.magnitude + 1e-4 }
    if isFactor, let found = Self.bases.first(where: { (factor / $0.factor - 1).magnitude < 1e-3 }) {
      (kind, best) = (.base(found.base, isOther: found.isOther), 0)
      return
    }
    // Unrelated tokens are as far apart, whichever of them are compared.
    let limit = 0.3 * distance
    for places in [1, -1] {
      let left = Self.distance(rows) { row in
        places > 0 ? (row.one.dropFirst(), row.other.dropLast()) : (row.one.dropLast(), row.other.dropFirst())
      }
      if left < limit {
        (kind, best) = (.shift(places), left)
        return
      }
    }
    for step in [1, -1] where rows.count > 2 {
      let neighbours = rows.indices.map { i in
        (one: rows[i].one, other: rows[(i + step + rows.count) % rows.count].other)
      }
      let left = Self.distance(neighbours) { ($0.one[...], $0.other[...]) }
      if left < limit {
        (kind, best) = (.rows, left)
        return
      }
    }
    // A few tokens that the one makes all but impossible have an explosion of their own, and say nothing of the others.
    let near = zip(one, other).filter { ($0 - $1).magnitude <= 20 }
    let (a, b) = (near.map { $0.0 }, near.map { $0.1 })
    guard near.count >= 64, let correlation = pearson(a, b), correlation < 0.1,
      mean(near.map { ($0 - $1).magnitude }) > 0.2, deviation(a) > 0.2, deviation(b) > 0.2
    else { return nil }
    (kind, best) = (.unrelated(correlation), distance)
  }

  private static func distance(
    _ rows: [LogpColumns.Row], _ parts: (LogpColumns.Row) -> (ArraySlice<Double>, ArraySlice<Double>)
  ) -> Double {
    mean(
      rows.flatMap { row in
        let (one, other) = parts(row)
        return zip(one, other).map { ($0 - $1).magnitude }
      })
  }
}

/// What two models say of the same tokens: one array for each response.
struct LogpColumns {
  typealias Row = (one: [Double], other: [Double])

  /// What the columns are called: `old_logp`, `ref_logp`.
  let one, other: String
  let rows: [Row]
  let topic: Topic
  /// The quantities that they are read into.
  let quantities: [String]

  /// All pairs of columns that a batch has, without the tokens that a mask leaves out.
  static func all(of source: Source, _ sampled: [SampledLogps]) -> [LogpColumns] {
    guard case .batch(let batch, _) = source else { return [] }
    let usesReference = source.algorithm.usesReference(source.settings)
    switch batch.contents {
    case .pairs(let pairs):
      let responses = pairs.flatMap { [$0.chosen, $0.rejected] }
      return [
        LogpColumns(
          one: "logp", other: "ref_logp", rows: usesReference ? responses.map { ($0.logp, $0.refLogp ?? []) } : [],
          topic: .preferences,
          quantities: ["chosen_logp", "chosen_ref_logp", "rejected_logp", "rejected_ref_logp"])
      ]
    case .judgements(let examples):
      return [
        LogpColumns(
          one: "logp", other: "ref_logp", rows: examples.map { ($0.logp, $0.refLogp) }, topic: .preferences,
          quantities: ["logp", "ref_logp"])
      ]
    default:
      return [
        LogpColumns("old_logp", "logp", sampled.map { ($0.oldLogp, $0.logp) }, .ratio),
        LogpColumns("old_logp", "sampling_logp", sampled.map { ($0.oldLogp, $0.samplingLogp) }, .sampler),
        LogpColumns("old_logp", "ref_logp", usesReference ? sampled.map { ($0.oldLogp, $0.refLogp) } : [], .kl),
        LogpColumns("old_logp", "teacher_logp", sampled.map { ($0.oldLogp, $0.teacherLogp) }, .kl),
      ]
    }
  }

  private init(_ one: String, _ other: String, _ rows: [Row], _ topic: Topic) {
    self.init(one: one, other: other, rows: rows, topic: topic, quantities: [one, other])
  }

  private init(one: String, other: String, rows: [Row], topic: Topic, quantities: [String]) {
    (self.one, self.other, self.rows, self.topic, self.quantities) = (one, other, rows, topic, quantities)
  }
}
