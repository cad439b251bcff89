import Autodiff
import Documents
import Objectives
import Recording
import Simulation

/// Looks up what the sentence of one beat is about.
struct Narrator {
  let trace: Trace
  let beat: Int

  /// The numbers of the beat's terms.
  var terms: Range<Int> { trace.beats[beat].terms }

  /// The beat's first term of a quantity.
  func term(_ quantity: Quantity) -> Int? { terms.first { trace.quantity(of: $0) == quantity } }

  /// All of the beat's terms of a quantity.
  func all(_ quantity: Quantity) -> [Int] { terms.filter { trace.quantity(of: $0) == quantity } }

  /// The latest value of a quantity up to this beat.
  func value(_ quantity: Quantity, _ i: Int = -1, _ j: Int = -1) -> Double? {
    trace.value(quantity, i, j, at: beat)
  }

  func key(_ term: Int) -> TermKey { trace.terms[term].key }

  func number(_ x: Double) -> String { NumberText.written(x) }

  /// The value of a term as text.
  func text(_ term: Int) -> String { trace.isRoundingNoise(term) ? "≈ 0" : number(trace.value(term)) }

  /// Whether a term is 0, or would be without rounding.
  func isNothing(_ term: Int) -> Bool { trace.value(term) == 0 || trace.isRoundingNoise(term) }

  /// `= 0.3` at the end of a formula, or `≈ 0`.
  func equalling(_ term: Int) -> String { (trace.isRoundingNoise(term) ? "" : "= ") + text(term) }
}

// MARK: - Words

extension Narrator {
  /// A token in quotes, or what stands in its place: an empty slot after the response.
  func token(_ i: Int, _ t: Int) -> String {
    isSlot(i, t) ? "the slot after the response" : quoted(trace.tokenText(i, t, at: beat) ?? "token \(t)")
  }

  /// Whether a step lies behind the response's last token.
  func isSlot(_ i: Int, _ t: Int) -> Bool {
    if i < trace.givenTokens.count { return t >= trace.givenTokens[i].count }
    guard let sampled = trace.term(TermKey(.oldLogp, i, t), at: beat) else { return true }
    // A longer response of an iteration before may have had a token here.
    return trace.stage(ofBeat: trace.terms[sampled].beat).loops.iteration != trace.stage(ofBeat: beat).loops.iteration
  }

  /// The token that one is sampled after: the one before, or the prompt's last word.
  func previous(_ i: Int, _ t: Int) -> String {
    if let state = state(i, t) { return "in " + state }
    if t > 0 { return "after " + token(i, t - 1) }
    let prompt = i < trace.prompts.count ? trace.prompts[i] : ""
    return prompt.isEmpty ? "at the start" : "after the prompt " + quoted(prompt)
  }

  /// The tokens of a response up to this beat's iteration.
  func response(_ i: Int) -> String {
    var words: [String] = []
    while words.count < 9, !isSlot(i, words.count), let word = trace.tokenText(i, words.count, at: beat) {
      words.append(word)
    }
    if words.count == 9 { words[8] = "…" }
    return quoted(words.joined(separator: " "))
  }

  /// The word that one of a term's indices stands for, in quotes.
  func word(_ term: Int, at position: Int) -> String { quoted(trace.glossary.indexTexts(key(term))[position]) }

  func quoted(_ text: String) -> String { "\"" + text.visible + "\"" }

  func capitalized(_ text: String) -> String {
    guard let first = text.first else { return text }
    return first.uppercased() + text.dropFirst()
  }

  /// `one token`, `7 tokens`.
  func count(_ n: Int, _ noun: String) -> String { n == 1 ? "one \(noun)" : "\(n) \(noun)s" }
}

// MARK: - The tape

extension Narrator {
  /// The operation that made a term; a leaf where a what-if replaced it.
  func operation(_ term: Int) -> Operation { trace.tape.operation(of: trace.scalar(term)) }

  func operands(_ term: Int) -> [Scalar] { trace.tape.operands(of: trace.scalar(term)) }

  /// The derivative of one term by another that it was computed from, along the operations between them.
  func derivative(of term: Int, by other: Int) -> Double {
    trace.tape.derivative(of: trace.scalar(term), by: trace.scalar(other))
  }

  /// The first node with an operation in a term's own formula, down to the terms that it was computed from.
  func part(_ operation: Operation, of term: Int) -> Scalar? { trace.part(operation, of: term) }

  /// The number in the formula that another operand is multiplied by: 0.95 in `0.95 × advantage`.
  func factor(in product: Scalar?) -> Double? {
    guard let product else { return nil }
    return trace.tape.operands(of: product).first { trace.tape.operation(of: $0) == .constant }?.value
  }

  /// «the gradient passes» or not, by the derivative of a result by what the gradient shall reach.
  func gradientClause(from result: Int?, to parameter: Int?) -> String {
    guard let result, let parameter else { return "" }
    return derivative(of: result, by: parameter) == 0 ? "no gradient passes" : "the gradient passes"
  }
}
