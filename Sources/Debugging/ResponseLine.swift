import Documents
import Objectives
import Recording
import Reporting
import Simulation

// Responses, a line each: the tokens so far with the signs of their advantages, one of them marked.
extension Session {
  /// Each response of the current iteration, as far as known.
  func responses() -> StyledText {
    var text = StyledText()
    let sequences = trace.prompts.indices.filter { trace.tokenText($0, 0, at: beat) != nil }
    if sequences.isEmpty { text.line("no response is sampled yet", .dim) }
    for i in sequences.prefix(12) { text.add(line(of: i)) }
    if sequences.count > 12 { text.line("  … and \(sequences.count - 12) more", .dim) }
    return text
  }

  /// The response that the current beat is about, its token in brackets; of a pair both where it is about both.
  func responseOfBeat() -> StyledText {
    guard let first = trace.beats[beat].terms.first else { return StyledText() }
    let key = trace.terms[first].key
    let axes = trace.quantity(of: first).description.axes.prefix(key.indices.count)
    switch axes.first {
    case .sequence where trace.otherToken(of: key, at: beat) != nil: return otherLine(of: first)
    case .sequence: return line(of: key.i, marking: key.j < 0 ? nil : key.j)
    case .pair where axes.count == 2:
      let isRejected = [Quantity.rejectedLogp, .rejectedRefLogp].contains(trace.quantity(of: first))
      return pairLine(of: key.i, isRejected: isRejected, marking: key.j)
    case .pair where trace.isOfPlace(first): return StyledText()
    case .pair: return key.i < trace.pairCount(at: beat) ? pairLines(of: key.i) : StyledText()
    default: return StyledText()
    }
  }

  /// The text that a term is about where it is not the response of its number, as far as it is told by now: after the same
  /// prompt a greedy response, or that of another example.
  private func otherLine(of term: Int) -> StyledText {
    let key = trace.terms[term].key
    let prompt = key.i < trace.prompts.count ? trace.prompts[key.i].visible.end(columns: 32) : ""
    let told = (trace.stage(ofBeat: beat).beats.lowerBound...beat).flatMap { trace.beats[$0].terms }.filter {
      trace.terms[$0].key.name == key.name && trace.terms[$0].key.i == key.i
    }
    let tokens = told.map { other in
      let text = trace.otherToken(of: trace.terms[other].key, at: trace.terms[other].beat) ?? nil
      return (text: text?.visible ?? "token \(trace.terms[other].key.j)", advantage: nil as Double?)
    }
    var text = tokenLine("  \(key.i)  \(prompt) ", tokens, marking: key.j < 0 ? nil : key.j)
    text.line()
    return text
  }

  private func pairLines(of i: Int) -> StyledText {
    var text = pairLine(of: i, isRejected: false)
    text.add(pairLine(of: i, isRejected: true))
    return text
  }

  private func pairLine(of i: Int, isRejected: Bool, marking marked: Int? = nil) -> StyledText {
    let prompt = i < trace.prompts.count ? trace.prompts[i].visible.end(columns: 24) : ""
    let tokens = trace.words(ofPair: i, isRejected: isRejected, at: beat) ?? []
    var text = tokenLine(
      "  \(i)  \(isRejected ? "rejected" : "chosen  ")  \(prompt) ", tokens.map { (text: $0.visible, advantage: nil) },
      marking: marked)
    text.line()
    return text
  }

  /// A response with the signs of its tokens' advantages and its score, as far as known.
  private func line(of i: Int, marking marked: Int? = nil) -> StyledText {
    let prompt = i < trace.prompts.count ? trace.prompts[i].visible.end(columns: 32) : ""
    let tokens = trace.tokens(of: i, at: beat).enumerated().map { t, token in
      (
        text: token.visible,
        advantage: trace.isPassedOver(i, t, at: beat)
          ? nil : trace.sampleValue(.advantage, i, t, at: beat) ?? trace.sampleValue(.advantage, i, -1, at: beat)
      )
    }
    var text = tokenLine("  \(i)  \(prompt) ", tokens, marking: marked)
    let score = trace.sampleValue(.score, i, -1, at: beat)
    text.line(score.map { "   score \(NumberText.short($0))" } ?? "", .dim)
    return text
  }

  /// Of a long response the part around the marked token.
  private func tokenLine(
    _ start: String, _ tokens: [(text: String, advantage: Double?)], marking marked: Int?
  ) -> StyledText {
    let room = 64
    let widths = tokens.map { NumberText.width($0.text) + 3 }
    var first = 0
    if let marked, marked < tokens.count {
      // So far to the left that the marked token and one more have room.
      while first < marked, widths[first...marked].reduce(NumberText.width(start) + 2, +) > room - 6 { first += 1 }
    }
    var text = StyledText(start, .dim)
    if first > 0 { text.add(" …", .dim) }
    var column = NumberText.width(start) + (first > 0 ? 2 : 0)
    for t in tokens.indices.dropFirst(first) {
      column += widths[t]
      if column > room {
        text.add(" …", .dim)
        break
      }
      let (token, advantage) = tokens[t]
      let word = token + (advantage.map { $0 > 0 ? "▲" : $0 < 0 ? "▼" : "" } ?? "")
      let style: StyledText.Style = advantage.map { $0 > 0 ? .positive : $0 < 0 ? .negative : .token } ?? .token
      text.add(" ")
      if t == marked { text.add("[", .heading) }
      text.add(word, style)
      if t == marked { text.add("]", .heading) }
    }
    if let marked, marked >= tokens.count { text.add(" [ ]", .heading) }
    return text
  }
}
