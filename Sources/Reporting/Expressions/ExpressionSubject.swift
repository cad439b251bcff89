public import Recording

extension Expression {
  /// The recorded term that an expression's value is about most: the term itself; of a minimum or a maximum the term that has
  /// it; of a count, a sum or a mean the first term that adds to it.
  ///
  /// Nil where the expression has no value there.
  public func subject(in trace: Trace, at beat: Int) -> Int? { subject(of: root, in: trace, at: beat) }

  private func subject(of node: Node, in trace: Trace, at beat: Int) -> Int? {
    switch node {
    case .number: return nil
    case .term(let pattern): return term(pattern, in: trace, at: beat)
    case .clipped(let patterns): return patterns.lazy.compactMap { term($0, in: trace, at: beat) }.first
    case .gradient(let pattern):
      return term(pattern, in: trace, at: beat).map { trace.occurrenceWithGradient(of: $0, at: beat) }
    case .negated(let operand), .named(_, let operand): return subject(of: operand, in: trace, at: beat)
    case .binary(_, let left, let right):
      return subject(of: left, in: trace, at: beat) ?? subject(of: right, in: trace, at: beat)
    case .choice(_, let operands):
      return operands.lazy.compactMap { subject(of: $0, in: trace, at: beat) }.first
    case .function(let function, let operand):
      guard let indices = telling(function, of: operand, in: trace, at: beat),
        let pattern = Self.patterns(in: operand).first(where: { $0.indices.count == indices.count })
      else { return subject(of: operand, in: trace, at: beat) }
      return trace.latestTerms(
        matching: TermPattern(name: pattern.name, indices: indices.map { Int?.some($0) }), at: beat
      ).first
    }
  }

  private func term(_ pattern: TermPattern, in trace: Trace, at beat: Int) -> Int? {
    if let key = pattern.key { return trace.term(key, at: beat) }
    return trace.latestTerms(matching: pattern, at: beat).first
  }

  /// The first term that an expression names; of a clip, that of a token and that of a response.
  private static func patterns(in node: Node) -> [TermPattern] {
    switch node {
    case .number: []
    case .term(let pattern), .gradient(let pattern): [pattern]
    case .clipped(let patterns): patterns
    case .negated(let operand), .named(_, let operand), .function(_, let operand): patterns(in: operand)
    case .binary(_, let left, let right):
      patterns(in: left).isEmpty ? patterns(in: right) : patterns(in: left)
    case .choice(_, let operands): operands.lazy.map { patterns(in: $0) }.first { !$0.isEmpty } ?? []
    }
  }

  /// The indices of the number in a list that a function's value depends on most.
  private func telling(_ function: Function, of operand: Node, in trace: Trace, at beat: Int) -> [Int]? {
    guard case .list(let elements)? = try? Expression(root: operand).evaluate(in: trace, at: beat) else { return nil }
    let chosen: ExpressionValue.Element?
    switch function {
    case .max: chosen = elements.max { $0.value < $1.value }
    case .min: chosen = elements.min { $0.value < $1.value }
    case .mean, .sum, .count: chosen = elements.first { $0.value != 0 } ?? elements.first
    case .abs, .exp, .log, .sqrt, .sigmoid, .softmax: chosen = elements.first
    }
    return chosen?.indices
  }
}
