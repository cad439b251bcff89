import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// Which option makes the difference between two recordings.
  static let changedKnob = QuestionKind(
    name: "changed-knob", subject: "what each option acts on first",
    scenarios: Scenario.builtIn.map { $0.name }, needsOneRecording: false,
    changes: { scenario, _ in [short(scenario)] },
    ask: { asking in
      guard let (right, others) = turnedKnobs(&asking) else { return nil }
      let knobs = [right] + others
      let places = asking.random.shuffled(knobs.count)
      var draft = Draft(
        quizText([
          paragraph(
            "Two runs of the scenario `\(asking.source.name)` differ in one option."),
          right.marks,
        ]),
        choice: places.firstIndex(of: 0) ?? 0, of: places.map { knobs[$0].text(asking.settings) },
        beat: right.beat, right.explanation(beside: others))
      draft.further = right.change
      return draft
    })

  /// The knob to ask about, and three whose first difference is another one.
  private static func turnedKnobs(_ asking: inout Asking) -> (right: TurnedKnob, others: [TurnedKnob])? {
    let all = Knob.all(for: asking.source.algorithm)
    var turned: [TurnedKnob] = []
    // Enough to choose from, and no more recordings than one waits for.
    for index in asking.random.shuffled(all.count) where turned.count < 6 {
      guard let knob = TurnedKnob(all[index], asking), !turned.contains(where: { $0.looksLike(knob) }) else { continue }
      turned.append(knob)
    }
    guard let right = turned.first, turned.count >= 4 else { return nil }
    // What acts nearby is harder to tell apart.
    let isHard = asking.level == 3
    let others = turned.dropFirst().sorted { a, b in
      let (x, y) = (right.distance(to: a), right.distance(to: b))
      return x == y ? a.knob.option.rawValue < b.knob.option.rawValue : (x < y) == isHard
    }
    return (right, Array(others.prefix(3)))
  }

  /// One iteration is enough to see where an option acts first.
  private static func short(_ scenario: String) -> QuizQuestion.Change {
    ["dpo", "sft", "reward-model"].contains(scenario)
      ? QuizQuestion.Change("num_train_epochs", "2") : QuizQuestion.Change("num_total_batches", "1")
  }
}

/// A knob, turned: what its recording has other than the one before.
private struct TurnedKnob {
  let knob: Knob
  let comparison: Comparison
  private let first: Comparison.Change

  /// Nil where it changes nothing.
  init?(_ knob: Knob, _ asking: Asking) {
    var source = asking.source
    guard (try? source.set(knob.option.name, to: knob.value)) != nil else { return nil }
    comparison = Comparison(asking.trace, source.record())
    guard let first = comparison.first else { return nil }
    self.first = first
    self.knob = knob
  }

  private var place: (trace: Trace, term: Int) {
    first.after.map { (comparison.after, $0) } ?? (comparison.before, first.before ?? 0)
  }

  var beat: Int { place.trace.terms[place.term].beat }
  private var stage: String { place.trace.stage(ofBeat: beat).name }
  private var name: Int { place.trace.terms[place.term].key.name }

  /// What the comparison says, within 80 columns: the first difference, and the largest moves of the first names.
  var marks: String {
    let (before, after) = (comparison.before, comparison.after)
    func row(_ change: Comparison.Change) -> [String] {
      let (trace, term) = change.after.map { (after, $0) } ?? (before, change.before ?? 0)
      let stage = trace.stage(ofBeat: trace.terms[term].beat)
      return [
        trace.text(term), stage.loops.text, stage.name, change.before.map { before.valueText($0) } ?? "none",
        change.after.map { after.valueText($0) } ?? "none",
      ]
    }
    let names = comparison.groups()
    var table = TextTable(header: ["term", "loops", "stage", "before", "after"], alignedLeft: 3)
    for name in names.prefix(5) { table.add(row(name.largest)) }
    let (start, place) = (row(first), place)
    let loops = start[1].isEmpty ? "" : " at \(start[1])"
    let beginning =
      "The first term that differs is \(place.trace.text(place.term)), in stage \(start[2])\(loops): before "
      + "\(start[3]), after \(start[4]). The names that differ first, each with its largest move:"
    let count = "\(comparison.counts), in \(names.count) names."
    return paragraph(beginning) + "\n" + table.text.plain + paragraph("\(count) Which option was changed?")
  }

  /// What shows its first difference, unless that is missing then.
  var change: [QuizQuestion.Change] {
    first.after == nil ? [] : [QuizQuestion.Change(knob.option.name, knob.value)]
  }

  /// Whether its first difference is of the same name in the same stage, so that one could not tell them apart.
  func looksLike(_ other: TurnedKnob) -> Bool { name == other.name && stage == other.stage }

  func distance(to other: TurnedKnob) -> Int { abs(beat - other.beat) }

  func text(_ before: Settings) -> String { "\(knob.option.name): \(before[knob.option].text) → \(knob.value)" }

  func explanation(beside others: [TurnedKnob]) -> StyledText {
    var text = StyledText()
    text.line(wrap("\(knob.option.name): \(knob.option.description.sentence)", indent: 0))
    text.add(Explanation(trace: place.trace, beat: beat).explain(place.term))
    for other in others {
      let (trace, term) = other.place
      let name = other.knob.option.name
      text.line("  " + wrap("\(name) would first change \(trace.text(term)), in stage \(other.stage)", indent: 4), .dim)
    }
    return text
  }
}

/// An option, and a value so far from the usual one that its mark is plain.
private struct Knob {
  let option: Option
  let value: String

  static func all(for algorithm: Algorithm) -> [Knob] {
    rows(algorithm).compactMap { row in
      Option.named(row.0, for: algorithm).map { Knob(option: $0, value: row.1) }
    }
  }

  private static func rows(_ algorithm: Algorithm) -> [(String, String)] {
    switch algorithm {
    case .ppo:
      [
        ("cliprange", "0.05"), ("gamma", "0.8"), ("lam", "0.3"), ("kl_coef", "0.5"), ("learning_rate", "0.05"),
        ("whiten_advantages", "false"), ("vf_coef", "1"), ("entropy_coef", "0.1"), ("max_grad_norm", "0.05"),
        ("temperature", "0.7"), ("loss_agg_mode", "seq-mean-token-sum"), ("kl_estimator", "k3"), ("sft_steps", "4"),
        ("reward_steps", "4"), ("cliprange_value", "0.01"),
      ]
    case .classicPPO:
      [
        ("cliprange", "0.05"), ("gamma", "0.7"), ("lam", "0.3"), ("learning_rate", "0.01"),
        ("whiten_advantages", "false"), ("vf_coef", "2"), ("entropy_coef", "0.1"), ("max_grad_norm", "0.05"),
        ("temperature", "2"), ("loss_agg_mode", "seq-mean-token-sum"), ("cliprange_value", "0.01"),
      ]
    case .reinforce:
      [
        ("gamma", "0.7"), ("baseline", "none"), ("learning_rate", "0.3"), ("entropy_coef", "0.1"),
        ("temperature", "0.7"), ("loss_agg_mode", "token-mean"), ("kl_coef", "0.2"), ("max_grad_norm", "0.05"),
        ("sft_steps", "4"), ("reward_steps", "4"),
      ]
    case .grpo:
      [
        ("epsilon", "0.01"), ("beta", "0.3"), ("learning_rate", "1"), ("scale_rewards", "batch"),
        ("advantage_estimator", "rloo"), ("loss_type", "dapo"), ("temperature", "0.7"), ("entropy_coef", "0.1"),
        ("max_grad_norm", "0.05"), ("sft_steps", "4"), ("num_iterations", "3"), ("advantage_baseline", "pooled"),
      ]
    case .dpo:
      [
        ("beta", "1"), ("learning_rate", "0.05"), ("loss_type", "hinge"), ("max_grad_norm", "0.05"),
        ("optim", "sgd"), ("sft_steps", "4"), ("ld_alpha", "0.5"), ("batch_size", "2"),
        ("adam_beta1", "0.5"), ("adam_beta2", "0.9"),
      ]
    case .sft:
      [
        ("learning_rate", "1"), ("optim", "adam"), ("batch_size", "4"), ("max_grad_norm", "0.05"),
        ("num_train_epochs", "3"),
      ]
    case .rewardModel:
      [
        ("learning_rate", "0.1"), ("optim", "adam"), ("batch_size", "2"), ("max_grad_norm", "0.01"),
        ("center_rewards_coefficient", "0.5"), ("num_train_epochs", "3"),
      ]
    }
  }
}
