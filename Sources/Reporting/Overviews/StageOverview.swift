import Documents
import Objectives
public import Recording
import Simulation

/// A stage as a whole: the range of its numbers, one table of its rows, the most telling row, and what is special.
///
/// Everything is read off the recording. Unlike a position it sees all of its stage; of what comes later it only says
/// where numbers that are all 0 leave it.
public struct StageOverview {
  /// The row that tells most.
  public struct Row: Sendable {
    public let beat: Int
    /// What it is and why it was chosen: «largest: ratio[2,0] = 1.421, "film" of response 2».
    public let text: String
  }

  public let purpose: String
  /// What happens: the range of the stage's numbers, and what is said of the numbers that it has once.
  public let sentences: [String]
  public let table: OverviewTable?
  /// Numbers over steps, as lines of characters.
  public let plots: [String]
  /// What one might otherwise miss.
  public let remarks: [String]
  public let telling: Row

  /// The overview of a stage, by its number in the recording.
  public init(of stage: Int, in trace: Trace) {
    let subject = OverviewSubject(stage, in: trace)
    purpose = trace.purpose(of: subject.run)
    remarks = subject.findings.map { $0.text }
    telling = subject.telling
    sentences = subject.sentences
    table = OverviewTable(of: subject)
    plots = subject.plots
  }

  /// Where learning takes another way in a stage than one would think, which a reader wants to be brought to: a clip binds,
  /// a group has no spread, a chosen response becomes less likely; nil where nothing of the kind happens.
  public static func turn(in stage: Int, of trace: Trace) -> String? {
    OverviewSubject(stage, in: trace).findings.first { $0.isTurn }?.text
  }
}

/// What the parts of an overview are made from.
struct OverviewSubject {
  let trace: Trace
  let stage: Int
  let run: Trace.StageRun
  let kind: Stage?
  /// The terms of the stage.
  let members: Range<Int>
  let focus: StageFocus?
  let narrator: Narrator
  /// What is special about it.
  private(set) var findings: [StageFinding] = []

  init(_ stage: Int, in trace: Trace) {
    self.trace = trace
    self.stage = stage
    run = trace.stages[stage]
    kind = Stage.named(run.name)
    members = trace.terms(of: run)
    focus = StageFocus(kind, members: members, in: trace)
    narrator = Narrator(trace: trace, beat: run.beats.upperBound - 1)
    findings = specialties
  }

  /// The terms that show something special.
  var special: Set<Int> { Set(findings.flatMap { $0.terms }) }

  func terms(_ quantities: Quantity...) -> [Int] { members.filter { quantities.contains(trace.quantity(of: $0)) } }

  // MARK: The most telling row

  var telling: StageOverview.Row {
    guard kind != .metrics, let focus, let term = tellingTerm(focus) else {
      let first = members.lowerBound
      return StageOverview.Row(
        beat: run.beats.lowerBound, text: "\(trace.text(first)) \(equation(first))")
    }
    let place = trace.terms[term].key.indices.isEmpty ? "" : ", " + self.place(of: term)
    return StageOverview.Row(
      beat: trace.terms[term].beat,
      text: "\(trace.text(decisive(term))) \(equation(decisive(term)))\(change(of: term, focus))\(place)")
  }

  private func equation(_ term: Int) -> String {
    (trace.isRoundingNoise(term) ? "" : "= ") + trace.shownValue(term)
  }

  /// `, up from 0.2414`, where a number rests at another.
  private func change(of term: Int, _ focus: StageFocus) -> String {
    guard let rest = focus.rest(of: term), rest != 0, rest != 1, rest != trace.value(term) else { return "" }
    return ", \(trace.value(term) > rest ? "up" : "down") from \(NumberText.short(rest))"
  }

  /// The number by which a term is shown: of a clip's objective, the ratio that decides on it.
  func decisive(_ term: Int) -> Int {
    guard kind == .clip else { return term }
    let key = trace.terms[term].key
    return trace.term(TermKey(key.j < 0 ? .sequenceRatio : .ratio, key.i, key.j), at: trace.terms[term].beat) ?? term
  }

  /// Whether every number is the same constant, so that a table would show nothing.
  var isBlank: Bool {
    guard let focus, focus.terms.count > 1, focus.moved.isEmpty, let rest = focus.rest(of: focus.terms[0]) else {
      return false
    }
    return focus.terms.allSatisfy { focus.rest(of: $0) == rest }
  }

  /// Of what is special the farthest from where it rests, or else of all.
  func tellingTerm(_ focus: StageFocus) -> Int? {
    let special = findings.map { finding in
      let shown = Set(finding.terms)
      return focus.terms.filter { shown.contains($0) }
    }.first { !$0.isEmpty }
    if special == nil, let turn = findings.first(where: { $0.isTurn }) { return turn.terms[0] }
    var best: (term: Int, distance: Double)?
    for term in special ?? focus.terms {
      let distance = self.distance(of: term, focus)
      if best.map({ distance > $0.distance }) ?? true { best = (term, distance) }
    }
    return best?.term
  }

  /// An objective is as far as its ratio has gone.
  func distance(of term: Int, _ focus: StageFocus) -> Double {
    let decisive = decisive(term)
    return decisive == term ? focus.distance(of: term) : (trace.value(decisive) - 1).magnitude
  }

  // MARK: Sentences

  /// The range of the focus, and of numbers without an index what is said of them anyhow.
  var sentences: [String] {
    var sentences: [String] = []
    if let range { sentences.append(range) }
    if let still = stillNumbers { sentences.append(still) }
    if kind == .supervised || kind == .rewardModel { return sentences }
    for beat in run.beats where sentences.count < 3 {
      let isSingle = trace.beats[beat].terms.allSatisfy {
        trace.terms[$0].key.indices.isEmpty || trace.quantity(of: $0) == .metric
      }
      if isSingle { sentences.append(Narration.sentence(for: beat, in: trace)) }
    }
    return sentences
  }

  private var range: String? {
    guard let focus, let first = focus.terms.first, !trace.terms[first].key.indices.isEmpty, kind != .oracle,
      kind != .metrics
    else {
      return nil
    }
    func names(_ quantities: [Quantity]) -> String {
      quantities.map { trace.glossary.entries[$0.rawValue].name }.joined(separator: ", ")
    }
    // What rests is the focus itself, and not the number that decides on it.
    if focus.moved.isEmpty { return stillness(focus, names(focus.quantities)) }
    let shown = focus.terms.map { decisive($0) }
    let names = names(shown == focus.terms ? focus.quantities : [trace.quantity(of: shown[0])])
    guard let (low, high) = extremes(shown) else { return nil }
    if trace.quantity(of: first).description.axes.first == .step {
      let last = focus.terms[focus.terms.count - 1]
      return "\(names): \(value(first)) at first, \(value(last)) after \(focus.terms.count - 1) steps."
    }
    if focus.terms.count == 1 { return "\(names): \(value(first)), \(place(of: first))." }
    let count = self.count(focus.terms)
    if trace.value(low) == trace.value(high) { return "\(names): \(value(low)), \(count) alike." }
    return "\(names): \(count), from \(value(low)) (\(place(of: low))) to \(value(high)) (\(place(of: high)))."
  }

  private func extremes(_ terms: [Int]) -> (low: Int, high: Int)? {
    guard var low = terms.first, var high = terms.first else { return nil }
    for term in terms {
      if trace.value(term) < trace.value(low) { low = term }
      if trace.value(term) > trace.value(high) { high = term }
    }
    return (low, high)
  }

  func value(_ term: Int) -> String { narrator.text(term) }

  /// `12 tokens`, `6 responses`, `64 numbers`.
  func count(_ terms: [Int]) -> String {
    let noun: String =
      switch axes(terms[0]) {
      case [.sequence, .token], [.pair, .token]: trace.words.step
      case [.sequence]: trace.words.example
      case [.pair]: trace.isOfPlace(terms[0]) ? "place" : "pair"
      case [.group]: "group"
      default: "number"
      }
    let isBoth = focus?.quantities.count == 2
    return narrator.count(isBoth && axes(terms[0]) == [.pair] ? terms.count / 2 : terms.count, noun)
  }

  // MARK: Words

  /// What a term's indices count: of GRPO, an advantage has one index, of PPO two.
  func axes(_ term: Int) -> [Quantity.Axis] {
    Array(trace.quantity(of: term).description.axes.prefix(trace.terms[term].key.indices.count))
  }

  /// What a term is about: `"film" of response 2`, `"great" after "was"`, `group 1`.
  func place(of term: Int) -> String {
    let key = trace.terms[term].key
    let words = trace.glossary.indexTexts(key)
    switch axes(term) {
    case [.sequence, .token]:
      if let other = trace.otherToken(of: key, at: trace.terms[term].beat) {
        return "\(narrator.quoted(other ?? "token \(key.j)")) \(owner(term))"
      }
      let owner = "\(trace.words.example) \(key.i)"
      return narrator.isSlot(key.i, key.j) ? "the slot after \(owner)" : "\(narrator.token(key.i, key.j)) of \(owner)"
    case [.pair, .token]:
      let token = trace.tokenText(of: key, at: trace.terms[term].beat) ?? "token \(key.j)"
      return "\(side(term)) \(narrator.quoted(token)), pair \(key.i)"
    case [.sequence]: return "\(trace.words.example) \(key.i)"
    case [.pair] where trace.isOfPlace(term): return "place \(key.i)"
    case [.pair]: return (focus?.quantities.count == 2 ? side(term) + ", " : "") + "pair \(key.i)"
    case [.previousToken, .nextToken]: return "\(narrator.quoted(words[1])) \(narrator.place(term))"
    case [.previousToken]: return narrator.place(term)
    case [.vocabulary]: return narrator.quoted(words[0])
    case [.group]: return "group \(words[0])"
    case [.group, .vocabulary]: return "\(narrator.quoted(words[1])) for \(words[0])"
    case [.step]: return "step \(words[0])"
    default: return words.joined(separator: ", ")
    }
  }

  /// Whose token it is, where it is none of the sampled or given response.
  private func owner(_ term: Int) -> String {
    let i = trace.terms[term].key.i
    switch trace.quantity(of: term) {
    case .greedyToken, .greedyLogp: return "of the greedy \(trace.words.example) \(i)"
    default: return "after the prompt of \(trace.words.example) \(i)"
    }
  }

  private func side(_ term: Int) -> String {
    switch trace.quantity(of: term) {
    case .rejectedLogp, .rejectedRefLogp, .rejectedLogRatio, .rejectedScore: "rejected"
    default: "chosen"
    }
  }

  // MARK: Plots

  /// Numbers over steps of learning, each quantity in a line.
  var plots: [String] {
    var lines: [String] = []
    for quantity in [Quantity.supervisedLoss, .rewardLoss, .rewardAccuracy] {
      let values = terms(quantity).filter { axes($0) == [.step] }
      guard values.count > 2, let last = values.last else { continue }
      let bars = Self.bars(values.map { trace.value($0) })
      lines.append("\(quantity.name)  \(trace.shownValue(values[0])) \(bars) \(trace.shownValue(last))")
    }
    return lines
  }

  /// A bar for each number, from the smallest to the largest in eight heights.
  static func bars(_ values: [Double]) -> String {
    let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let (low, high) = (values.reduce(.infinity) { min($0, $1) }, values.reduce(-.infinity) { max($0, $1) })
    var text = ""
    for value in values.prefix(48) where value.isFinite {
      let height = high > low && high.isFinite ? (value - low) / (high - low) * 7 : 0
      text.append(blocks[Int(height.rounded())])
    }
    return text
  }
}
