import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// A group's rewards with their mean and deviation, and the advantages made of them.
  static let group = PlotKind(
    name: "group", summary: "a group's rewards, their mean and deviation, and the advantages",
    lack: {
      $0.algorithm.credit == .group && $0.trace.records(.advantage) ? nil : "it does not compare responses in groups"
    },
    make: { GroupPlot($0) }, plot: { $0.plot })
}

private struct GroupPlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let step: PlotStep
  private let place: String
  /// The group's number; nil where no numbers of groups are recorded, and all responses are shown.
  private let group: Int?
  /// Of each response, its advantage and its reward.
  private let rows: [(advantage: Int, reward: Int)]
  private let leftOut: Int

  private static let limit = 12

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.trace) = (subject, trace)
    let chosen = subject.choose(trace.steps(recording: .advantage)) { step in
      step.terms.reduce(0) { max($0, trace.value($1).magnitude) }
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    let all = step.terms.compactMap { advantage in
      trace.term(TermKey(.reward, trace.terms[advantage].key.i), before: advantage).map {
        (advantage: advantage, reward: $0)
      }
    }
    let groups = Self.groups(before: step, in: trace)
    func spread(_ members: [Int]) -> Double {
      let own = all.filter { members.contains(trace.terms[$0.reward].key.i) }.map {
        trace.value($0.advantage).magnitude
      }
      return own.max() ?? 0
    }
    let own = Self.group(of: subject).flatMap { number in groups.first { $0.group == number } }
    let best =
      own
      ?? groups.reduce(nil as (group: Int, members: [Int])?) { best, other in
        best.map { spread(other.members) > spread($0.members) * (1 + 1e-12) ? other : $0 } ?? other
      }
    group = best?.group
    let members = all.filter { row in best.map { $0.members.contains(trace.terms[row.reward].key.i) } ?? true }
    rows = Self.shown(members, trace)
    leftOut = members.count - rows.count
    if rows.isEmpty { return nil }
  }

  /// The group that the position is about; nil where it is about none.
  private static func group(of subject: PlotSubject) -> Int? {
    guard let beat = subject.beat, subject.trace.beats.indices.contains(beat) else { return nil }
    let terms = subject.trace.beats[beat].terms
    return terms.first { subject.trace.quantity(of: $0) == .groupMean }.map { subject.trace.terms[$0].key.i }
  }

  /// The largest advantages of both signs, in the order of the responses.
  private static func shown(
    _ rows: [(advantage: Int, reward: Int)], _ trace: Trace
  ) -> [(advantage: Int, reward: Int)] {
    guard rows.count > limit else { return rows }
    let ranked = rows.sorted { a, b in
      let (x, y) = (trace.value(a.advantage), trace.value(b.advantage))
      return x != y ? x > y : a.advantage < b.advantage
    }
    return (ranked.prefix(limit / 2) + ranked.suffix(limit / 2)).sorted { $0.advantage < $1.advantage }
  }

  /// The groups whose mean is recorded, and the responses whose rewards it is the mean of.
  private static func groups(before step: PlotStep, in trace: Trace) -> [(group: Int, members: [Int])] {
    var found: [(group: Int, members: [Int])] = []
    while let mean = trace.term(TermKey(.groupMean, found.count), before: step.terms[0]),
      trace.stage(ofBeat: trace.terms[mean].beat).loops == step.run.loops
    {
      let rewards = trace.inputs(of: mean).filter { trace.quantity(of: $0) == .reward }
      found.append((found.count, rewards.map { trace.terms[$0].key.i }))
    }
    return found
  }

  var plot: Plot {
    let names = rows.map { response(trace.terms[$0.reward].key.i) }
    var rewards = Plot.Panel(
      title: "Rewards", x: Plot.Axis(label: "response", categories: names), y: Plot.Axis(label: "reward"))
    var advantages = Plot.Panel(
      title: "Advantages", x: Plot.Axis(label: "response", categories: names), y: Plot.Axis(label: "advantage"))
    for (number, row) in rows.enumerated() {
      func bar(_ term: Int, _ tone: Plot.Tone) -> Plot.Bar {
        Plot.Bar(
          x: Double(number), width: 0.6, y: Plot.Reading(value: trace.value(term), term: trace.text(term)),
          beat: step.beat, tone: tone, label: names[number])
      }
      rewards.bars.append(bar(row.reward, .mark(.unclipped)))
      advantages.bars.append(bar(row.advantage, .mark(trace.value(row.advantage) < 0 ? .negative : .positive)))
    }
    let (mean, std) = (number(.groupMean), number(.groupStd))
    if let mean {
      rewards.levels.append(Plot.Level(value: mean, tone: .text, label: "mean " + NumberText.short(mean, digits: 3)))
      if let std, std > 0 {
        rewards.levels.append(Plot.Level(value: mean + std, tone: .muted, label: "+ σ"))
        rewards.levels.append(Plot.Level(value: mean - std, tone: .muted, label: "− σ"))
      }
    }
    return Plot(
      title: title, subtitle: ([place] + (leftOut > 0 ? ["\(leftOut) more left out"] : [])).joined(separator: " · "),
      claim: claim,
      formulas: subject.formulas(
        of: [rows[0].advantage], down: [.rawAdvantage, .baseline, .groupMean, .groupStd, .baselineStd]),
      panels: [rewards, advantages])
  }

  private func number(_ quantity: Quantity) -> Double? {
    group.flatMap { trace.term(TermKey(quantity, $0), before: rows[0].advantage) }.map { trace.value($0) }
  }

  private func response(_ i: Int) -> String {
    var words: [String] = []
    while let word = trace.tokenText(i, words.count, at: step.beat), isOwnToken(i, words.count) { words.append(word) }
    return words.isEmpty
      ? "\(i)" : words.joined(separator: words.allSatisfy { $0.utf8.count == 1 || $0 == words.last } ? "" : " ")
  }

  private func isOwnToken(_ i: Int, _ t: Int) -> Bool {
    guard trace.givenTokens.isEmpty, let term = trace.term(TermKey(.token, i, t), before: step.terms[0]) else {
      return true
    }
    return trace.stage(ofBeat: trace.terms[term].beat).loops.iteration == step.run.loops.iteration
  }

  /// What decides between up and down, if that is the mean of the group.
  private var claim: String? {
    guard let mean = number(.groupMean) else { return nil }
    if rows.allSatisfy({ trace.value($0.reward) == mean && trace.value($0.advantage) == 0 }) {
      return "Where all do equally well, there is nothing to learn"
    }
    let follows = rows.allSatisfy { row in
      let (lead, advantage) = (trace.value(row.reward) - mean, trace.value(row.advantage))
      return lead > 0 ? advantage > 0 : lead < 0 ? advantage < 0 : advantage == 0
    }
    guard follows, rows.contains(where: { trace.value($0.advantage) != 0 }) else { return nil }
    return "What beats the average of its group is pushed up, the rest down"
  }

  private var title: String {
    let up = rows.count { trace.value($0.advantage) > 0 }
    let down = rows.count { trace.value($0.advantage) < 0 }
    let prompt = trace.terms[rows[0].reward].key.i
    let name =
      group.map { number in
        trace.glossary.entries[Quantity.groupMean.rawValue].labels[0].map { "the group of \($0[number])" }
          ?? "group \(number)" + (trace.prompts.indices.contains(prompt) ? " (“\(trace.prompts[prompt])”)" : "")
      } ?? "the batch"
    if up + down == 0 { return "In \(name), no response is pushed" }
    return "In \(name), \(up) \(up == 1 ? "response is" : "responses are") pushed up and \(down) down"
  }
}
