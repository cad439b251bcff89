import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation
import Testing

/// Every sentence of every source, under every kind of loss, estimator, average, clamp and optimizer.
///
/// Three things are asked of each sentence: that its numbers are numbers of the recording, that its words are words of
/// the algorithm, and that the loss is made as the words say.
@Suite struct EverySentenceTests {
  /// A built-in source, and options that change what is said.
  struct Run: CustomTestStringConvertible {
    let name: String
    let changes: [(String, String)]

    var testDescription: String { ([name] + changes.map { "\($0.0)=\($0.1)" }).joined(separator: " ") }

    func source() throws -> Source {
      let scenario = try #require(Scenario.builtIn.first { $0.name == name })
      var source = Source.scenario(scenario)
      try source.set(changes.map { (name: $0.0, text: $0.1) })
      return source
    }
  }

  /// Each choice of each option that has choices, each flag, each optional number on and off, one at a time.
  static let runs: [Run] = Scenario.builtIn.flatMap { scenario -> [Run] in
    let short = scenario.algorithm.samples ? ("num_total_batches", "2") : ("num_train_epochs", "2")
    let plain = Run(name: scenario.name, changes: [short])
    let others = Option.all(for: scenario.algorithm).flatMap { option -> [Run] in
      values(of: option, in: scenario).map { value in
        Run(name: scenario.name, changes: [short, (option.name, value)] + needed(by: option, value))
      }
    }
    return [plain] + others
  }

  private static func values(of option: Option, in scenario: Scenario) -> [String] {
    let now = scenario.settings[option]
    switch option.description.kind {
    case .choice(let names): return names.filter { .choice($0) != now }
    case .choices(let names): return names.filter { .choice($0) != now } + ["sigmoid,bco_pair,sft", "aot,hinge"]
    case .flag: return [now == .flag(true) ? "false" : "true"]
    case .optionalNumber:
      if now != .none { return ["none"] }
      if option == .lossScaleFactor { return ["7"] }
      if [.klClamp, .klLogRatioClamp].contains(option) { return ["0.001"] }
      if option == .lengthDesensitizing { return ["0.2"] }
      return [
        option == .logRatioClamp
          ? "0.1" : option == .dualClip ? "1.1" : option == .offPolicyMaskThreshold ? "0.01" : "1"
      ]
    case .weights(let names, let isSigned): return ["1,2,3", "0.5"] + names + (isSigned ? ["1,0,-0.5"] : [])
    case .number
    where [.weightDecay, .entropyCoef, .klCoef, .groupBeta, .centerRewards, .labelSmoothing].contains(option):
      return now == .number(0) ? ["0.3"] : ["0", "0.3"]
    case .number where option == .topEntropyQuantile: return ["0.5"]
    default: return []
    }
  }

  /// What a value cannot be without.
  private static func needed(by option: Option, _ value: String) -> [(String, String)] {
    switch (option, value) {
    case (.preferenceLoss, "exo_pair"): [("label_smoothing", "0.1")]
    case (.divergence, _): []
    case (.lossScaleFactor, _): [("loss_agg_mode", "seq-mean-token-sum-norm")]
    case (.weightDecay, _): [("optim", "adamw")]
    default: []
    }
  }

  @Test(arguments: runs)
  func numbersAndWordsAreTheRecordings(run: Run) throws {
    let source: Source
    do { source = try run.source() } catch is OptionError { return }  // a combination that is refused
    let trace = source.record()
    let forbidden = ForbiddenWords(source, trace)
    var numbers = KnownNumbers(trace, source)
    for beat in trace.beats.indices {
      let sentence = Narration.sentence(for: beat, in: trace)
      for number in NumbersIn(sentence).texts where !numbers.contains(number, at: beat) {
        Issue.record("\(number) at beat \(beat) is no number of the recording: \(sentence)")
      }
      if let word = forbidden.first(in: sentence) {
        Issue.record("beat \(beat) speaks of \(word), which \(run.testDescription) has not: \(sentence)")
      }
      if let kl = trace.beats[beat].terms.first(where: { [.kl, .klTerm].contains(trace.quantity(of: $0)) }) {
        let isNegative = trace.value(kl) < 0 && !sentence.contains("≈ 0")
        #expect(sentence.contains("negative as a single sample's may be") == isNegative, "beat \(beat): \(sentence)")
      }
      // A name and a number alone explain nothing.
      if let term = trace.beats[beat].terms.first, trace.quantity(of: term) != .metric,
        sentence.hasPrefix(trace.text(term) + " = ")
      {
        #expect(sentence.contains(trace.glossary.entries[trace.terms[term].key.name].meaning), "\(sentence)")
      }
      #expect(!sentence.contains("= ≈"), "beat \(beat): \(sentence)")
      if sentence.contains(" below its baseline"), sentence.contains("more likely") {
        #expect(sentence.contains("divided by the negative"), "beat \(beat): \(sentence)")
      }
      if let fault = likelihoodFault(in: sentence, at: beat, of: trace) {
        Issue.record("beat \(beat) of \(run.testDescription): \(fault): \(sentence)")
      }
      for fault in LossArithmetic(trace: trace, beat: beat).faults(in: sentence) {
        Issue.record("beat \(beat) of \(run.testDescription): \(fault): \(sentence)")
      }
    }
    var seen: Set<String> = []
    for (number, stage) in trace.stages.enumerated() where seen.insert(stage.name).inserted {
      let overview = StageOverview(of: number, in: trace)
      for sentence in overview.sentences + overview.remarks + [overview.telling.text] {
        if let word = forbidden.first(in: sentence) { Issue.record("\(stage.name) speaks of \(word): \(sentence)") }
        #expect(!sentence.contains("= ≈"), "\(stage.name): \(sentence)")
      }
    }
    for stage in trace.stages {
      let purpose = trace.purpose(of: stage)
      #expect(!purpose.isEmpty, "the stage \(stage.name) has no purpose")
      if let word = forbidden.first(in: purpose) { Issue.record("\(stage.name) speaks of \(word): \(purpose)") }
    }
  }
}

extension EverySentenceTests {
  /// What is called a response's likelihood or log-probability is that of all its tokens.
  private func likelihoodFault(in sentence: String, at beat: Int, of trace: Trace) -> String? {
    guard trace.stage(ofBeat: beat).name == Stage.logRatio.name,
      let term = trace.beats[beat].terms.first(where: { trace.quantity(of: $0) == .chosenResponseLogp })
    else { return nil }
    let i = trace.terms[term].key.i
    func sum(_ quantity: Quantity) -> Double {
      var (sum, t) = (0.0, 0)
      while let logp = trace.value(quantity, i, t, at: beat) { (sum, t) = (sum + logp, t + 1) }
      return sum
    }
    let logp = sum(.chosenLogp)
    if sentence.contains(" has log-probability "), !sentence.contains(" counted ") {
      return (logp - trace.value(term)).magnitude < 1e-9 ? nil : "all tokens have \(logp)"
    }
    guard sentence.contains("times as likely as under the reference") else { return nil }
    let times = NumberText.written(Elementary.exp(logp - sum(.chosenRefLogp)))
    return sentence.contains(" is \(times) times") ? nil : "all tokens are \(times) times as likely"
  }
}

/// The numbers that stand in a sentence outside of quotes and of terms' names.
private struct NumbersIn {
  private(set) var texts: [String] = []

  init(_ sentence: String) {
    var rest = Substring(sentence)
    var isQuoted = false
    var previous: Character = " "
    while let character = rest.first {
      if character == "\"" { isQuoted.toggle() }
      let isSign = character == "−" && rest.dropFirst().first.map { $0.isNumber } == true
      if !isQuoted, character.isNumber || isSign, !previous.isLetter, previous != "_" {
        let number = rest.prefix { $0.isNumber || "−.e-+".contains($0) }
        var text = String(number)
        while let last = text.last, "−.e-+".contains(last) { text.removeLast() }
        texts.append(text)
        rest = rest.dropFirst(max(1, text.count))
        previous = "0"
      } else {
        previous = character
        rest = rest.dropFirst()
      }
    }
  }
}

/// The numbers that a sentence may say: those of terms up to its beat and of their formulas, and what is plainly made of
/// them: exponentials of log-probabilities, percentages, differences of two, counts.
private struct KnownNumbers {
  private let trace: Trace
  private var texts: Set<String> = []
  private var lastBeat = -1
  private let counts: Set<String>

  init(_ trace: Trace, _ source: Source) {
    self.trace = trace
    counts = Set((0...(trace.prompts.count + 64 + source.settings.integer(.sftSteps))).map { "\($0)" })
  }

  mutating func contains(_ text: String, at beat: Int) -> Bool {
    while lastBeat < beat {
      lastBeat += 1
      for term in trace.beats[lastBeat].terms { add(term) }
    }
    return texts.contains(text) || counts.contains(text) || isDerived(text, at: beat)
  }

  private mutating func add(_ x: Double) {
    texts.insert(NumberText.written(x))
    texts.insert(NumberText.written(-x))
  }

  private mutating func add(_ term: Int) {
    let x = trace.value(term)
    add(x)
    add(100 * x)
    if x < 710 { add(Elementary.exp(x)) }
    // What the formula is made of, down to named terms.
    var open = trace.tape.operands(of: trace.scalar(term))
    var seen = 0
    while let scalar = open.popLast(), seen < 200 {
      seen += 1
      add(scalar.value)
      if trace.term(ofNode: scalar.node) == nil { open += trace.tape.operands(of: scalar) }
    }
  }

  /// A difference of two numbers of the beat's own sequence, its exponential, or a softmax of a row of logits.
  private func isDerived(_ text: String, at beat: Int) -> Bool {
    let own = Array(trace.beats[beat].terms)
    let values = own.map { trace.value($0) }
    let key = trace.terms[own[0]].key
    let near = [Quantity.logp, .oldLogp, .refLogp, .value, .oldValue, .chosenLogp, .rejectedLogp].compactMap {
      trace.value($0, key.i, key.j, at: beat)
    }
    for a in values + near {
      for b in values + near {
        let difference = NumberText.written(a - b)
        if difference == text || NumberText.written(Elementary.exp(a - b)) == text { return true }
      }
    }
    let largest = values.reduce(-Double.infinity) { max($0, $1) }
    let total = values.reduce(0) { $0 + Elementary.exp($1 - largest) }
    if values.contains(where: { NumberText.written(Elementary.exp($0 - largest) / total) == text }) { return true }
    // Derivatives that a sentence computes along the tape, and more digits where two numbers look alike.
    return [Stage.pairLoss.name, Stage.humanValue.name].contains(trace.stage(ofBeat: beat).name)
      && own.contains { term in
        let gradient = trace.tape.gradient(of: trace.scalar(term))
        return trace.terms.indices.contains { other in
          trace.terms[other].beat <= beat
            && [Quantity.chosenResponseLogp, .rejectedResponseLogp, .chosenLogp, .rejectedLogp, .responseLogp]
              .contains(trace.quantity(of: other))
            && NumberText.written(gradient[trace.scalar(other)]) == text
        }
      }
      || trace.occurrences(of: key).contains { occurrence in
        (4...17).contains { NumberText.short(trace.value(occurrence), digits: $0) == text }
      }
  }
}

/// Words of models and steps that an algorithm has not.
private struct ForbiddenWords {
  private var words: [String] = []

  init(_ source: Source, _ trace: Trace) {
    let algorithm = source.algorithm
    if !algorithm.has(.critic) { words += ["critic"] }
    if !algorithm.has(.reference) { words += [" reference"] }
    if !algorithm.has(.rewardModel) { words += ["reward model"] }
    if ![.pairs, .sampledPairs, .judgements].contains(algorithm.material) || !algorithm.has(.policy) {
      words += ["implicit reward"]
    }
    if !algorithm.samples { words += ["sampled", "samples", "rollout"] }
    if trace.glossary.hasActions { words += ["token", "response"] } else { words += ["episode"] }
    if source.settings.choice(.optimizer) == "sgd" { words += ["Adam"] }
    if source.settings.number(.weightDecay) == 0 { words += ["weight decay"] }
    if !source.options.contains(.klCoef) { words += ["kl_coef"] }
    if algorithm.option(.klWeight)?.name != "beta" { words += ["beta times"] }
  }

  /// Outside of quotes, where a world's own words stand.
  func first(in sentence: String) -> String? {
    var plain = ""
    for (place, part) in sentence.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
    where place % 2 == 0 {
      plain += part
    }
    return words.first { plain.contains($0) }
  }
}
