import Autodiff
import Objectives

extension Misconception {
  /// Other averages over tokens than the one that is asked for.
  ///
  /// - Parameters:
  ///   - average: The term that is the average.
  ///   - quantity: What is averaged.
  ///   - factor: What the average is multiplied by.
  ///   - right: The id of the average that is asked for, if it is among them.
  static func averages(
    _ average: Quantity, of quantity: Quantity, times factor: Double = 1, right: String = ""
  ) -> [Misconception] {
    otherAverages(average, of: quantity, times: factor).filter { $0.id != right }
  }

  private static func otherAverages(_ average: Quantity, of quantity: Quantity, times factor: Double) -> [Misconception]
  {
    func other(
      _ id: String, _ text: String, _ value: @escaping @Sendable (Rewriting, [[Scalar]]) -> Scalar
    ) -> Misconception {
      .term(id, average, text: text) { r in factor * value(r, r.rows(quantity)) }
    }
    return [
      other("average-tokens", "the mean goes over all tokens at once: long responses weigh more") { r, rows in
        r.tape.mean(rows.flatMap { $0 })
      },
      other("average-responses", "each response is averaged first: its tokens weigh less, the longer it is") {
        r, rows in
        r.tape.mean(rows.map { r.tape.mean($0) })
      },
      .term("average-sign", average, text: "the sign is wrong: what is to grow is made smaller") { r in -r.x },
      other("average-sum", "everything is summed and nothing is divided") { r, rows in r.tape.sum(rows.flatMap { $0 })
      },
      other("average-response-sums", "tokens are summed, and only the responses are averaged") { r, rows in
        r.tape.sum(rows.flatMap { $0 }) / Double(rows.count)
      },
      other(
        "average-padding",
        "the sum leaves masked tokens out, but it is divided by the size of the whole array, padding included"
      ) { r, rows in r.tape.sum(rows.flatMap { $0 }) / (Double(rows.count) * r.width) },
      other(
        "average-responses-sum", "the means of the responses are summed; they should be averaged"
      ) { r, rows in r.tape.sum(rows.map { r.tape.mean($0) }) },
      other(
        "average-longest", "it is divided by responses times the longest one's tokens; the length should be another one"
      ) { r, rows in
        r.tape.sum(rows.flatMap { $0 }) / Double(rows.count * r.of.lengths(.response).reduce(1, max))
      },
      other("average-half", "it is halved once more") { r, _ in 0.5 / factor * r.x },
      other("average-twice", "it is twice as much: a ½ is missing, or something is counted twice") { r, _ in
        2 / factor * r.x
      },
    ]
  }

  /// Other averages over pairs.
  static let pairAverages: [Misconception] = [
    .term("pairs-sum", .loss, text: "the losses of the pairs are summed; they should be averaged") { r in
      r.tape.sum(r.column(.pairLoss))
    },
    .term("pairs-half", .loss, text: "the loss is divided by the number of responses, two for each pair") { r in r.x / 2
    },
    .term("pairs-sign", .loss, text: "the sign of the loss is wrong") { r in -r.x },
  ]
}
