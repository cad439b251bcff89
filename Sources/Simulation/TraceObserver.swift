public import Autodiff
public import Objectives
public import Recording

extension Trace: Observer {
  public func begin(_ stage: Stage) { begin(stage: stage.name) }

  public func term(_ quantity: Quantity, _ i: Int, _ j: Int, _ x: Scalar) -> Scalar {
    record(TermKey(quantity, i, j), x)
  }

  /// The latest value of a quantity at or before a beat.
  public func value(_ quantity: Quantity, _ i: Int = -1, _ j: Int = -1, at beat: Int) -> Double? {
    term(TermKey(quantity, i, j), at: beat).map { value($0) }
  }

  /// The text of token `t` of sequence `i`, as of a beat; nil where the sequence has no such token.
  public func tokenText(_ i: Int, _ t: Int, at beat: Int) -> String? {
    if givenTokens.indices.contains(i) { return givenTokens[i].indices.contains(t) ? givenTokens[i][t] : nil }
    func iteration(_ term: Int) -> Int? { stage(ofBeat: terms[term].beat).loops.iteration }
    guard let first = term(TermKey(.token, i, 0), at: beat), let token = term(TermKey(.token, i, t), at: beat),
      // A longer text of an iteration before may have had a token here.
      iteration(token) == iteration(first)
    else { return nil }
    return glossary.valueText(of: Quantity.token.rawValue, value(token))
  }

  /// The state in which the token was sampled that a term is about, by its indices; nil where they count something else.
  public func sampledState(of key: TermKey, at beat: Int) -> Int? {
    guard Quantity(rawValue: key.name)?.description.axes.count == 2 else { return nil }
    let quantities: [Quantity] = [.logp, .oldLogp, .chosenLogp, .token]
    for logp in quantities.compactMap({ term(TermKey($0, key.i, max(0, key.j)), at: beat) }) {
      let logits = inputs(of: logp).filter { quantity(of: $0) == .policyLogit }
      if let logit = logits.first { return terms[logit].key.i }
    }
    return nil
  }

  /// The token that a term is about, by its indices; nil where they count something else, or where it is not known.
  public func tokenText(of key: TermKey, at beat: Int) -> String? {
    guard key.j >= 0, glossary.entries[key.name].labels.allSatisfy({ $0 == nil }) else { return nil }
    if let other = otherToken(of: key, at: beat) { return other }
    return tokenText(key.i, key.j, at: beat)
  }

  /// The token of a quantity that is about another text than the sampled or chosen response, as far as it is known; nil for
  /// all other quantities.
  public func otherToken(of key: TermKey, at beat: Int) -> String?? {
    func token(_ words: [String]) -> String?? { .some(words.indices.contains(key.j) ? words[key.j] : nil) }
    let quantity = Quantity(rawValue: key.name)
    switch quantity {
    case .rejectedLogp, .rejectedRefLogp, .rejectedCollision, .chosenLogp, .chosenRefLogp, .chosenCollision:
      let isRejected = quantity == .rejectedLogp || quantity == .rejectedRefLogp || quantity == .rejectedCollision
      return token(words(ofPair: key.i, isRejected: isRejected, at: beat) ?? [])
    case .greedyToken, .greedyLogp: return token(greedyTokens(key.i, at: beat))
    // The response of another example; in a trainer's batch it is not recorded.
    case .mismatchedToken, .mismatchedLogp, .mismatchedRefLogp:
      return .some(mismatchedToken(key.i, key.j, at: beat))
    default: return nil
    }
  }

  /// A token of the other example's response that was put after the prompt of example `i`, as of a beat.
  public func mismatchedToken(_ i: Int, _ t: Int, at beat: Int) -> String? {
    func loops(_ term: Int) -> LoopPosition { stage(ofBeat: terms[term].beat).loops }
    guard let first = term(TermKey(.mismatchedToken, i, 0), at: beat),
      let token = term(TermKey(.mismatchedToken, i, t), at: beat),
      // In another minibatch a longer response may have stood there.
      loops(token) == loops(first)
    else { return nil }
    return glossary.valueText(of: Quantity.mismatchedToken.rawValue, value(token))
  }

  /// Which of the examples are desirable, and which are not.
  func setKinds(isDesirable: [Bool]) {
    func members(_ kind: Bool) -> Set<Int> { Set(isDesirable.indices.filter { isDesirable[$0] == kind }) }
    sampleKinds = [(name: "desirable", members: members(true)), (name: "undesirable", members: members(false))]
  }

  /// Lets formulas speak of the responses of a world's preferences.
  ///
  /// - Parameter axis: What counts the preferences.
  func nameTexts(of preferences: [World.Preference], by axis: Quantity.Axis) {
    texts = [
      Text(
        "chosen", latex: "y^w", meaning: "the chosen response", axis: axis.rawValue,
        words: preferences.map { $0.chosen }),
      Text(
        "rejected", latex: "y^l", meaning: "the rejected response", axis: axis.rawValue,
        words: preferences.map { $0.rejected }),
    ]
  }

  /// Whether there is a term of this name.
  public func isRecorded(_ quantity: Quantity) -> Bool { terms.contains { $0.key.name == quantity.rawValue } }

  /// What the losses of this recording are made of, token by token: log-probabilities and a critic's values, or divergences
  /// from a teacher.
  public var learnedByToken: [Quantity] {
    let recorded = [Quantity.logp, .chosenLogp, .rejectedLogp, .value, .divergence].filter { isRecorded($0) }
    return recorded.contains(.divergence) ? [.divergence] : recorded
  }

  /// The first node with an operation in a term's own formula, down to the terms that it was computed from.
  public func part(_ operation: Operation, of term: Int) -> Scalar? {
    var open = [scalar(term)]
    while let scalar = open.popLast() {
      if let other = self.term(ofNode: scalar.node), other != term { continue }
      if tape.operation(of: scalar) == operation { return scalar }
      open.append(contentsOf: tape.operands(of: scalar).reversed())
    }
    return nil
  }

  /// The number by which a term's formula divides; 1 where it divides by none.
  public func divisor(of term: Int) -> Double { part(.divide, of: term).map { tape.operands(of: $0)[1].value } ?? 1 }

  /// The algorithm that made the recording; PPO where that is not known.
  public var algorithm: Algorithm { Algorithm.named(glossary.algorithm) ?? .ppo }

  /// The words for what is learned from and who learns.
  public var words: Algorithm.Words { algorithm.words(acting: glossary.hasActions) }

  /// The quantity that a term is a value of.
  public func quantity(of term: Int) -> Quantity {
    Quantity(rawValue: terms[term].key.name) ?? .metric
  }
}

extension TermKey {
  public init(_ quantity: Quantity, _ i: Int = -1, _ j: Int = -1) {
    self.init(name: quantity.rawValue, i: i, j: j)
  }
}

extension Glossary {
  /// The names of the field as an algorithm uses them, with tokens written out where an index or a value is one.
  ///
  /// - Parameters:
  ///   - vocabulary: The tokens, as they are written.
  ///   - algorithm: Whose names they are.
  ///   - settings: Under which options, for what its stages do.
  ///   - states: What a policy's states are called, where they are not the tokens.
  ///   - groups: What the groups of prompts are called, where they have names.
  ///   - rewards: What the reward functions are called, where answers have several rewards.
  ///   - isActing: Whether the policy acts in states instead of writing.
  public init(
    vocabulary: [String], algorithm: Algorithm = .ppo, settings: Settings = Settings(), states: [String]? = nil,
    groups: [String]? = nil, rewards: [String]? = nil, isActing: Bool = false
  ) {
    let metrics = Metric.allCases.map { $0.name }
    let losses = settings.choice(.preferenceLoss).split(separator: ",").map { String($0) }
    self.init(
      entries: Quantity.allCases.map { quantity in
        let description = quantity.description(for: algorithm, under: settings)
        let labels: [[String]?] = description.axes.map { axis in
          switch axis {
          case .previousToken: states ?? vocabulary
          case .nextToken, .vocabulary: vocabulary
          case .metric: metrics
          case .group: groups
          case .rewardFunction: rewards
          case .lossType: losses
          case .sequence, .token, .step, .pair: nil
          }
        }
        return Entry(
          name: description.name, latex: description.latex, labels: labels, meaning: description.meaning,
          axes: description.axes.map { $0.rawValue })
      },
      valueLabels: Quantity.written.reduce(
        into: groups.map { groups in
          [Quantity.userKind.rawValue: groups, Quantity.userLabel.rawValue: groups]
        } ?? [:]
      ) { $0[$1.rawValue] = vocabulary },
      algorithm: algorithm.name,
      stages: algorithm.stages.map {
        Stage(name: $0.stage.name, purpose: $0.purpose(settings), preparation: $0.preparation)
      },
      axes: Quantity.Axis.allCases.map { Axis($0, algorithm, isActing: isActing) },
      symbols: Self.symbols(for: algorithm), deciding: [Quantity.advantage.rawValue],
      learned: Set(Quantity.learned.map { $0.rawValue }))
  }
}

extension Quantity {
  /// Those whose values are tokens.
  static let written: [Quantity] = [.token, .greedyToken, .mismatchedToken]
}
