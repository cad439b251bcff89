internal import Autodiff
internal import CKernels

/// Draws tokens from rows of logits.
///
/// One uniform number is drawn for each token, and the cumulative distribution, in the order of ids, is inverted at it. So a
/// sequence takes the same numbers from its stream whatever else is sampled.
struct TokenSampler {
  private let sampling: Sampling
  private let vocabulary: Int
  /// exp(x / T) / Σ of the row at hand.
  private let probabilities: Matrix
  private var order: [Int] = []

  init(_ sampling: Sampling, vocabulary: Int) {
    self.sampling = sampling
    self.vocabulary = vocabulary
    probabilities = Matrix(rows: 1, columns: vocabulary)
  }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logits: One for each token of the vocabulary.
  ///   - before: The tokens that were there before, for the repetition penalty.
  ///   - random: The sequence's stream, from which one number is taken unless the likeliest token is.
  mutating func draw(
    _ logits: UnsafePointer<Float>, after before: [[Int32]] = [], _ random: inout RandomStream
  ) -> (token: Int32, logp: Float) {
    let inverse = sampling.temperature > 0 ? 1 / sampling.temperature : 1
    let row = probabilities.start
    row.update(from: logits, count: vocabulary)
    var softmax = kernels.softmax(vocabulary, row, inverse)
    let token: Int
    if sampling.repetitionPenalty == 1 {
      token = sampling.temperature > 0 ? draw(random.uniform()) : likeliest(logits)
    } else {
      // What it is penalised to is not what the model says of it: its log-probability keeps the sum from above.
      row.update(from: logits, count: vocabulary)
      penalize(before, row, logits)
      let best = likeliest(row)
      _ = kernels.softmax(vocabulary, row, inverse)
      token = sampling.temperature > 0 ? draw(random.uniform()) : best
    }
    guard sampling.scoresCut, isChanged else {
      return (Int32(token), kernels.token_logp(logits[token], inverse, &softmax))
    }
    // What was cut off has probability 0 here.
    var total = 0.0
    for other in 0..<vocabulary { total += Double(row[other]) }
    return (Int32(token), Float(Elementary.log(Double(row[token]) / total)))
  }

  /// Makes tokens that were there before less likely; each once, however often it was there.
  private func penalize(
    _ before: [[Int32]], _ row: UnsafeMutablePointer<Float>, _ logits: UnsafePointer<Float>
  ) {
    for tokens in before {
      for token in tokens where Int(token) < vocabulary {
        let logit = logits[Int(token)]
        row[Int(token)] = logit < 0 ? logit * sampling.repetitionPenalty : logit / sampling.repetitionPenalty
      }
    }
  }

  private func likeliest(_ logits: UnsafePointer<Float>) -> Int {
    var best = 0
    for token in 1..<max(1, vocabulary) where logits[token] > logits[best] { best = token }
    return best
  }

  private mutating func draw(_ uniform: Double) -> Int {
    let row = probabilities.start
    if isCut { cut() }
    if sampling.minP > 0 { dropUnlikely() }
    var total = 0.0
    for token in 0..<vocabulary { total += Double(row[token]) }
    let target = uniform * total
    var (sum, last) = (0.0, 0)
    for token in 0..<vocabulary where row[token] > 0 {
      sum += Double(row[token])
      last = token
      if sum > target { break }
    }
    return last
  }

  /// Whether tokens are drawn from another distribution than that of the logits.
  private var isChanged: Bool { isCut || sampling.minP > 0 || sampling.repetitionPenalty != 1 }

  private var hasTopK: Bool { sampling.topK > 0 && sampling.topK < vocabulary }
  private var isCut: Bool { hasTopK || sampling.topP < 1 }

  /// Sets the probability of every token that cannot be drawn to 0.
  private mutating func cut() {
    let row = probabilities.start
    // Tokens this improbable add up to less than 1 − topP: they need no sorting.
    let floor = hasTopK ? 0 : (1 - sampling.topP) / Float(vocabulary)
    order.removeAll(keepingCapacity: true)
    for token in 0..<vocabulary where row[token] > floor { order.append(token) }
    order.sort { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
    if hasTopK { order.removeLast(max(0, order.count - sampling.topK)) }
    if sampling.topP < 1 { order.removeLast(order.count - nucleus(hasTopK ? mass(order) : 1)) }

    var kept = order.sorted()[...]
    for token in 0..<vocabulary {
      if token == kept.first { kept.removeFirst() } else { row[token] = 0 }
    }
  }

  /// Sets the probability of every token to 0 that is too far below the likeliest one.
  private func dropUnlikely() {
    let row = probabilities.start
    var most: Float = 0
    for token in 0..<vocabulary { most = max(most, row[token]) }
    let least = sampling.minP * most
    for token in 0..<vocabulary where row[token] < least { row[token] = 0 }
  }

  private func mass(_ tokens: [Int]) -> Double { tokens.reduce(0) { $0 + Double(probabilities.start[$1]) } }

  /// How many of the likeliest tokens reach the share `topP` of a total.
  private func nucleus(_ total: Double) -> Int {
    var sum = 0.0
    for (rank, token) in order.enumerated() {
      sum += Double(probabilities.start[token])
      if sum >= Double(sampling.topP) * total { return rank + 1 }
    }
    return order.count
  }
}
