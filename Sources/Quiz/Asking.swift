import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

/// What a question is made from: a recording, a level and random numbers.
struct Asking {
  let source: Source
  let changes: [QuizQuestion.Change]
  let trace: Trace
  let level: Int
  /// The debugger's position, near which it asks; nil where the whole recording may be asked about.
  var position: Int?
  var random: RandomStream

  var settings: Settings { source.settings }

  /// The first draft that can be answered, trying the terms of a quantity in random order.
  mutating func draft(about quantity: Quantity, _ make: (Asking, Int) -> Draft?) -> Draft? {
    let candidates = candidates(quantity)
    for index in random.shuffled(candidates.count) {
      if let draft = make(self, candidates[index]), draft.isAnswerable { return draft }
    }
    return nil
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

  /// The terms of a quantity: all of them, or those of the stage that the position is in or after.
  private func candidates(_ quantity: Quantity) -> [Int] {
    let all = trace.terms.indices.filter { trace.quantity(of: $0) == quantity }
    guard let position, let first = all.first else { return all }
    let before = all.last { trace.stage(ofBeat: trace.terms[$0].beat).beats.lowerBound <= position }
    return siblings(of: before ?? first, sameSequence: false)
  }

  // MARK: Looking up

  func key(_ term: Int) -> TermKey { trace.terms[term].key }
  func beat(_ term: Int) -> Int { trace.terms[term].beat }

  /// A term of the same sequence, token and pass of the loops as another.
  ///
  /// An earlier iteration's terms of a longer response must not be taken for this one's.
  func beside(_ term: Int, _ quantity: Quantity, _ i: Int? = nil, _ j: Int? = nil) -> Int? {
    let key = key(term)
    guard let found = trace.term(TermKey(quantity, i ?? key.i, j ?? key.j), at: beat(term)),
      iteration(found) == iteration(term)
    else { return nil }
    return found
  }

  func value(beside term: Int, _ quantity: Quantity, _ i: Int? = nil, _ j: Int? = nil) -> Double? {
    beside(term, quantity, i, j).map { trace.value($0) }
  }

  /// The terms of the same name in the same stage, by default of the same sequence, in order of their last index.
  func siblings(of term: Int, sameSequence: Bool = true) -> [Int] {
    let stage = trace.stage(ofBeat: beat(term))
    let first = trace.beats[stage.beats.lowerBound].terms.lowerBound
    let last = trace.beats[stage.beats.upperBound - 1].terms.upperBound
    return (first..<last).filter {
      key($0).name == key(term).name && (!sameSequence || key($0).i == key(term).i)
    }.sorted { (key($0).i, key($0).j, $0) < (key($1).i, key($1).j, $1) }
  }

  /// The terms that one was computed from directly.
  func inputs(of term: Int, _ quantity: Quantity) -> [Int] {
    trace.edges(of: term).map { $0.to }.filter { trace.quantity(of: $0) == quantity }
  }

  private func iteration(_ term: Int) -> Int? { trace.stage(ofBeat: beat(term)).loops.iteration }

  // MARK: Texts

  /// What a term is made from, and what some of its inputs are.
  func explain(_ term: Int, and inputs: [Int?] = []) -> StyledText {
    var text = Explanation(trace: trace, beat: beat(term)).explain(term)
    for case let input? in inputs { text.add(Explanation(trace: trace, beat: beat(input)).explain(input)) }
    return text
  }

  func why(_ term: Int) -> StyledText { Explanation(trace: trace, beat: beat(term)).why(term) }

  /// What a sequence is called.
  var sequenceWord: String { source.algorithm.material == .demonstrations ? "response" : trace.words.example }

  /// `Token 1 of response 0, «great», in minibatch 0/1/0`, with a capital letter.
  func place(_ term: Int) -> String {
    let (key, loops) = (key(term), trace.stage(ofBeat: beat(term)).loops)
    let token = trace.tokenText(of: key, at: beat(term)).map { ", «\($0.visible)»," } ?? ""
    let time = loops.minibatch != nil ? " in minibatch \(loops.text)" : ""
    let step = trace.glossary.hasActions ? "Step" : "Token"
    return "\(step) \(key.j) of \(sequenceWord) \(key.i)\(token)\(time)"
  }
}

/// A number as a question shows it: four digits, and what they say.
struct Shown {
  let text: String
  let value: Double

  init(_ x: Double) {
    text = NumberText.short(x)
    value = NumberText.parse(text) ?? x
  }
}

/// Paragraphs and tables of a question, none wider than a terminal.
func quizText(_ parts: [String]) -> String {
  var text = ""
  for part in parts {
    if !text.isEmpty { text += "\n" }
    text += part
  }
  return text
}

func paragraph(_ text: String) -> String { wrap(text, indent: 0) }

/// An option's number as one types it: 0.05, where a column would have 0.05000.
func plain(_ x: Double) -> String {
  let text = NumberText.short(x)
  guard text.utf8.contains(UInt8(ascii: ".")), !text.utf8.contains(UInt8(ascii: "e")) else { return text }
  var kept = text[...]
  while kept.last == "0" { kept = kept.dropLast() }
  return String(kept.last == "." ? kept.dropLast() : kept)
}
