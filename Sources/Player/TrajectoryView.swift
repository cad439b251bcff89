import Debugging
import Documents
import Objectives
import Plots
import Recording
import Reporting
import Simulation

/// The responses at a position, token by token.
///
/// A sampled token is coloured by its advantage, a given one by the gradient of the loss: both say whether learning makes it
/// more or less likely.
struct TrajectoryView {
  struct Row {
    let label: String
    let prompt: String
    let isCurrent: Bool
    var tokens: [Token] = []
    /// How many tokens are left out.
    var more = 0
    /// Terms of the response as a whole.
    var facts: [Int] = []
  }

  struct Token {
    let text: String
    /// How strongly, and which way, learning changes the token's probability; nil where that is not known yet.
    let push: Double?
    let isClipped: Bool
    let isCurrent: Bool
    let facts: [Int]
  }

  private let pane: Pane
  private var title = ""
  private var rows: [Row] = []
  /// How many responses are left out.
  private var more = 0

  private static let rowLimit = 24
  private static let tokenLimit = 48

  init(of pane: Pane) {
    self.pane = pane
    if trace.terms.contains(where: { $0.key.name == Quantity.oldLogp.rawValue }) {
      addSamples()
    } else {
      addExamples()
    }
  }

  private var trace: Trace { pane.session.trace }
  private var beat: Int { pane.session.shownBeat }

  // MARK: What is sampled

  private mutating func addSamples() {
    let samples = IterationSamples(of: trace, at: beat)
    title = capitalized(trace.words.example) + "s" + (samples.iteration.map { " of iteration \($0)" } ?? "")
    let current = currentIndices(.sequence)
    let compared = currentIndices(.pair).map { pair in
      [false, true].compactMap { trace.sampledResponse(ofPair: pair.i, isRejected: $0, at: beat) }
    }
    let rowsOfBeat = current.map { [$0.i] } ?? compared ?? []
    for i in page(of: samples.sequences, around: rowsOfBeat.first) {
      let count = samples.tokenCount(i)
      var row = Row(
        label: "\(i)", prompt: i < trace.prompts.count ? trace.prompts[i] : "", isCurrent: rowsOfBeat.contains(i))
      for t in 0..<min(count, Self.tokenLimit) {
        let facts: [Quantity] = [.oldLogp, .reward, .advantage, .rawAdvantage, .ratio, .objective]
        row.tokens.append(
          Token(
            text: trace.tokenText(i, t, at: beat) ?? "",
            push: samples.isPassedOver(i, t) ? nil : samples.advantage(i, t).map { trace.value($0) },
            isClipped: samples.isClipped(i, t), isCurrent: i == current?.i && t == current?.j,
            facts: facts.compactMap { samples.term($0, i, t) }))
      }
      row.more = count - row.tokens.count
      row.facts = [Quantity.score, .reward, .episodeReturn, .advantage].compactMap { samples.term($0, i) }
      rows.append(row)
    }
    more = samples.sequences.count - rows.count
  }

  // MARK: What is given

  private mutating func addExamples() {
    let isPair = !trace.rejectedTokens.isEmpty
    let isJudged = pane.session.source.algorithm.material == .judgements
    title = isPair ? "Pairs: chosen above rejected" : isJudged ? "Judged responses" : "Demonstrations"
    let current = currentIndices(isPair ? .pair : .sequence)
    let shown = page(of: Array(trace.givenTokens.indices), around: current?.i)
    for i in shown {
      let prompt = i < trace.prompts.count ? trace.prompts[i] : ""
      if isPair {
        add(trace.givenTokens[i], label: "\(i) chosen", prompt, i, .chosenLogp, current)
        rows[rows.count - 1].facts = known([.chosenReward, .chosenScore, .margin, .gradientWeight], i)
        add(trace.rejectedTokens[i], label: "\(i) rejected", "", i, .rejectedLogp, current)
        rows[rows.count - 1].facts = known([.rejectedReward, .rejectedScore], i)
      } else {
        add(trace.givenTokens[i], label: "\(i)", prompt, i, .logp, current)
        rows[rows.count - 1].facts = known([.implicitReward, .humanValue, .exampleLoss], i)
      }
    }
    more = trace.givenTokens.count - shown.count
  }

  private mutating func add(
    _ tokens: [String], label: String, _ prompt: String, _ i: Int, _ logp: Quantity, _ current: (i: Int, j: Int)?
  ) {
    var row = Row(label: label, prompt: prompt, isCurrent: i == current?.i)
    for (t, text) in tokens.prefix(Self.tokenLimit).enumerated() {
      let term = trace.term(TermKey(logp, i, t), at: beat)
      row.tokens.append(
        Token(
          text: text, push: term.flatMap { pane.memory.gradients[$0, at: beat] }.map { -$0 }, isClipped: false,
          isCurrent: i == current?.i && t == current?.j && isOfBeat(term), facts: term.map { [$0] } ?? []))
    }
    row.more = tokens.count - row.tokens.count
    rows.append(row)
  }

  private func isOfBeat(_ term: Int?) -> Bool { term.map { trace.terms[$0].beat == beat } ?? false }

  private func known(_ quantities: [Quantity], _ i: Int) -> [Int] {
    quantities.compactMap { trace.term(TermKey($0, i), at: beat) }
  }

  // MARK: Which ones

  /// Which response, and which token of it, the beat is about.
  private func currentIndices(_ axis: Quantity.Axis) -> (i: Int, j: Int)? {
    let about = trace.beats[beat].terms.first { trace.quantity(of: $0).description.axes.first == axis }
    return about.map { (trace.terms[$0].key.i, trace.terms[$0].key.j) }
  }

  /// As many as there is room for, including the current one.
  private func page(of all: [Int], around current: Int?) -> [Int] {
    guard all.count > Self.rowLimit else { return all }
    let place = current.flatMap { all.firstIndex(of: $0) } ?? 0
    let start = min(place / Self.rowLimit * Self.rowLimit, all.count - Self.rowLimit)
    return Array(all[start..<(start + Self.rowLimit)])
  }

  // MARK: Writing

  func write(to json: inout JSONWriter) {
    guard !rows.isEmpty else { return json.null() }
    let strongest = rows.flatMap { $0.tokens }.compactMap { $0.push?.magnitude }.reduce(0) { max($0, $1) }
    json.beginObject()
    json.member("title", title)
    json.member("noun", trace.words.example)
    json.member("more", more)
    json.member("rows", rows) { row, json in
      json.member("label", row.label)
      json.member("prompt", row.prompt)
      json.member("isCurrent", row.isCurrent)
      json.member("tokens", row.tokens) { write($0, strongest, to: &$1) }
      json.member("more", row.more)
      writeFacts(row.facts, to: &json)
    }
    json.endObject()
  }

  private func write(_ token: Token, _ strongest: Double, to json: inout JSONWriter) {
    let push = token.push ?? 0
    json.member("text", token.text)
    json.member("mark", push > 0 ? Mark.positive : push < 0 ? .negative : nil)
    json.member("weight", number: strongest > 0 ? push.magnitude / strongest : 0)
    json.member("isClipped", token.isClipped)
    json.member("isCurrent", token.isCurrent)
    writeFacts(token.facts, to: &json)
  }

  /// Name, value, and what the value was before the what-ifs.
  private func writeFacts(_ terms: [Int], to json: inout JSONWriter) {
    json.key("facts")
    json.beginArray()
    for term in terms {
      json.beginArray()
      json.string(trace.glossary.entries[trace.terms[term].key.name].name)
      json.string(trace.displayText(term))
      if let was = pane.was(term) { json.string(was.text) } else { json.null() }
      json.endArray()
    }
    json.endArray()
  }
}
