import Objectives
public import Recording
import Simulation

/// The answer to an expression.
public enum ExpressionValue: Sendable {
  case number(Double)
  /// One number for each term that a wildcard stands for.
  case list([Element])

  public struct Element: Sendable {
    /// The term or what is made of it, as one types it.
    public var name: String { label.text }
    let label: ElementName
    let indices: [Int]
    /// What the wildcards stand for.
    let choices: [ElementChoice]
    public let value: Double
  }

  /// The numbers, whether one or many.
  public var numbers: [Double] {
    switch self {
    case .number(let value): [value]
    case .list(let elements): elements.map { $0.value }
    }
  }
}

extension Expression {
  /// The answer as of a beat: every term is the latest one at or before it.
  public func evaluate(in trace: Trace, at beat: Int) throws(ExpressionError) -> ExpressionValue {
    try Evaluator(trace: trace, beat: beat, isLimitedToBeat: false).value(of: root)
  }

  /// Where in the loops the numbers were recorded, or the loss by which a derivative is taken.
  func loopsUsed(in trace: Trace, at beat: Int) -> [Trace.LoopPosition] {
    Evaluator(trace: trace, beat: beat, isLimitedToBeat: false).uses(of: root).map { $0.loops }
  }

  /// The terms whose values or derivatives it has, as of a beat; none for one without a value.
  public func terms(in trace: Trace, at beat: Int) -> [Int] {
    Evaluator(trace: trace, beat: beat, isLimitedToBeat: false).uses(of: root).map { $0.term }
  }

  /// Whether the condition holds in the terms that appear in a beat.
  ///
  /// A wildcard stands for the beat's own terms, or for those that they are compared with; a beat that records none of the
  /// terms in question never fulfils it.
  public func holds(in trace: Trace, during beat: Int) -> Bool {
    let evaluator = Evaluator(trace: trace, beat: beat, isLimitedToBeat: true)
    guard evaluator.isAbout(root), let value = try? evaluator.value(of: root) else { return false }
    return value.numbers.contains { $0 != 0 && !$0.isNaN }
  }
}

private struct Evaluator {
  let trace: Trace
  let beat: Int
  let isLimitedToBeat: Bool

  func value(of node: Expression.Node) throws(ExpressionError) -> ExpressionValue {
    switch node {
    case .number(let number): return .number(number)
    case .term(let pattern): return collect(try terms(pattern), pattern, wrap: "") { trace.value($0) }
    case .gradient(let pattern):
      let found = try terms(pattern).map { trace.occurrenceWithGradient(of: $0, at: beat) }
        .filter { trace.gradient(of: $0, at: beat) != nil }
      if found.isEmpty {
        throw ExpressionError("no loss is computed from \(trace.glossary.text(pattern)), so it has no gradient")
      }
      return collect(found, pattern, wrap: "grad") { trace.gradient(of: $0, at: beat) ?? 0 }
    case .clipped(let patterns): return try clipped(patterns)
    case .negated(let operand): return negated(try value(of: operand))
    case .binary(let symbol, let left, let right):
      return try combine(try value(of: left), try value(of: right), by: symbol)
    case .choice(let function, let operands):
      var chosen = try value(of: operands[0])
      for operand in operands.dropFirst() { chosen = try combine(chosen, try value(of: operand), by: function) }
      return chosen
    case .named(let name, let meaning): return try value(of: meaning).named(name)
    case .function(let function, let operand):
      // A mean or a count is over all that is known, in a condition too, so that `break` and `print` agree.
      return apply(function, try Evaluator(trace: trace, beat: beat, isLimitedToBeat: false).value(of: operand))
    }
  }

  /// Whether the beat records any of the terms that the expression asks for.
  func isAbout(_ node: Expression.Node) -> Bool {
    switch node {
    case .number: false
    case .term(let pattern), .gradient(let pattern): records(pattern)
    case .clipped(let patterns): patterns.contains { records($0) }
    case .negated(let operand), .function(_, let operand), .named(_, let operand): isAbout(operand)
    case .binary(_, let left, let right): isAbout(left) || isAbout(right)
    case .choice(_, let operands): operands.contains { isAbout($0) }
    }
  }

  private func records(_ pattern: TermPattern) -> Bool {
    trace.beats[beat].terms.contains { pattern.matches(trace.terms[$0].key) }
  }

  /// A term that an expression uses, and where in the loops its number, or the loss of its derivative, was recorded.
  typealias Use = (term: Int, loops: Trace.LoopPosition)

  /// The terms that an expression uses; none for one without a value.
  func uses(of node: Expression.Node) -> [Use] {
    func recorded(_ terms: [Int]?) -> [Use] { (terms ?? []).map { ($0, trace.loops(of: $0)) } }
    switch node {
    case .number: return []
    case .term(let pattern): return recorded(try? terms(pattern))
    case .clipped(let patterns): return recorded(try? surrogates(patterns).terms)
    case .gradient(let pattern):
      return ((try? terms(pattern)) ?? []).compactMap { term in
        let meant = trace.occurrenceWithGradient(of: term, at: beat)
        guard let loss = trace.differentiation(for: meant, at: beat)?.term else { return nil }
        return (meant, trace.stage(ofBeat: trace.terms[loss].beat).loops)
      }
    case .negated(let operand), .function(_, let operand), .named(_, let operand): return uses(of: operand)
    case .binary(_, let left, let right): return uses(of: left) + uses(of: right)
    case .choice(_, let operands): return operands.flatMap { uses(of: $0) }
    }
  }

  private func terms(_ pattern: TermPattern) throws(ExpressionError) -> [Int] {
    if let key = pattern.key {
      if let term = trace.term(key, at: beat) { return [term] }
      throw missing(pattern, first: trace.occurrences(of: key).first)
    }
    let found = isLimitedToBeat ? ownTerms(pattern) : trace.latestTerms(matching: pattern, at: beat)
    if found.isEmpty { throw missing(pattern, first: trace.terms.firstIndex { pattern.matches($0.key) }) }
    return found
  }

  /// The beat's own terms; where the beat is about others, those beside which they stand in the same iteration.
  private func ownTerms(_ pattern: TermPattern) -> [Int] {
    let own = trace.beats[beat].terms.filter { pattern.matches(trace.terms[$0].key) }
    if !own.isEmpty { return own }
    let iteration = trace.stage(ofBeat: beat).loops.iteration
    return trace.latestTerms(matching: pattern, at: beat).filter {
      let loops = trace.loops(of: $0)
      return loops.iteration == nil || loops.iteration == iteration
    }
  }

  private func missing(_ pattern: TermPattern, first: Int?) -> ExpressionError {
    let text = trace.glossary.text(pattern)
    guard let first else { return trace.unrecorded(text, name: pattern.name) }
    let position = trace.terms[first].beat
    let stage = trace.stage(ofBeat: position).name
    return ExpressionError(
      "\(text) is not there yet at beat \(beat); it first appears at beat \(position), in \(stage)")
  }

  private func collect(
    _ terms: [Int], _ pattern: TermPattern, wrap: String, _ value: (Int) -> Double
  ) -> ExpressionValue {
    if pattern.key != nil, let term = terms.first { return .number(value(term)) }
    return .list(
      terms.map { term in
        let text = trace.text(term)
        return ExpressionValue.Element(
          label: ElementName(wrap.isEmpty ? text : "\(wrap)(\(text))"), indices: trace.terms[term].key.indices,
          choices: choices(trace.terms[term].key, pattern), value: value(term))
      })
  }

  private func clipped(_ patterns: [TermPattern]) throws(ExpressionError) -> ExpressionValue {
    let (pattern, terms) = try surrogates(patterns)
    let elements = terms.map { term in
      let key = trace.terms[term].key
      let unclipped: Quantity = key.j < 0 ? .sequenceSurrogate : .surrogate
      let surrogate = trace.value(unclipped, key.i, key.j, at: trace.terms[term].beat) ?? .nan
      let indices = key.indices.map { "\($0)" }.joined(separator: ",")
      return ExpressionValue.Element(
        label: ElementName("clipped[\(indices)]"), indices: key.indices, choices: choices(key, pattern),
        value: trace.value(term) < surrogate ? 1 : 0)
    }
    if pattern.key != nil, let element = elements.first { return .number(element.value) }
    return .list(elements)
  }

  /// The clipped surrogates that there are: of tokens or of responses.
  private func surrogates(
    _ patterns: [TermPattern]
  ) throws(ExpressionError) -> (pattern: TermPattern, terms: [Int]) {
    for pattern in patterns.dropFirst() {
      if let found = try? terms(pattern) { return (pattern, found) }
    }
    return (patterns[0], try terms(patterns[0]))
  }

  private func negated(_ value: ExpressionValue) -> ExpressionValue {
    switch value {
    case .number(let number): .number(-number)
    case .list(let elements): .list(elements.map { $0.with($0.label.negated, -$0.value) })
    }
  }

  private func choices(_ key: TermKey, _ pattern: TermPattern) -> [ElementChoice] {
    zip(key.indices, pattern.indices).enumerated().compactMap { position, index in
      index.1 == nil ? ElementChoice(index.0, at: position, of: trace.glossary.entries[key.name]) : nil
    }
  }

  private func combine(
    _ left: ExpressionValue, _ right: ExpressionValue, by symbol: Expression.Operator
  ) throws(ExpressionError) -> ExpressionValue {
    guard let value = left.combined(with: right, { $0.joined(by: symbol, to: $1) }, symbol.apply) else {
      throw ExpressionError("the two sides of \(symbol.rawValue) have no indices in common")
    }
    return value
  }

  private func combine(
    _ left: ExpressionValue, _ right: ExpressionValue, by function: Expression.Function
  ) throws(ExpressionError) -> ExpressionValue {
    let name = function.rawValue
    let value = left.combined(with: right) { x, y in
      ElementName("\(name)(\(x.text), \(y.text))")
    } _: { x, y in
      function.overall([x, y]) ?? .nan
    }
    guard let value else { throw ExpressionError("what \(name) is to choose from has no indices in common") }
    return value
  }

  private func apply(_ function: Expression.Function, _ value: ExpressionValue) -> ExpressionValue {
    if let number = function.overall(value.numbers) { return .number(number) }
    let numbers = function.each(of: value.numbers)
    return switch value {
    case .number: .number(numbers[0])
    case .list(let elements):
      .list(zip(elements, numbers).map { $0.with(ElementName("\(function.rawValue)(\($0.label.text))"), $1) })
    }
  }
}

extension Trace {
  /// The message on a term that a run never records.
  public func unrecorded(_ text: String, name: Int) -> ExpressionError {
    let isOptimum = [Quantity.optimumReward, .optimumObjective, .optimumKL].contains { $0.rawValue == name }
    let isEnumerated = terms.contains { $0.key.name == Quantity.exactObjective.rawValue }
    let reason = isOptimum && isEnumerated ? ": without a KL penalty the best policy need not be the only one" : ""
    return ExpressionError("\(text) is not recorded in this run" + reason)
  }

  /// The latest term for every key that a pattern stands for, as of a beat, in the order of their indices.
  ///
  /// Terms of iterations before the latest are left out, since their responses are gone; and if the latest term is of a
  /// minibatch, so are those of other minibatches, since a mean over both would be meaningless.
  public func latestTerms(matching pattern: TermPattern, at beat: Int) -> [Int] {
    let end = beats[beat].terms.upperBound
    var latest: [TermKey: Int] = [:]
    var newest: Trace.LoopPosition?
    for term in (0..<end).reversed() where pattern.matches(terms[term].key) {
      let loops = stage(ofBeat: terms[term].beat).loops
      if latest.isEmpty { newest = loops }
      if pattern.isAboutSamples(glossary), loops != newest { break }
      if latest[terms[term].key] == nil { latest[terms[term].key] = term }
    }
    return latest.values.sorted { a, b in
      let (x, y) = (terms[a].key, terms[b].key)
      return (x.i, x.j) < (y.i, y.j)
    }
  }
}

extension TermPattern {
  /// Whether the indices count responses and tokens, which live for one iteration.
  fileprivate func isAboutSamples(_ glossary: Glossary) -> Bool {
    glossary.entries[name].labels.allSatisfy { $0 == nil }
  }
}

extension Glossary {
  /// The pattern as one types it, `ratio[0,*]`.
  public func text(_ pattern: TermPattern) -> String {
    if let key = pattern.key { return text(key) }
    let indices = pattern.indices.enumerated().map { position, index in
      guard let index else { return "*" }
      let words = entries[pattern.name].labels[position]
      return words.map { Glossary.quotedIfNeeded($0[index]) } ?? "\(index)"
    }
    return entries[pattern.name].name + "[" + indices.joined(separator: ",") + "]"
  }
}
