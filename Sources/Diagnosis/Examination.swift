import Autodiff
import Objectives
import Recording
import Reporting
import Simulation

/// A recording, sorted so that each puzzle can be looked for quickly.
struct Examination {
  /// One optimizer step: a loss that was differentiated, with the terms of its minibatch.
  struct Update {
    /// The term of the loss.
    let loss: Int
    let beat: Int
    let loops: Trace.LoopPosition
    let gradient: Gradient
    /// How many tokens the policy gave a log-probability, those that a mask leaves out among them.
    let tokenCount: Int
    /// The numbers of the minibatch's terms, by quantity, without those of tokens that a mask leaves out.
    fileprivate let terms: [[Int]]
  }

  let source: Source
  let trace: Trace
  let updates: [Update]
  /// The responses that a batch's policy sampled.
  let sampled: [SampledLogps]
  /// The number that stands for every log-probability of a reference that is asked; nil where they differ, as they should.
  let placeholderOfReference: Double?
  /// Two columns of a batch that are not of the same tokens.
  let misalignment: Misalignment?
  /// The numbers of all terms, by quantity, without those of tokens that a batch's mask leaves out.
  private let terms: [[Int]]

  init(_ source: Source, _ trace: Trace) {
    self.source = source
    self.trace = trace
    let isBatch = if case .batch = source { true } else { false }
    sampled = SampledLogps.all(of: source, trace)
    placeholderOfReference = ReferenceLogps(source, sampled).placeholder
    misalignment = Misalignment.first(in: LogpColumns.all(of: source, sampled))
    terms = trace.sorted(trace.terms.indices, hasMasked: !isBatch)
    updates = trace.differentiations.filter { trace.quantity(of: $0.term) == .loss }.map { differentiation in
      let beat = trace.terms[differentiation.term].beat
      let loops = trace.stage(ofBeat: beat).loops
      var stage = trace.beats[beat].stage
      while stage > 0, trace.stages[stage - 1].loops == loops { stage -= 1 }
      let start = trace.beats[trace.stages[stage].beats.lowerBound].terms.lowerBound
      let range = start..<(differentiation.term + 1)
      return Update(
        loss: differentiation.term, beat: beat, loops: loops, gradient: differentiation.gradient,
        tokenCount: range.count { trace.quantity(of: $0) == .logp },
        terms: trace.sorted(range))
    }
  }

  var settings: Settings { source.settings }
  var algorithm: Algorithm { source.algorithm }
  var batch: Batch? { if case .batch(let batch, _) = source { batch } else { nil } }
  var end: Int { trace.beats.count - 1 }
  /// What numbers out of all bounds are: in a batch most likely wrong before the loss, in a run what its options made.
  var fault: Finding.Verdict { batch == nil ? .caution : .bug }

  /// All terms of a quantity, in order.
  func all(_ quantity: Quantity) -> [Int] { terms[quantity.rawValue] }

  /// The terms of a metric, in order.
  func all(_ metric: Metric) -> [Int] { all(.metric).filter { trace.terms[$0].key.i == metric.rawValue } }

  /// Those of the expressions that have a value as of a beat.
  func evidence(_ expressions: [String], at beat: Int) -> [Evidence] {
    expressions.compactMap { Evidence($0, in: trace, at: beat) }
  }
}

extension Examination {
  /// An update's terms of a quantity, in order.
  func terms(_ quantity: Quantity, of update: Update) -> [Int] { update.terms[quantity.rawValue] }

  func values(_ quantity: Quantity, of update: Update) -> [Double] {
    terms(quantity, of: update).map { trace.value($0) }
  }

  /// The ratios that the objective uses: of the tokens, or of whole responses.
  func ratios(of update: Update) -> [Double] {
    let ofTokens = values(.ratio, of: update)
    return ofTokens.isEmpty ? values(.sequenceRatio, of: update) : ofTokens
  }

  /// The name of these ratios.
  func ratioName(of update: Update) -> String {
    (terms(.ratio, of: update).isEmpty ? Quantity.sequenceRatio : .ratio).name
  }

  /// The advantage that a response's token counts with.
  func advantage(_ i: Int, _ t: Int = 0, at beat: Int) -> Double? {
    trace.value(.advantage, i, t, at: beat) ?? trace.value(.advantage, i, at: beat)
  }

  /// The name of that advantage.
  func advantageName(_ i: Int, _ t: Int = 0) -> String {
    algorithm.advantageName(i, t)
  }

  /// What each of a batch's responses earned: of several rewards, what they come to.
  var outcomes: [Double] {
    (batch?.contents.sampled ?? []).enumerated().map { i, response in
      algorithm.credit == .group ? trace.value(.reward, i, at: end) ?? response.outcome : response.outcome
    }
  }

  /// The largest derivative of the loss with respect to the log-probability of a sampled or given token.
  func largestGradient(of update: Update) -> Double {
    let leaves: [Quantity] = [.logp, .chosenLogp, .rejectedLogp]
    return largest(leaves.flatMap { terms($0, of: update).map { update.gradient[trace.scalar($0)] } })
  }

  /// Whether it learns from pairs by how a policy differs from its reference on them.
  var comparesPairsWithReference: Bool { algorithm.comparesPairs && algorithm.usesReference(settings) }

  /// How many objectives the clip holds constant, and how many there are with an advantage.
  func clipped(in update: Update) -> (count: Int, total: Int) {
    let ofTokens = (values(.surrogate, of: update), values(.clippedSurrogate, of: update))
    let ofResponses = (values(.sequenceSurrogate, of: update), values(.clippedSequenceSurrogate, of: update))
    let (plain, clipped) = ofTokens.0.isEmpty ? ofResponses : ofTokens
    var (count, total) = (0, 0)
    for (x, y) in zip(plain, clipped) where x != 0 || y != 0 {
      total += 1
      if y < x { count += 1 }
    }
    return (count, total)
  }

  /// The token whose log-ratio is largest by a measure: one that is not a number, if there is one.
  func furthestToken(
    in update: Update, by measure: (Double) -> Double = { $0.magnitude }
  ) -> (i: Int, t: Int, logRatio: Double)? {
    var furthest: (i: Int, t: Int, logRatio: Double)?
    for term in terms(.logRatio, of: update) {
      let (key, value) = (trace.terms[term].key, trace.value(term))
      if value.isNaN || furthest.map({ measure(value) > measure($0.logRatio) }) ?? true {
        furthest = (key.i, key.j, value)
      }
      if value.isNaN { break }
    }
    return furthest
  }

  /// ` (in 3 of 12 updates)`, or nothing where there is but one.
  func share(_ count: Int) -> String { updates.count == 1 ? "" : " (in \(count) of \(updates.count) updates)" }
}

extension Trace {
  /// The numbers of some terms by quantity, with or without those of tokens that a mask leaves out.
  ///
  /// Nothing is learned from these, and their log-probabilities may be anything, so that nothing is judged by them either.
  fileprivate func sorted(_ range: Range<Int>, hasMasked: Bool = false) -> [[Int]] {
    var sorted = [[Int]](repeating: [], count: Quantity.allCases.count)
    for term in range where hasMasked || !isOfMaskedToken(term) { sorted[quantity(of: term).rawValue].append(term) }
    return sorted
  }

  /// Whether a term is a number of a token that is left out; that it is, is none.
  private func isOfMaskedToken(_ term: Int) -> Bool {
    let key = terms[term].key
    guard key.j >= 0, isLeftOut(key.i, key.j, at: terms[term].beat) else { return false }
    let quantity = quantity(of: term)
    return quantity != .lossMask && quantity.description.axes == [.sequence, .token]
  }
}
