public import Autodiff

/// A recorded run: every named number on its tape, in the order in which it appeared.
///
/// A run is recorded whole and then visited; going back is moving an index. Terms belong to beats, beats to stages.
public final class Trace {
  /// A named number.
  public struct Term: Sendable {
    public let key: TermKey
    /// Its node on the tape, where its value and formula are found.
    public let node: Int32
    public let beat: Int
    /// The node that the run computed, where a what-if has put another number in its place.
    public let computedNode: Int32?
  }

  /// The smallest step.
  public struct Beat: Sendable {
    public let stage: Int
    public fileprivate(set) var terms: Range<Int>
  }

  /// Beats that belong together, and where in the algorithm's loops they stand.
  public struct StageRun: Sendable {
    /// The stage's name.
    public let name: String
    public let loops: LoopPosition
    public fileprivate(set) var beats: Range<Int>
  }

  /// `iteration/epoch/minibatch`, from 0; nil outside of that loop.
  public struct LoopPosition: Hashable, Sendable {
    public var iteration: Int?
    public var epoch: Int?
    public var minibatch: Int?

    public init(iteration: Int? = nil, epoch: Int? = nil, minibatch: Int? = nil) {
      self.iteration = iteration
      self.epoch = epoch
      self.minibatch = minibatch
    }
  }

  /// A loss that was differentiated.
  public struct Differentiation: Sendable {
    public let term: Int
    public let gradient: Gradient
  }

  public let tape = Tape()
  public let glossary: Glossary
  public private(set) var terms: [Term] = []
  public private(set) var beats: [Beat] = []
  public private(set) var stages: [StageRun] = []
  public private(set) var differentiations: [Differentiation] = []
  /// The what-ifs of this recording.
  public let overrides: [Override]
  /// Another computation in place of a term's own; nil leaves a term as it is.
  public typealias Rewriting = (_ key: TermKey, _ computed: Scalar, _ before: Trace) -> Scalar?
  private let rewriting: Rewriting?
  /// The prompt of each sequence, for display; sequences of later iterations repeat them.
  public var prompts: [String] = []
  /// The tokens of each sequence where they are given; a run that samples records them as terms instead.
  public var givenTokens: [[String]] = []
  /// Of pairs, the tokens of each rejected response; `givenTokens` are those of the chosen ones.
  public var rejectedTokens: [[String]] = []
  /// Texts that formulas may speak of.
  public var texts: [Text] = []
  /// Which samples are of which kind, where they were judged one by one.
  public var sampleKinds: [(name: String, members: Set<Int>)] = []
  /// The current position in the loops.
  public var loops = LoopPosition()

  /// For each node, the term that names it, or −1.
  private var termOfNode: [Int32] = []
  private var index = TermIndex()
  var keysByLoops = KeysByLoops()
  var learnedReach = LearnedReach()
  private var overriddenCounts: [TermKey: Int] = [:]
  private var isBeatPending = true
  private var pendingStage: String?

  /// - Parameters:
  ///   - glossary: The names of terms and stages.
  ///   - overrides: What-ifs: numbers in place of those that are computed.
  ///   - rewriting: What-ifs that are computations, from the terms before: how a mistake is tried out.
  public init(glossary: Glossary, overrides: [Override] = [], rewriting: Rewriting? = nil) {
    self.glossary = glossary
    self.overrides = overrides
    self.rewriting = rewriting
    for override in overrides { overriddenCounts[override.key] = 0 }
  }

  // MARK: Recording

  /// What follows belongs to this stage. A stage in which nothing is recorded leaves no mark.
  public func begin(stage name: String) {
    pendingStage = name
    isBeatPending = true
  }

  /// What follows is a new beat.
  public func beat() { isBeatPending = true }

  /// Names a number, and returns the one to go on with, which a what-if may have replaced.
  public func record(_ key: TermKey, _ scalar: Scalar) -> Scalar {
    openBeat()
    let replacement = overriddenValue(key)
    let scalar = rewriting?(key, scalar, self) ?? scalar
    let computed = term(ofNode: scalar.node) == nil ? scalar : alias(scalar)
    let kept = replacement.map { tape.leaf($0) } ?? computed
    if termOfNode.count < tape.count {
      termOfNode.append(contentsOf: repeatElement(-1, count: tape.count - termOfNode.count))
    }
    termOfNode[Int(kept.node)] = Int32(terms.count)
    terms.append(
      Term(
        key: key, node: kept.node, beat: beats.count - 1,
        computedNode: replacement == nil ? nil : computed.node))
    beats[beats.count - 1].terms = beats[beats.count - 1].terms.lowerBound..<terms.count
    return kept
  }

  /// Differentiates the term that names `loss`.
  @discardableResult
  public func differentiate(_ loss: Scalar) -> Gradient {
    let gradient = tape.gradient(of: loss)
    if let term = term(ofNode: loss.node) {
      differentiations.append(Differentiation(term: term, gradient: gradient))
    }
    return gradient
  }

  private func openBeat() {
    if let name = pendingStage {
      // A stage that is begun twice in succession goes on.
      if stages.last?.name != name || stages.last?.loops != loops {
        stages.append(StageRun(name: name, loops: loops, beats: beats.count..<beats.count))
      }
      pendingStage = nil
    }
    guard isBeatPending else { return }
    isBeatPending = false
    beats.append(Beat(stage: stages.count - 1, terms: terms.count..<terms.count))
    stages[stages.count - 1].beats = stages[stages.count - 1].beats.lowerBound..<beats.count
  }

  private func overriddenValue(_ key: TermKey) -> Double? {
    guard !overrides.isEmpty, let count = overriddenCounts[key] else { return nil }
    overriddenCounts[key] = count + 1
    return overrides.last { $0.key == key && $0.occurrence == count }?.value
  }

  // MARK: Looking up

  /// The term that names this node, if one does.
  public func term(ofNode node: Int32) -> Int? {
    let index = Int(node)
    return index < termOfNode.count && termOfNode[index] >= 0 ? Int(termOfNode[index]) : nil
  }

  /// The numbers of all terms with this key, in order.
  public func occurrences(of key: TermKey) -> [Int] {
    updateIndex()
    var found: [Int] = []
    var next = index.last(key)
    while let term = next {
      found.append(term)
      next = index.before(term)
    }
    return found.reversed()
  }

  /// The latest term with this key at or before a beat.
  public func term(_ key: TermKey, at beat: Int) -> Int? {
    updateIndex()
    var found = index.last(key)
    while let term = found, terms[term].beat > beat { found = index.before(term) }
    return found
  }

  /// The latest term with this key that was recorded before another term.
  public func term(_ key: TermKey, before end: Int) -> Int? {
    updateIndex()
    var found = index.last(key)
    while let term = found, term >= end { found = index.before(term) }
    return found
  }

  /// The next term with the same key.
  public func following(_ term: Int) -> Int? {
    updateIndex()
    return index.after(term)
  }

  /// The term with the same key before this one.
  public func preceding(_ term: Int) -> Int? {
    updateIndex()
    return index.before(term)
  }

  /// Indexes what has been recorded, only when it is looked up: a trainer never looks anything up.
  private func updateIndex() {
    while index.count < terms.count { index.append(terms[index.count].key) }
  }

  /// A term's number on the tape.
  public func scalar(_ term: Int) -> Scalar { tape.scalar(terms[term].node) }
  /// A term's value, with a what-if put in if there is one.
  public func value(_ term: Int) -> Double { scalar(term).value }
  /// The stage to which a beat belongs.
  public func stage(ofBeat beat: Int) -> StageRun { stages[beats[beat].stage] }

  /// What a stage is for, in one sentence; empty where that is not known.
  public func purpose(of run: StageRun) -> String {
    guard let stage = glossary.stages.first(where: { $0.name == run.name }) else { return "" }
    return run.loops.iteration == nil ? stage.preparation ?? stage.purpose : stage.purpose
  }

  /// A stage with its place in the loops, as one types it: `clip 0/1/0`, `before sync`.
  public func placeText(of stage: StageRun) -> String {
    if !stage.loops.text.isEmpty { return "\(stage.name) \(stage.loops.text)" }
    return stages.contains { $0.loops.iteration != nil } ? "before \(stage.name)" : stage.name
  }

  /// The term as one types it: `ratio[0,2]`.
  public func text(_ term: Int) -> String { glossary.text(terms[term].key) }
}

/// A what-if: another number in place of the one that a run computes.
public struct Override: Equatable, Sendable {
  public let key: TermKey
  /// Which of the terms with this key, from 0.
  public let occurrence: Int
  public let value: Double

  public init(key: TermKey, occurrence: Int, value: Double) {
    self.key = key
    self.occurrence = occurrence
    self.value = value
  }
}

extension Trace.LoopPosition {
  /// `1/0/1`, or as much of it as there is; empty before the first iteration.
  public var text: String {
    var parts: [String] = []
    for number in [iteration, epoch, minibatch] {
      guard let number else { break }
      parts.append("\(number)")
    }
    return parts.joined(separator: "/")
  }
}
