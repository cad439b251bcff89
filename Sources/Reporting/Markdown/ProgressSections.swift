import Objectives
import Plots
import Recording
import Simulation

extension MarkdownTrace {
  // MARK: Minibatches

  private func minibatches(of iteration: Int) -> [Trace.LoopPosition] {
    var positions: [Trace.LoopPosition] = []
    for stage in trace.stages where stage.loops.iteration == iteration && stage.loops.minibatch != nil {
      if positions.last != stage.loops { positions.append(stage.loops) }
    }
    return positions
  }

  var hasOtherMinibatches: Bool { minibatches(of: shownIteration).count > 1 }

  private func terms(at loops: Trace.LoopPosition) -> [Int] {
    trace.stages.filter { $0.loops == loops }.flatMap { $0.beats.flatMap { Array(trace.beats[$0].terms) } }
  }

  mutating func writeOtherMinibatches() {
    guard hasOtherMinibatches else { return }
    page.heading(2, minibatchesTitle)
    page.table(minibatchTable(of: shownIteration))
    writeClipCases(of: shownIteration)
    writeCuts(of: shownIteration)
  }

  /// One row per optimizer step.
  private func minibatchTable(of iteration: Int) -> MarkdownTable {
    let positions = minibatches(of: iteration)
    let scalars: [Quantity] = [.policyLoss, .valueLoss, .entropyBonus, .klLoss, .loss, .gradNorm, .gradScale]
    let present = scalars.filter { quantity in trace.terms.contains { $0.key.name == quantity.rawValue } }
    let hasRatios = positions.contains { !ratioRange(terms(at: $0)).isEmpty }
    let clips = hasRatios ? ["Ratios", "Clipped \(Mark.clipped.symbol)"] : []
    var table = MarkdownTable(["Position"], numbers: present.map { title($0) } + clips)
    for position in positions {
      let terms = terms(at: position)
      let cells = present.map { quantity in
        terms.last { trace.quantity(of: $0) == quantity }.map { trace.markdownValue(of: $0) } ?? ""
      }
      let ratios = hasRatios ? [ratioRange(terms), cutShare(terms)] : []
      table.rows.append([Markdown.code(position.text)] + cells + ratios)
    }
    return table
  }

  private func ratioRange(_ terms: [Int]) -> String {
    let ratios = terms.filter { [.ratio, .sequenceRatio].contains(trace.quantity(of: $0)) }.map { trace.value($0) }
    guard let first = ratios.first else { return "" }
    let (low, high) = (ratios.reduce(first) { min($0, $1) }, ratios.reduce(first) { max($0, $1) })
    return low == high ? Markdown.number(low) : "\(Markdown.number(low)) … \(Markdown.number(high))"
  }

  private func cutShare(_ terms: [Int]) -> String {
    let objectives = terms.filter { [.objective, .sequenceObjective].contains(trace.quantity(of: $0)) }
    return "\(objectives.count { trace.mark(of: $0) == .clipped }) of \(objectives.count)"
  }

  /// One sentence for each way in which the clip acted or did not.
  private mutating func writeClipCases(of iteration: Int) {
    var sentences: [String] = []
    var seen: Set<Int> = []
    for stage in trace.stages where stage.name == Stage.clip.name && stage.loops.iteration == iteration {
      for beat in stage.beats {
        guard let objective = trace.beats[beat].terms.last, let side = clipSide(objective) else { continue }
        guard seen.insert(side).inserted else { continue }
        sentences.append(
          Markdown.code(stage.loops.text) + ": " + Markdown.text(Narration.sentence(for: beat, in: trace)))
      }
    }
    if sentences.isEmpty { return }
    page.paragraph("Outside of the clip range, it depends on the advantage's sign whether the clip acts:")
    page.list(sentences)
  }

  /// Above or below the range, with positive or negative advantage; nil within it.
  private func clipSide(_ objective: Int) -> Int? {
    let key = trace.terms[objective].key
    let beat = trace.terms[objective].beat
    guard let ratio = trace.value(.ratio, key.i, key.j, at: beat),
      let clipped = trace.value(.clippedRatio, key.i, key.j, at: beat),
      let advantage = trace.value(.advantage, key.i, key.j, at: beat) ?? trace.value(.advantage, key.i, at: beat),
      ratio != clipped, advantage != 0
    else { return nil }
    return (ratio > clipped ? 2 : 0) + (advantage > 0 ? 1 : 0)
  }

  private mutating func writeCuts(of iteration: Int) {
    var table = MarkdownTable(
      ["Position", trace.exampleTitle, "t", trace.stepTitle],
      numbers: [Quantity.ratio, .advantage, .objective].map { title($0) })
    var count = 0
    for stage in trace.stages where stage.name == Stage.clip.name && stage.loops.iteration == iteration {
      for term in stage.beats.flatMap({ Array(trace.beats[$0].terms) }) {
        guard trace.quantity(of: term) == .objective, trace.mark(of: term) == .clipped else { continue }
        count += 1
        if table.rows.count < TokenSelection.limit { table.rows.append(cutRow(term, stage.loops)) }
      }
    }
    if table.rows.isEmpty { return }
    let remark = count > table.rows.count ? ", of which these are the first \(table.rows.count)" : ""
    page.details("Where the clip let no gradient pass: \(Self.count(count, trace.words.step))\(remark)", [table])
  }

  private func cutRow(_ objective: Int, _ loops: Trace.LoopPosition) -> [String] {
    let (key, beat) = (trace.terms[objective].key, trace.terms[objective].beat)
    let others = [Quantity.ratio, .advantage].map { quantity in
      (trace.term(TermKey(quantity, key.i, key.j), at: beat) ?? trace.term(TermKey(quantity, key.i), at: beat))
        .map { trace.markdownValue(of: $0) } ?? ""
    }
    return [
      Markdown.code(loops.text), "\(key.i)", "\(key.j)", Markdown.code(trace.tokenText(key.i, key.j, at: beat) ?? ""),
    ] + others + [trace.markdownValue(of: objective)]
  }

  // MARK: Iterations

  mutating func writeIterations() {
    guard iterations.count > 1 else { return }
    page.heading(2, Self.iterationsTitle)
    let isSampled = isRecorded(TermKey(.exactObjectiveError))
    let basis =
      trace.glossary.hasActions
      ? "solve the equations of the states"
      : "are over every possible response"
        + (isSampled
          ? ", but for the rules for `<eos>` and clipping, for which \(ExactResponses.sampleCount) sampled ones stand"
          : "")
    page.paragraph(
      "Exact values \(basis); each row's were taken before the iteration's updates, the "
        + "last row's after them all.")
    if let course = courseSentence { page.paragraph(course) }
    page.table(iterationTable())
    page.paragraph("The policy's probabilities, before the first update → after the last:")
    page.table(overallChange())
    page.details("The metrics of each iteration", [metricTable()])
    for iteration in iterations where iteration != shownIteration { writeIteration(iteration) }
  }

  /// How the exact values changed.
  private var courseSentence: String? {
    func course(_ quantity: Quantity) -> String? {
      let values = trace.occurrences(of: TermKey(quantity)).map { trace.value($0) }
      guard let first = values.first, let last = values.last, values.count > 1 else { return nil }
      return "from \(Markdown.number(first)) to \(Markdown.number(last))"
    }
    if let gain = course(.exactReturn) { return "The expected return went \(gain)." }
    guard let reward = course(.exactReward), let kl = course(.exactKL), let objective = course(.exactObjective) else {
      return nil
    }
    let outcome = trace.algorithm.outcome
    if objective == reward { return "The expected \(outcome) went \(reward), the KL from the reference \(kl)." }
    return
      "The expected \(outcome) went \(reward), the KL from the reference \(kl), and the objective, which weighs the one "
      + "against the other, \(objective)."
  }

  /// The numbers that show how an iteration went.
  private func iterationTable() -> MarkdownTable {
    let exact: [Quantity] =
      trace.glossary.hasActions
      ? [.exactReturn, .optimumReturn, .gradientCosine]
      : [.exactReward, .exactKL, .exactObjective, .exactObjectiveError, .optimumKL, .gradientCosine].filter {
        isRecorded(TermKey($0))
      }
    let metrics = [
      Metric.episodicReturn, .episodicLength, .scores, .reward, .objectiveKL, .policyClipFraction, .clipRegionMean,
    ].filter { isRecorded(TermKey(.metric, $0.rawValue)) }
    var table = MarkdownTable(
      ["Iteration"], numbers: exact.map { title($0) } + metrics.map { Markdown.code($0.name) })
    let numbers = iterations + [iterations.count]
    for iteration in numbers {
      let terms = trace.stages.filter { $0.loops.iteration == iteration }
        .filter { $0.name == Stage.oracle.name || $0.name == Stage.metrics.name }
        .flatMap { $0.beats.flatMap { Array(trace.beats[$0].terms) } }
      let exactCells = exact.map { quantity in
        terms.last { trace.quantity(of: $0) == quantity }.map { trace.markdownValue(of: $0) } ?? ""
      }
      let metricCells = metrics.map { metric in
        terms.last { trace.terms[$0].key == TermKey(.metric, metric.rawValue) }.map { trace.markdownValue(of: $0) }
          ?? ""
      }
      table.rows.append([iteration < iterations.count ? "\(iteration)" : "after"] + exactCells + metricCells)
    }
    return table
  }

  private func isRecorded(_ key: TermKey) -> Bool { !trace.occurrences(of: key).isEmpty }

  private func overallChange() -> MarkdownTable {
    let last = trace.beats.count - 1
    let after = trace.terms.indices.filter { term in
      trace.quantity(of: term) == .probabilityAfter && trace.term(trace.terms[term].key, at: last) == term
    }
    return changes(after) { term in
      let key = trace.terms[term].key
      return trace.occurrences(of: TermKey(.probabilityBefore, key.i, key.j)).first.map { trace.value($0) } ?? 0
    }
  }

  private func metricTable() -> MarkdownTable {
    var table = MarkdownTable(["Metric"], numbers: iterations.map { "\($0)" })
    for metric in Metric.allCases {
      let occurrences = trace.occurrences(of: TermKey(.metric, metric.rawValue))
      if occurrences.isEmpty { continue }
      table.rows.append([Markdown.code(metric.name)] + occurrences.map { trace.markdownValue(of: $0) })
    }
    return table
  }

  private mutating func writeIteration(_ iteration: Int) {
    page.details(
      "Iteration \(iteration): \(trace.exampleTitle.lowercased())s and minibatches",
      [responseTable(of: iteration), minibatchTable(of: iteration)])
  }

  private func responseTable(of iteration: Int) -> MarkdownTable {
    let runs = trace.stages.filter { $0.loops.iteration == iteration }
    let run = runs.first { $0.name == Stage.score.name } ?? runs.first { $0.name == Stage.rewards.name }
    let terms = run.map { $0.beats.flatMap { Array(trace.beats[$0].terms) } } ?? []
    let quantity: Quantity = run?.name == Stage.score.name ? .score : .reward
    let scores = terms.filter { trace.quantity(of: $0) == quantity && trace.terms[$0].key.j < 0 }
    var table = MarkdownTable([trace.exampleTitle, trace.promptTitle, trace.textTitle], numbers: [title(quantity)])
    for term in scores.prefix(TokenSelection.limit) {
      let i = trace.terms[term].key.i
      let text = Narrator(trace: trace, beat: trace.terms[term].beat).response(i)
      table.rows.append([
        "\(i)", Markdown.code(i < trace.prompts.count ? trace.prompts[i] : ""),
        Markdown.code(String(text.dropFirst().dropLast())), trace.markdownValue(of: term),
      ])
    }
    return table
  }
}
