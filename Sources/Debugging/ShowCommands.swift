import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Session {
  static let tables = [
    "world", "policy", "reference", "teacher", "rewards", "advantages", "groups", "kl", "values", "pairs", "tokens",
    "histograms",
    "parameters", "options",
  ]

  func show(_ what: String) throws(ExpressionError) -> Reply {
    switch what {
    case "world": Reply(world(examples: 100))
    case "policy":
      Reply(try probabilities(of: .policyLogit))
    case "reference": Reply(try probabilities(of: .referenceLogit))
    case "teacher": Reply(try probabilities(of: .teacherLogit))
    case "rewards" where source.algorithm.credit == .group, "advantages" where source.algorithm.credit == .group:
      Reply(try responseTable())
    case "groups": Reply(try groupTable())
    case "rewards": Reply(try rewards())
    case "advantages":
      Reply(try tokenTable([.reward, .oldValue, .delta, .rawAdvantage, .returns, .advantage]))
    case "kl": Reply(try tokenTable([.oldLogp, .refLogp, .kl, .klPenalty, .reward]))
    case "values": Reply(try values())
    case "tokens": Reply(try heaviestTokens())
    case "histograms": Reply(try histograms())
    case "pairs": Reply(try pairs())
    case "parameters": Reply(try parameters())
    case "options": Reply(optionTable())
    default:
      let near = nearestNames(to: what, among: Self.tables, limit: 1)
      let hint = near.isEmpty ? Self.tables.joined(separator: ", ") : "did you mean \(near[0])?"
      throw ExpressionError(what.isEmpty ? "say what: \(hint)" : "there is no table \(what); \(hint)")
    }
  }

  /// Why there is nothing to show: it comes at a later stage, which is named, or never in this recording.
  func absence(_ quantities: [Quantity], _ yet: (String) -> String) -> ExpressionError {
    let next = trace.beats[beat].terms.upperBound
    if let later = trace.terms.indices.dropFirst(next).first(where: { quantities.contains(trace.quantity(of: $0)) }) {
      return ExpressionError(yet(trace.stage(ofBeat: trace.terms[later].beat).name))
    }
    return ExpressionError("this recording has no \(quantities.map { $0.name }.joined(separator: ", "))")
  }

  // MARK: Tables over the vocabulary

  private func probabilities(of logits: Quantity) throws(ExpressionError) -> StyledText {
    let table = PolicyTable(trace, source: source)
    let title = "probability of the next \(hasActions ? "action" : "token"), by the \(table.modelName(of: logits))"
    return titled(title, try logitRows(logits).map { ($0, table.softmax($1)) }, decimals: 3)
  }

  /// A table with a row for each state: as many of its rows and columns as a screen has room for.
  private func titled(
    _ title: String, _ rows: [(Int, [Double])], corner: String = "", decimals: Int,
    last: (title: String, number: (Int) -> Double?)? = nil
  ) -> StyledText {
    let shown = rows.map { $0.1 }.telling(rows: 16, columns: 8)
    var table = TextTable(
      header: [corner] + shown.columns.map { vocabulary[$0] } + (last.map { [$0.title] } ?? []))
    for (a, numbers) in shown.rows.map({ rows[$0] }) {
      let end = last.map { [$0.number(a).map { NumberText.fixed($0, decimals: decimals) } ?? ""] } ?? []
      table.add([stateNames[a]] + shown.columns.map { NumberText.fixed(numbers[$0], decimals: decimals) } + end)
    }
    var text = titled(title, table)
    if let note = leftOut(shown, of: rows.count, vocabulary.count) { text.line("  " + note, .dim) }
    return text
  }

  private func parameters() throws(ExpressionError) -> StyledText {
    titled(
      "the policy's logits and the critic's values, by \(hasActions ? "state" : "previous token")",
      try logitRows(.policyLogit), corner: "logit", decimals: 2,
      last: ("value", { trace.value(.criticValue, $0, at: beat) }))
  }

  private func logitRows(_ quantity: Quantity) throws(ExpressionError) -> [(Int, [Double])] {
    guard !vocabulary.isEmpty else {
      throw ExpressionError("a batch holds no parameters: only what its trainer recorded")
    }
    var rows: [(Int, [Double])] = []
    for a in stateNames.indices {
      let row = vocabulary.indices.compactMap { trace.value(quantity, a, $0, at: beat) }
      if row.count == vocabulary.count { rows.append((a, row)) }
    }
    guard !rows.isEmpty else {
      let name = trace.glossary.entries[quantity.rawValue].name
      throw absence([quantity]) { "\(name) is not there yet at beat \(beat): goto \($0)" }
    }
    return rows
  }

  /// The critic's values beside the exact ones, where states are few enough to solve for these.
  private func values() throws(ExpressionError) -> StyledText {
    var table = TextTable(header: ["", "critic", "exact"], alignedLeft: 1)
    for (a, name) in stateNames.enumerated() {
      guard let exact = trace.value(.exactValue, a, at: beat) else { continue }
      let critic = trace.value(.criticValue, a, at: beat).map { NumberText.fixed($0, decimals: 3) } ?? ""
      table.add([name, critic, NumberText.fixed(exact, decimals: 3)])
    }
    guard !table.rows.isEmpty else {
      throw ExpressionError("no exact value is there at beat \(beat): the oracle of ppo-classic records them")
    }
    return titled("what to expect from each state: by the critic now, exactly as of the last oracle", table)
  }

  /// The rows of the policy's table: states, or the tokens before.
  private var stateNames: [String] { trace.glossary.entries[Quantity.policyLogit.rawValue].labels[0] ?? [] }

  private var hasActions: Bool { trace.glossary.hasActions }

  private var vocabulary: [String] { trace.glossary.valueLabels[Quantity.token.rawValue] ?? [] }

  // MARK: Tables over the samples

  private func rewards() throws(ExpressionError) -> StyledText {
    var text = StyledText()
    if !vocabulary.isEmpty, trace.value(.rewardWeight, 0, at: beat) != nil {
      var table = TextTable(header: vocabulary)
      table.add(vocabulary.indices.map { NumberText.fixed(trace.value(.rewardWeight, $0, at: beat) ?? 0, decimals: 3) })
      text.add(titled("the reward model: what each token adds to the score", table))
    }
    do throws(ExpressionError) {
      text.add(try tokenTable([.score, .klPenalty, .reward]))
    } catch {
      // Before anything is scored, the weights are all there is to show.
      if text.isEmpty { throw error }
    }
    return text
  }

  /// One row per pair, with what was last recorded of it.
  private func pairs() throws(ExpressionError) -> StyledText {
    guard trace.hasPairs else { throw ExpressionError("there are no pairs here") }
    let pairs = 0..<trace.pairCount(at: beat)
    let quantities: [Quantity] = [
      .scoreMargin, .chosenLogRatio, .rejectedLogRatio, .chosenReward, .rejectedReward, .chosenScore, .rejectedScore,
      .margin,
      .gradientWeight, .pairLoss,
    ]
    let known = quantities.filter { quantity in
      pairs.contains { trace.value(quantity, $0, at: beat) != nil }
    }
    guard !known.isEmpty else {
      throw absence(quantities) { "no pair is compared yet at beat \(beat): goto \($0)" }
    }
    var table = TextTable(header: ["pair"] + pairs.prefix(8).map { "\($0)" }, alignedLeft: 1)
    for quantity in known {
      let cells = pairs.prefix(8).map { i in
        trace.value(quantity, i, at: beat).map { NumberText.short($0, digits: 3) } ?? ""
      }
      table.add([quantity.name] + cells)
    }
    var text = titled("the pairs, each as last looked at in a minibatch of its own", table)
    let left = pairs.count - 8
    if left > 0 { text.line("  … and \(left) more: p \(known[0].name)[8] and so on", .dim) }
    return text
  }

  /// One row per token of this iteration, with those quantities that are recorded already.
  private func tokenTable(_ quantities: [Quantity]) throws(ExpressionError) -> StyledText {
    let known = quantities.filter { trace.sampleValue($0, 0, $0 == .score ? -1 : 0, at: beat) != nil }
    guard !known.isEmpty else {
      let isSampled = trace.tokenText(0, 0, at: beat) != nil
      throw absence(quantities) { stage in
        isSampled
          ? "none of \(quantities.map { $0.name }.joined(separator: ", ")) is there yet: goto \(stage)"
          : "no response is sampled yet at beat \(beat): goto \(stage)"
      }
    }
    var table = TextTable(header: ["", hasActions ? "action" : "token"] + known.map { $0.name })
    var left = 0
    for i in trace.prompts.indices {
      for (t, token) in trace.tokens(of: i, at: beat).enumerated() {
        if table.rows.count >= 48 {
          left += 1
          continue
        }
        let state = trace.value(.state, i, t, at: beat).flatMap {
          trace.glossary.valueText(of: Quantity.state.rawValue, $0)
        }
        table.add(["\(i),\(t)", (state.map { $0 + ": " } ?? "") + token] + known.map { cell($0, i, t) })
      }
    }
    var text = titled("by sequence and token", table)
    if left > 0 { text.line("  … and \(left) more tokens: p \(known[0].name)[\(trace.prompts.count - 1),*]", .dim) }
    return text
  }

  private func cell(_ quantity: Quantity, _ i: Int, _ t: Int) -> String {
    if quantity == .score {
      return t == 0 ? trace.sampleValue(.score, i, -1, at: beat).map { NumberText.short($0) } ?? "" : ""
    }
    guard let value = trace.sampleValue(quantity, i, t, at: beat) else { return "" }
    let mark = quantity == .advantage ? value > 0 ? " ▲" : value < 0 ? " ▼" : "  " : ""
    return NumberText.short(value) + mark
  }

  private func optionTable() -> StyledText {
    var table = TextTable(header: ["option", "value", "standard"], alignedLeft: 3)
    for option in source.options {
      let (now, standard) = (source.settings[option], option.description.standard)
      table.add([option.name, now.text, now == standard ? "" : standard.text])
    }
    if case .scenario(let scenario) = source { table.add(["seed", "\(scenario.seed)", ""]) }
    return titled("options; `help NAME` explains one, `set NAME VALUE` changes it", table)
  }

  func titled(_ title: String, _ table: TextTable) -> StyledText {
    var text = StyledText()
    text.line(title, .heading)
    text.add(table.text)
    return text
  }
}
