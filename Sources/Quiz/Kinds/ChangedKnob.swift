import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension QuestionKind {
  /// Which option makes the difference between two recordings.
  static let changedKnob = QuestionKind(
    name: "changed-knob", subject: "what each option acts on first",
    suits: { _ in true }, needsOneRecording: false,
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
    let all = Knob.all(for: asking.source)
    var turned: [TurnedKnob] = []
    // Enough to choose from, without more recordings than one would wait for.
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
  private static func short(_ scenario: Scenario) -> QuizQuestion.Change {
    scenario.algorithm.samples
      ? QuizQuestion.Change("num_total_batches", "1") : QuizQuestion.Change("num_train_epochs", "2")
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
        trace.text(term), stage.loops.text, stage.name, change.before.map { before.shownValue($0) } ?? "none",
        change.after.map { after.shownValue($0) } ?? "none",
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

  /// Those that the source has, each with another value than its own.
  static func all(for source: Source) -> [Knob] {
    source.options.compactMap { option in
      value(of: option, in: source.settings).map { Knob(option: option, value: $0) }
    }
  }

  /// Nil for an option that one would not be asked about.
  private static func value(of option: Option, in settings: Settings) -> String? {
    func unless(_ value: String, _ other: String) -> String { settings[option].text == value ? other : value }
    func times(_ factor: Double) -> String { NumberText.full(factor * settings.number(option)) }
    return switch option {
    case .cliprange: "0.05"
    case .epsilon, .cliprangeValue: "0.01"
    case .gamma: "0.7"
    case .lam: "0.3"
    case .klCoef, .entropyCoef: settings.number(option) == 0 ? "0.2" : times(10)
    case .groupBeta: settings.number(option) == 0 ? "0.3" : times(8)
    case .preferenceBeta, .vfCoef: times(10)
    case .learningRate: times(0.25)
    case .whitenAdvantages: "false"
    case .maxGradNorm: "0.05"
    case .temperature: "0.7"
    case .aggregation: unless("seq-mean-token-sum", "token-mean")
    case .klEstimator: unless("k3", "k1")
    case .sftSteps, .rewardSteps: unless("4", "12")
    case .returnBaseline: unless("none", "mean")
    case .scaleRewards: unless("batch", "none")
    case .advantageEstimator: "rloo"
    case .groupLoss: unless("dapo", "grpo")
    case .numIterations, .trainEpochs: unless("3", "1")
    case .advantageBaseline: "pooled"
    case .preferenceLoss: unless("hinge", "sigmoid")
    case .distillationMode: unless("sampled_token", "full_logits")
    case .distillationBeta: unless("0", "1")
    case .judgementLoss: unless("apo_zero_unpaired", "kto")
    case .desirableWeight, .undesirableWeight: "2"
    case .optimizer: unless("sgd", "adam")
    case .lengthDesensitizing, .centerRewards: "0.5"
    case .trainBatchSize: unless("2", "4")
    case .adamBeta1: settings.choice(.optimizer) == "sgd" ? nil : "0.5"
    case .adamBeta2: settings.choice(.optimizer) == "sgd" ? nil : "0.9"
    default: nil
    }
  }
}
