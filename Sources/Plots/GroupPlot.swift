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
  private let place: String
  /// As of which beat, and before which term.
  private let beat, end: Int
  /// The group's number; nil where no numbers of groups are recorded, and all responses are shown.
  private let group: Int?
  /// Of each response, and of each that is drawn.
  private let members, rows: [Row]

  /// A response's advantage, nil before it is computed, and its reward.
  private typealias Row = (advantage: Int?, reward: Int)

  private static let limit = 12

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.trace) = (subject, trace)
    let all: [Row]
    if let rewards = Self.rewardsAlone(subject), let beat = subject.beat {
      (self.beat, place) = (beat, trace.place(trace.stage(ofBeat: beat).loops))
      all = rewards.map { (advantage: nil, reward: $0) }
      end = trace.beats[beat].terms.upperBound
    } else {
      let chosen = subject.choose(trace.steps(recording: .advantage)) { step in
        step.terms.reduce(0) { max($0, trace.value($1).magnitude) }
      }
      guard let (step, place) = chosen else { return nil }
      (beat, self.place, end) = (step.beat, place, step.terms[0])
      all = step.terms.compactMap { advantage in
        trace.term(TermKey(.reward, trace.terms[advantage].key.i), before: advantage).map { (advantage, reward: $0) }
      }
    }
    let groups = Self.groups(before: end, trace.stage(ofBeat: beat).loops.iteration, in: trace)
    func spread(_ members: [Int]) -> Double {
      let own = all.filter { members.contains(trace.terms[$0.reward].key.i) }
      let rewards = own.map { trace.value($0.reward) }
      let advantages = own.compactMap { $0.advantage.map { trace.value($0).magnitude } }
      return advantages.max() ?? ((rewards.max() ?? 0) - (rewards.min() ?? 0))
    }
    // Of several groups that are asked about one whose responses differ has more to show.
    let asked = subject.about.compactMap { Self.number(of: $0, among: groups) }
    let own =
      asked.first { spread($0.members) > 0 } ?? asked.first
      ?? subject.index(of: .groupMean).flatMap { number in groups.first { $0.group == number } }
    let best =
      own
      ?? groups.reduce(nil as (group: Int, members: [Int])?) { best, other in
        best.map { spread(other.members) > spread($0.members) * (1 + 1e-12) ? other : $0 } ?? other
      }
    group = best?.group
    members = all.filter { row in best.map { $0.members.contains(trace.terms[row.reward].key.i) } ?? true }
    rows = Self.shown(members, trace)
    if rows.isEmpty { return nil }
  }

  /// The group that a term is about, or in which its response is.
  private static func number(
    of key: TermKey, among groups: [(group: Int, members: [Int])]
  ) -> (group: Int, members: [Int])? {
    switch Quantity(rawValue: key.name) {
    case .groupMean, .groupStd, .groupWeight: groups.first { $0.group == key.i }
    case .advantage, .reward: groups.first { $0.members.contains(key.i) }
    default: nil
    }
  }

  /// The rewards of the position's iteration where they have been averaged, and no advantage is made of them yet.
  private static func rewardsAlone(_ subject: PlotSubject) -> [Int]? {
    let trace = subject.trace
    guard let beat = subject.beat, trace.beats.indices.contains(beat),
      let iteration = trace.stage(ofBeat: beat).loops.iteration
    else { return nil }
    func isOwn(_ term: Int) -> Bool { trace.stage(ofBeat: trace.terms[term].beat).loops.iteration == iteration }
    let terms = (0..<trace.beats[beat].terms.upperBound).reversed().prefix(while: isOwn).reversed()
    func recorded(_ quantity: Quantity) -> [Int] { terms.filter { trace.quantity(of: $0) == quantity } }
    return recorded(.groupMean).isEmpty || !recorded(.advantage).isEmpty ? nil : recorded(.reward)
  }

  /// The largest advantages of both signs, or the largest and the smallest rewards, in the order of the responses.
  private static func shown(_ rows: [Row], _ trace: Trace) -> [Row] {
    guard rows.count > limit else { return rows }
    let ranked = rows.sorted { a, b in
      let (x, y) = (trace.value(a.advantage ?? a.reward), trace.value(b.advantage ?? b.reward))
      return x != y ? x > y : a.reward < b.reward
    }
    return (ranked.prefix(limit / 2) + ranked.suffix(limit / 2)).sorted { $0.reward < $1.reward }
  }

  /// The groups whose mean is recorded, and the responses whose rewards it is the mean of.
  private static func groups(before end: Int, _ iteration: Int?, in trace: Trace) -> [(group: Int, members: [Int])] {
    var found: [(group: Int, members: [Int])] = []
    while let mean = trace.term(TermKey(.groupMean, found.count), before: end),
      trace.stage(ofBeat: trace.terms[mean].beat).loops.iteration == iteration
    {
      let rewards = trace.inputs(of: mean).filter { trace.quantity(of: $0) == .reward }
      found.append((found.count, rewards.map { trace.terms[$0].key.i }))
    }
    return found
  }

  var plot: Plot {
    let names = rows.map { response(trace.terms[$0.reward].key.i) }
    let axis = Plot.Axis(
      label: "response", categories: names, shortCategories: rows.map { "\(trace.terms[$0.reward].key.i)" })
    var rewards = Plot.Panel(title: "Rewards", x: axis, y: Plot.Axis(label: "reward"))
    var advantages = Plot.Panel(title: "Advantages", x: axis, y: Plot.Axis(label: "advantage"))
    for (number, row) in rows.enumerated() {
      func bar(_ term: Int, _ tone: Plot.Tone) -> Plot.Bar {
        Plot.Bar(
          x: Double(number), width: 0.6, y: Plot.Reading(value: trace.value(term), term: trace.text(term)),
          beat: beat, tone: tone, label: names[number])
      }
      rewards.bars.append(bar(row.reward, .mark(.unclipped)))
      if let advantage = row.advantage {
        let tone = isFlat ? Mark.unclipped : trace.value(advantage) < 0 ? .negative : .positive
        advantages.bars.append(bar(advantage, .mark(tone)))
      }
    }
    // What rounding left is not as high as the panel.
    if isFlat { advantages.y.range = -1...1 }
    let (mean, std) = (number(.groupMean), number(.groupStd))
    if let mean {
      rewards.levels.append(Plot.Level(value: mean, tone: .text, label: "mean " + NumberText.short(mean, digits: 3)))
      if let std, std > 0 {
        rewards.levels.append(Plot.Level(value: mean + std, tone: .muted, label: "+ σ"))
        rewards.levels.append(Plot.Level(value: mean - std, tone: .muted, label: "− σ"))
      }
    }
    return Plot(
      title: title, subtitle: place, remarks: leftOut(members.count - rows.count), claim: claim,
      formulas: subject.formulas(
        of: rows[0].advantage.map { [$0] } ?? [], down: [.rawAdvantage, .baseline, .groupMean, .groupStd, .baselineStd]),
      panels: advantages.bars.isEmpty ? [rewards] : [rewards, advantages])
  }

  private func number(_ quantity: Quantity) -> Double? {
    group.flatMap { trace.term(TermKey(quantity, $0), before: end) }.map { trace.value($0) }
  }

  private func response(_ i: Int) -> String {
    var words: [String] = []
    while let word = trace.tokenText(i, words.count, at: beat) { words.append(word) }
    return words.isEmpty
      ? "\(i)" : words.joined(separator: words.allSatisfy { $0.utf8.count == 1 || $0 == words.last } ? "" : " ")
  }

  /// Whether all have the same reward, and an advantage of 0: the mean of equal numbers may differ from them in their last digits.
  private var isFlat: Bool {
    let first = trace.value(members[0].reward)
    return members.allSatisfy { row in
      trace.value(row.reward) == first && (row.advantage.map { trace.value($0).magnitude < 1e-9 } ?? true)
    }
  }

  /// What decides between up and down, if that is the mean of the group.
  private var claim: String? {
    guard let mean = number(.groupMean) else { return nil }
    func lead(_ row: Row) -> Double { trace.value(row.reward) - mean }
    func advantage(_ row: Row) -> Double { row.advantage.map { trace.value($0) } ?? lead(row) }
    if isFlat { return "Where all do equally well, there is nothing to learn" }
    let follows = members.allSatisfy { row in
      lead(row) > 0 ? advantage(row) > 0 : lead(row) < 0 ? advantage(row) < 0 : advantage(row) == 0
    }
    guard follows, members.contains(where: { $0.advantage.map { trace.value($0) != 0 } ?? false }) else { return nil }
    return "What beats the average of its group is pushed up, the rest down"
  }

  private var title: String {
    let advantages = members.compactMap { $0.advantage.map { trace.value($0) } }
    let (up, down) = (advantages.count { $0 > 0 }, advantages.count { $0 < 0 })
    let prompt = trace.terms[rows[0].reward].key.i
    let name =
      group.map { number in
        trace.glossary.entries[Quantity.groupMean.rawValue].labels[0].map { "the group of \($0[number])" }
          ?? "group \(number)" + (trace.prompts.indices.contains(prompt) ? " (“\(trace.prompts[prompt])”)" : "")
      } ?? "the batch"
    if advantages.isEmpty { return "In \(name), \(counted(members.count, "response")) to be compared with their mean" }
    if isFlat { return "In \(name), no reward differs: no response is pushed" }
    if up + down == 0 { return "In \(name), no response is pushed" }
    return "In \(name), \(up) \(up == 1 ? "response is" : "responses are") pushed up and \(down) down"
  }
}
