import Debugging
import Documents
import Objectives
import Recording
import Reporting
import Simulation

/// A reward of the position's iteration that the page lets a reader change.
struct EditableReward {
  private let pane: Pane
  private let term: Int
  private let occurrence: Int

  private static let limit = 48

  /// The scores of the responses, or the rewards if there are none, including those that come later in the iteration.
  static func all(of pane: Pane) -> [EditableReward] {
    let trace = pane.session.trace
    let quantity: Quantity = trace.terms.contains { $0.key.name == Quantity.score.rawValue } ? .score : .reward
    let iteration =
      trace.stage(ofBeat: pane.session.shownBeat).loops.iteration
      ?? trace.stages.first { $0.loops.iteration != nil }?.loops.iteration
    var found: [EditableReward] = []
    var counts: [TermKey: Int] = [:]
    for (term, record) in trace.terms.enumerated() where record.key.name == quantity.rawValue {
      let occurrence = counts[record.key] ?? 0
      counts[record.key] = occurrence + 1
      guard found.count < limit, trace.stage(ofBeat: record.beat).loops.iteration == iteration else { continue }
      found.append(EditableReward(pane: pane, term: term, occurrence: occurrence))
    }
    return found
  }

  func write(to json: inout JSONWriter) {
    let trace = pane.session.trace
    let record = trace.terms[term]
    json.member("term", trace.text(term))
    json.member("occurrence", occurrence)
    json.member("at", record.beat)
    json.member("label", label)
    json.member("value", number: trace.value(term))
    json.member("text", NumberText.display(trace.value(term)))
    pane.writeFormerValue(of: term, to: &json)
    json.member("isSet", record.computedNode != nil)
  }

  /// The response, or the token that is rewarded.
  private var label: String {
    let trace = pane.session.trace
    let record = trace.terms[term]
    if record.key.j >= 0 { return trace.tokenText(record.key.i, record.key.j, at: record.beat) ?? "" }
    var words: [String] = []
    while words.count < 40, let word = trace.tokenText(record.key.i, words.count, at: record.beat) {
      words.append(word)
    }
    return words.joined(separator: " ")
  }
}
