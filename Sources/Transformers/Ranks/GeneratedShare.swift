extension Ranks {
  /// What all ranks generated, in the order of the prompts.
  func gather(_ own: [Generated]) -> [Generated] {
    if count == 1 { return own }
    let lengths = gather(own.map { Int32($0.isComplete ? $0.tokens.count : -$0.tokens.count - 1) })
    let (tokens, logps) = (gather(own.flatMap { $0.tokens }), gather(own.flatMap { $0.logps }))
    var start = 0
    return lengths.map { length in
      // A text that did not end has its length, plus one, negated.
      let range = start..<start + Int(length < 0 ? -length - 1 : length)
      start = range.upperBound
      return Generated(tokens: Array(tokens[range]), logps: Array(logps[range]), isComplete: length >= 0)
    }
  }
}
