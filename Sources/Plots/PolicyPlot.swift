import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// The next token's probabilities where they moved most, before and after a step.
  static let policy = PlotKind(
    name: "policy", summary: "next-token probabilities: before, after, reference, π*",
    lack: { $0.trace.records(.probabilityAfter) ? nil : "it knows no whole distributions of a policy" },
    make: { PolicyPlot($0) }, plot: { $0.plot })
}

private struct PolicyPlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let step: PlotStep
  private let place: String
  private let state: Int
  /// The token that the plot is to be about; nil for the one that moved most.
  private let asked: Int?
  /// Of each token that is likely enough, its number and the terms of its probability before and after.
  private let tokens: [(token: Int, before: Int, after: Int)]

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.trace) = (subject, trace)
    let asked = Self.asked(subject)
    self.asked = subject.about.first { $0.i == asked && Self.isOfStates($0, trace) }?.j
    let chosen = subject.choose(trace.steps(recording: .probabilityAfter)) { step in
      asked == nil ? Self.movements(step, subject).reduce(0) { max($0, $1.size) } : 1
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    guard let state = asked ?? Self.mostMoved(step, subject) else { return nil }
    self.state = state
    let own = step.terms.filter { trace.terms[$0].key.i == state }
    let all = own.compactMap { after in
      trace.term(TermKey(.probabilityBefore, state, trace.terms[after].key.j), before: after)
        .map { (token: trace.terms[after].key.j, before: $0, after: after) }
    }
    let likely = all.filter { max(trace.value($0.before), trace.value($0.after)) >= 0.01 }
    tokens = Array(
      likely.sorted { a, b in
        let (x, y) = (
          max(trace.value(a.before), trace.value(a.after)), max(trace.value(b.before), trace.value(b.after))
        )
        return x != y ? x > y : a.token < b.token
      }.prefix(10))
  }

  /// The state that the plot is to be about: a row of the policy, or that from which a token was sampled.
  private static func asked(_ subject: PlotSubject) -> Int? {
    let trace = subject.trace
    return subject.about.lazy.compactMap { key in
      if isOfStates(key, trace) { return key.i }
      return trace.sampledState(of: key, at: subject.beat ?? trace.beats.count - 1)
    }.first
  }

  /// Whether a term is of a row of the policy.
  private static func isOfStates(_ key: TermKey, _ trace: Trace) -> Bool {
    let entries = trace.glossary.entries
    guard let states = entries[Quantity.probabilityAfter.rawValue].labels.first else { return false }
    return entries[key.name].labels.first == states
  }

  private static func mostMoved(_ step: PlotStep, _ subject: PlotSubject) -> Int? {
    let most = movements(step, subject).max { $0.size < $1.size }
    return most.flatMap { $0.size > 0 ? $0.state : nil }
  }

  /// How far the probabilities of each state moved, their total variation, times how often a text comes there.
  private static func movements(_ step: PlotStep, _ subject: PlotSubject) -> [(state: Int, size: Double)] {
    let trace = subject.trace
    var rows: [(state: Int, after: [Double], size: Double)] = []
    for after in step.terms {
      let key = trace.terms[after].key
      guard let before = trace.term(TermKey(.probabilityBefore, key.i, key.j), before: after) else { continue }
      if rows.last?.state != key.i { rows.append((key.i, [], 0)) }
      rows[rows.count - 1].after.append(trace.value(after))
      rows[rows.count - 1].size += (trace.value(after) - trace.value(before)).magnitude / 2
    }
    let visits = visits(rows.map { $0.after }, subject)
    // Rounding alone is no movement.
    return rows.enumerated().map { (state: $1.state, size: $1.size < 1e-9 ? 0 : $1.size * visits[$0]) }
  }

  /// How often a text comes to each state, by the policy after the step; 1 where one acts instead of writing.
  private static func visits(_ policy: [[Double]], _ subject: PlotSubject) -> [Double] {
    guard case .scenario(let scenario) = subject.source, case .language(let world) = scenario.surroundings else {
      return policy.map { _ in 1 }
    }
    let space = StateSpace(world)
    var reach = policy.map { _ in 0.0 }
    for prompt in world.prompts where reach.indices.contains(space.start(prompt)) {
      reach[space.start(prompt)] += 1 / Double(world.prompts.count)
    }
    var visits = reach
    // Longer texts are rare, and add little.
    for _ in 0..<8 {
      var next = reach.map { _ in 0.0 }
      for state in policy.indices where reach[state] > 0 {
        for (token, probability) in policy[state].enumerated() {
          if let other = space.state(after: token, from: state) { next[other] += reach[state] * probability }
        }
      }
      reach = next
      for state in visits.indices { visits[state] += reach[state] }
    }
    return visits
  }

  var plot: Plot {
    let names = tokens.map { word($0.token) }
    let reference = self.reference
    let optimum = self.optimum
    var panel = Plot.Panel(
      x: Plot.Axis(label: "next \(subject.words.step) \(whereText)", categories: names),
      y: Plot.Axis(label: "probability"))
    for (slot, token) in tokens.enumerated() {
      let (before, after) = (trace.value(token.before), trace.value(token.after))
      func bar(_ term: Int, _ x: Double, _ tone: Plot.Tone, _ isHollow: Bool, _ label: String) -> Plot.Bar {
        Plot.Bar(
          x: x, width: 0.34, y: Plot.Reading(value: trace.value(term), term: trace.text(term)), beat: step.beat,
          tone: tone,
          isHollow: isHollow, label: label)
      }
      panel.bars.append(bar(token.before, Double(slot) - 0.19, .line, true, "before"))
      panel.bars.append(
        bar(
          token.after, Double(slot) + 0.19, .mark(after > before ? .positive : after < before ? .negative : .unclipped),
          false,
          "after"))
      let across = (Double(slot) - 0.42)...(Double(slot) + 0.42)
      // The last ones, which are beside the room for it, have names.
      let isLast = slot == tokens.count - 1
      if let reference {
        panel.levels.append(
          Plot.Level(
            value: reference[token.token], across: across, tone: .mark(.frozen), label: isLast ? "reference" : nil))
      }
      if let optimum {
        panel.levels.append(
          Plot.Level(
            value: optimum[token.token], across: across, tone: .mark(.changed), label: isLast ? optimumName : nil))
      }
    }
    return Plot(title: title, subtitle: subtitle(optimum != nil), panels: [panel])
  }

  private func word(_ token: Int) -> String {
    trace.glossary.entries[Quantity.probabilityAfter.rawValue].labels[1]?[token] ?? "\(token)"
  }

  private var stateName: String {
    trace.glossary.entries[Quantity.probabilityAfter.rawValue].labels[0]?[state] ?? "\(state)"
  }

  private var whereText: String { trace.glossary.hasActions ? "in the state “\(stateName)”" : "after “\(stateName)”" }

  private var reference: [Double]? {
    guard subject.algorithm.has(.reference) else { return nil }
    let count = trace.glossary.entries[Quantity.referenceLogit.rawValue].labels[1]?.count ?? 0
    let logits = (0..<count).compactMap { trace.value(.referenceLogit, state, $0, at: step.beat) }
    guard count > 0, logits.count == count else { return nil }
    let scaled = logits.map { $0 / subject.settings.number(.temperature) }
    let largest = scaled.max() ?? 0
    let weights = scaled.map { Elementary.exp($0 - largest) }
    let sum = weights.reduce(0) { $0 + $1 }
    return weights.map { $0 / sum }
  }

  private var optimum: [Double]? {
    guard case .scenario(let scenario) = subject.source, let beta = subject.beta(at: step.beat),
      let responses = ExactResponses(scenario, overrides: trace.overrides)
    else { return nil }
    return responses.optimumProbabilities(after: state, beta: beta)
  }

  /// What the policy is drawn to.
  private var optimumName: String {
    subject.algorithm.has(.teacher) ? "teacher" : "π*"
  }

  private var title: String {
    let most =
      tokens.first { token in asked == token.token }
      ?? tokens.max { a, b in
        (trace.value(a.after) - trace.value(a.before)).magnitude
          < (trace.value(b.after) - trace.value(b.before)).magnitude
      }
    guard let most else { return "The policy \(whereText)" }
    let (before, after) = (trace.value(most.before), trace.value(most.after))
    let numbers = "\(NumberText.short(before, digits: 3)) to \(NumberText.short(after, digits: 3))"
    let place = capitalized(whereText)
    if (after - before).magnitude < 1e-9 {
      return "\(place), “\(word(most.token))” stays at \(NumberText.short(after, digits: 3))"
    }
    return "\(place), “\(word(most.token))” \(after > before ? "rises" : "falls") from \(numbers)"
  }

  private func subtitle(_ hasOptimum: Bool) -> String {
    let optimum =
      hasOptimum && !subject.algorithm.has(.teacher) ? ["π*: how often the best policy goes on with it"] : []
    return ([place, "outline: before, full: after"] + optimum).joined(separator: " · ")
  }
}

extension PlotSubject {
  /// The weight of the KL as of a beat; nil where it is 0. Where there is a teacher, the KL from it is all there is.
  func beta(at beat: Int) -> Double? {
    if algorithm.has(.teacher) { return 1 }
    let option = algorithm.option(.klWeight)
    let beta = trace.value(.klCoefficient, at: beat) ?? option.map { settings.number($0) } ?? 0
    return beta > 0 ? beta : nil
  }
}
