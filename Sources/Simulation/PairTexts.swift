import Objectives
public import Recording

// The texts of pairs: given ones, or those that a policy samples anew in each iteration.
extension Trace {
  /// Whether responses are compared two by two.
  public var hasPairs: Bool { !rejectedTokens.isEmpty || isRecorded(.chosenResponse) }

  /// Whether a number is of a place among the sorted differences of a minibatch's pairs, and so of no one pair.
  public func isOfPlace(_ term: Int) -> Bool {
    let quantities: [Quantity] = [.sortedDelta, .logit, .chosenProbability, .gradientWeight, .pairLoss]
    return quantities.contains(quantity(of: term)) && isRecorded(.sortedDelta) && !isRecorded(.partLoss)
  }

  /// How many pairs there are as of a beat.
  public func pairCount(at beat: Int) -> Int {
    guard rejectedTokens.isEmpty else { return rejectedTokens.count }
    return (0..<prompts.count / 2).count { value(.chosenResponse, $0, at: beat) != nil }
  }

  /// The words of a response of a pair, as of a beat; nil where it is not known: of a sampled pair, those of the response
  /// that was preferred, or of the other.
  public func words(ofPair i: Int, isRejected: Bool, at beat: Int) -> [String]? {
    let given = isRejected ? rejectedTokens : givenTokens
    if !rejectedTokens.isEmpty { return given.indices.contains(i) ? given[i] : nil }
    return sampledResponse(ofPair: i, isRejected: isRejected, at: beat).map { sampledWords(.token, $0, at: beat) }
  }

  /// The number of the sampled response that was preferred in a pair, or of the other; nil where it is not known, or given.
  public func sampledResponse(ofPair i: Int, isRejected: Bool, at beat: Int) -> Int? {
    value(isRejected ? .rejectedResponse : .chosenResponse, i, at: beat).map { Int($0) }
  }

  /// The tokens of a sampled text as far as they stand at a beat, in the same iteration.
  ///
  /// - Parameters:
  ///   - quantity: Whose values the tokens are.
  ///   - i: The text's number.
  ///   - beat: What comes after it is not known yet.
  func sampledWords(_ quantity: Quantity, _ i: Int, at beat: Int) -> [String] {
    let iteration = stage(ofBeat: beat).loops.iteration
    var words: [String] = []
    while let token = term(TermKey(quantity, i, words.count), at: beat),
      stage(ofBeat: terms[token].beat).loops.iteration == iteration,
      let word = glossary.valueText(of: quantity.rawValue, value(token))
    {
      words.append(word)
    }
    return words
  }
}
