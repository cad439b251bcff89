import Objectives
public import Recording
public import Simulation

/// A plot, and what it is to be about, where it has a choice.
public struct PlotChoice: Sendable {
  public let name: String
  public let about: [TermKey]
}

/// Looks for the plot that shows what somebody asks about and looks at.
public struct PlotSearch {
  private let trace: Trace
  private let source: Source
  /// As of when.
  private let beat: Int
  /// The terms of the beat that one looks at.
  private let own: [Int]

  /// What it costs to go far, and where that leads, is about no number in particular, and takes long.
  private static let ofSteps = PlotKind.all.filter { kind in !PlotKind.ofWholeRuns.contains { $0.name == kind.name } }

  /// - Parameters:
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - beat: As of when numbers are known.
  ///   - telling: The beat that one looks at: of an overview the one that it names.
  public init(_ trace: Trace, source: Source, at beat: Int, telling: Int) {
    (self.trace, self.source, self.beat) = (trace, source, beat)
    own = Array(trace.beats[telling].terms)
  }

  /// The plot that shows most of what is asked, or else of what is looked at by name, of the beat, or of the stage; or else what
  /// became of a run with options of its own, or the policy as it is by then. Nil where nothing suits.
  ///
  /// - Parameters:
  ///   - question: The terms of a question.
  ///   - named: The terms that commands named.
  ///   - isChanged: Whether the run has other options than its source.
  public func choice(question: [Int], named: [Int], isChanged: Bool) -> PlotChoice? {
    for asked in [question, named] {
      if let found = most(asked, among: Self.ofSteps + [.progress]) ?? most(inputs(asked), among: Self.ofSteps) {
        return found
      }
    }
    return most(own, among: Self.ofSteps + [.progress], isKnown: true)
      ?? most(inputs(own), among: Self.ofSteps, isKnown: true) ?? ofTokens(question + named) ?? ofStage
      ?? (isChanged ? ofRun : nil) ?? ofPolicy
  }

  private func inputs(_ terms: [Int]) -> [Int] { terms.flatMap { trace.inputs(of: $0) } }

  /// The plot with the largest number of some terms.
  private func most(_ asked: [Int], among kinds: [PlotKind], isKnown: Bool = false) -> PlotChoice? {
    guard !asked.isEmpty else { return nil }
    let about = keys(of: asked)
    var best: (name: String, count: Int)?
    for kind in kinds {
      guard let shown = shown(by: kind, about: about), !isKnown || self.isKnown(shown) else { continue }
      let count = asked.count { shown.contains($0) }
      if count > best?.count ?? 0 { best = (kind.name, count) }
    }
    return best.map { PlotChoice(name: $0.name, about: about) }
  }

  /// The policy's row from which tokens were sampled that are asked about or looked at; that of later only if both.
  private func ofTokens(_ asked: [Int]) -> PlotChoice? {
    let own = keys(of: own).filter { trace.sampledState(of: $0, at: beat) != nil }
    let asked = keys(of: asked).filter { trace.sampledState(of: $0, at: beat) != nil }
    let both = asked.filter { key in own.contains { ($0.i, $0.j) == (key.i, key.j) } }
    let about = both + asked + own
    guard !about.isEmpty, let shown = shown(by: .policy, about: about) else { return nil }
    return isKnown(shown) || !both.isEmpty ? PlotChoice(name: PlotKind.policy.name, about: about) : nil
  }

  /// The plot of the stage's name, or the first with a number from there; one of a whole run only where the policy is measured.
  private var ofStage: PlotChoice? {
    let stage = trace.stage(ofBeat: beat)
    let about = numbersOfStage
    let isMeasured = [Stage.oracle, .metrics].contains { $0.name == stage.name }
    let kind = (Self.ofSteps + (isMeasured ? [.progress, .frontier, .landscape] : [])).first { kind in
      guard let shown = shown(by: kind, about: about), isKnown(shown) else { return false }
      let first = kind.name == stage.name ? 0 : stage.beats.lowerBound
      return shown.contains { trace.terms[$0].beat >= first }
    }
    return kind.map { PlotChoice(name: $0.name, about: about) }
  }

  /// What became of the run, the stage's own numbers first.
  private var ofRun: PlotChoice? {
    let about = numbersOfStage
    return shown(by: .progress, about: about).map { _ in PlotChoice(name: PlotKind.progress.name, about: about) }
  }

  private var ofPolicy: PlotChoice? {
    guard let shown = shown(by: .policy, about: []), isKnown(shown) else { return nil }
    return PlotChoice(name: PlotKind.policy.name, about: [])
  }

  /// The terms that a plot has; nil where it cannot be drawn.
  private func shown(by kind: PlotKind, about: [TermKey]) -> [Int]? {
    let subject = PlotSubject(trace: trace, source: source, beat: beat, about: about, hasFormulas: false)
    return kind.lack(subject) == nil ? kind.draw(subject)?.shownTerms(in: trace) : nil
  }

  private func isKnown(_ terms: [Int]) -> Bool {
    let end = trace.stage(ofBeat: beat).beats.upperBound
    return terms.allSatisfy { trace.terms[$0].beat < end }
  }

  private var numbersOfStage: [TermKey] {
    let terms = trace.stage(ofBeat: beat).beats.flatMap { trace.beats[$0].terms }
    return keys(of: own) + keys(of: terms.filter { trace.terms[$0].key.i < 0 })
  }

  /// Each key once; a few say what a plot is about.
  private func keys(of terms: [Int]) -> [TermKey] {
    var keys: [TermKey] = []
    for term in terms where keys.count < 40 && !keys.contains(trace.terms[term].key) {
      keys.append(trace.terms[term].key)
    }
    return keys
  }
}
