import Debugging
import Documents
import Foundation
import Objectives
import Recording
import Reporting
import Simulation
import Testing

/// Stages as wholes, walked through as somebody does who presses Enter all the time.
@Suite struct OverviewTests {
  /// A built-in scenario, perhaps under an implementation's conventions, or a recorded batch.
  struct Subject: CustomTestStringConvertible, Sendable {
    let name: String
    var preset: Preset?
    var changes: [(name: String, text: String)] = []
    var isBatch = false

    var testDescription: String {
      ([name] + (preset.map { [$0.rawValue] } ?? []) + changes.map { "\($0.name)=\($0.text)" }).joined(separator: " ")
    }

    func source() throws -> Source {
      if isBatch {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "SimulationTests/Oracles/\(name).batch.json")
        return .batch(try Batch(JSONReader.read(String(contentsOf: file, encoding: .utf8))), name: name)
      }
      var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
      if let preset { _ = try source.apply(preset) }
      try source.set(changes)
      return source
    }
  }

  static let plain = Scenario.builtIn.map { Subject(name: $0.name) }
  static let presets = Scenario.builtIn.filter { $0.algorithm.credit == .critic }.flatMap { scenario in
    Preset.allCases.map { Subject(name: scenario.name, preset: $0) }
  }
  static let batches = [
    "gspo", "cispo", "dapo-clip-higher", "off-policy-mask", "zero-variance-group", "ppo-tight-clip", "dr-grpo",
    "dpo-sigmoid", "dpo-aot", "dpo-larger", "sapo",
  ].map { Subject(name: $0, isBatch: true) }
  static let options: [Subject] = [
    Subject(name: "ppo", changes: [("clip_ratio_c", "1.5")]),
    Subject(name: "ppo", changes: [("log_ratio_clamp", "0.1")]),
    Subject(name: "ppo", changes: [("use_kl_loss", "true")]), Subject(name: "ppo", changes: [("learning_rate", "0")]),
    Subject(name: "grpo", changes: [("importance_sampling_level", "sequence")]),
    Subject(name: "grpo", changes: [("loss_type", "sapo")]), Subject(name: "grpo", changes: [("loss_type", "cispo")]),
    Subject(name: "grpo", changes: [("advantage_estimator", "rloo")]),
    Subject(name: "grpo", changes: [("dynamic_sampling", "true")]),
    Subject(name: "grpo", changes: [("scale_rewards", "none")]),
    Subject(name: "grpo", changes: [("num_generations", "1"), ("beta", "0.5"), ("entropy_coef", "0.5")]),
    Subject(name: "ppo", changes: [("score_position", "last_column")]),
    Subject(name: "dpo", changes: [("loss_type", "aot")]), Subject(name: "dpo", changes: [("loss_type", "simpo")]),
    Subject(name: "dpo", changes: [("loss_type", "orpo")]),
    Subject(name: "reinforce", changes: [("learning_rate", "100")]),
  ]
  /// Runs in which much stays as it is.
  static let still: [Subject] = [
    Subject(name: "grpo", changes: [("num_generations", "1")]), Subject(name: "ppo", changes: [("sft_steps", "0")]),
    Subject(name: "grpo", changes: [("top_entropy_quantile", "0")]),
    Subject(name: "kto", changes: [("learning_rate", "0")]),
    Subject(name: "kto", changes: [("undesirable_weight", "0"), ("batch_size", "2")]),
    Subject(name: "reward-model", changes: [("learning_rate", "0")]),
    Subject(name: "grpo-user-groups", changes: [("temperature", "0.1")]),
  ]

  /// Enter leads through every overview and to the row that each names, in lines that fit, and to the end.
  @Test(arguments: plain + presets + batches)
  func enterWalksThroughTheWholeRun(subject: Subject) throws {
    var session = Session(source: try subject.source())
    #expect(session.position == .opening)
    for stage in session.trace.stages.indices {
      let overview = session.run("")
      #expect(session.position == .overview(stage) && !overview.isError)
      let lines = overview.text.plain.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 24, "\(overview.text.plain)")
      for line in lines { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
      let row = session.run("")
      guard case .beat(let beat) = session.position else { throw Failure("no row: \(row.text.plain)") }
      #expect(session.trace.stages[stage].beats.contains(beat))
      #expect(lines.contains { $0.hasPrefix("➤ Enter: beat \(beat), ") })
    }
    #expect(session.run("").text.plain == "this is the last stage; `previous` goes back\n")
    for _ in 0...session.trace.stages.count { _ = session.run("previous") }
    #expect(session.position == .opening)
  }

  /// Every number that an overview says itself is a term's; and where all are 0, or as before, it says so and why.
  @Test(arguments: plain + batches + options)
  func numbersAreRecordedAndZerosExplained(subject: Subject) throws {
    let trace = try subject.source().record()
    for (number, stage) in trace.stages.enumerated() {
      let overview = StageOverview(of: number, in: trace)
      let end = trace.beats[stage.beats.upperBound - 1].terms.upperBound
      let known = (0..<end).map { trace.value($0) }.filter { $0.isFinite }.map { $0.magnitude }.sorted()
      let narrated = Set(stage.beats.map { Narration.sentence(for: $0, in: trace) })
      let own = overview.sentences.filter { !narrated.contains($0) }
      let cells = overview.table.map { table in table.rows.flatMap { $0.dropFirst() } } ?? []
      for text in own + cells + overview.remarks + [overview.telling.text] {
        for decimal in decimals(text) where !isKnown(decimal, known) {
          Issue.record("\(decimal) at \(stage.name) \(stage.loops.text) is no term: \(text)")
        }
      }
      let values = cells.compactMap { $0.split { $0 == " " || "▲▼✂".contains($0) }.last.flatMap { Double(String($0)) } }
      let isSaid = !overview.remarks.isEmpty || overview.sentences.contains { $0.contains("All 0") }
      if values.count > 1, values.allSatisfy({ $0 == 0 }), !isSaid {
        Issue.record("\(stage.name) \(stage.loops.text) shows nothing but 0: \(overview.sentences)")
      }
    }
  }

  /// What is called all 0 is so, and a number that is about a token of another text names that token.
  @Test(arguments: plain + batches + options)
  func namesAreThoseOfTheNumbers(subject: Subject) throws {
    let trace = try subject.source().record()
    for (number, stage) in trace.stages.enumerated() {
      let overview = StageOverview(of: number, in: trace)
      let members = stage.beats.flatMap { Array(trace.beats[$0].terms) }
      for sentence in overview.sentences where sentence.contains(", all 0") {
        let names = sentence.prefix { $0 != ":" }.split(separator: ", ").map { String($0) }
        for term in members where names.contains(trace.glossary.entries[trace.terms[term].key.name].name) {
          #expect(trace.value(term) == 0, "\(trace.text(term)): \(sentence)")
        }
      }
      guard let term = members.first(where: { overview.telling.text.hasPrefix(trace.text($0) + " =") }),
        let other = trace.otherToken(of: trace.terms[term].key, at: trace.terms[term].beat), let other
      else { continue }
      #expect(overview.telling.text.contains("\"\(other.visible)\""), "\(overview.telling.text)")
    }
  }

  /// Numbers that are all 0 stay so up to where the first other one is said to be, or to the end.
  @Test(arguments: plain + batches + options + still)
  func zerosLastAsLongAsIsSaid(subject: Subject) throws {
    let trace = try subject.source().record()
    func isNothing(_ term: Int) -> Bool { trace.value(term) == 0 || trace.isRoundingNoise(term) }
    for (number, stage) in trace.stages.enumerated() {
      for sentence in StageOverview(of: number, in: trace).sentences {
        let isWhole = sentence.hasPrefix("All ")
        guard isWhole || sentence.contains(", all 0") else { continue }
        let named = sentence.prefix { $0 != ":" }.split(separator: ", ").map { String($0) }
        let own = stage.beats.flatMap { trace.beats[$0].terms }.map { trace.terms[$0].key.name }
        let names = Set(own.filter { isWhole || named.contains(trace.glossary.entries[$0].name) })
        let other = trace.stages[(number + 1)...].first { later in
          later.beats.contains { beat in
            trace.beats[beat].terms.contains { names.contains(trace.terms[$0].key.name) && !isNothing($0) }
          }
        }
        let place = other.map { "first other at \($0.name)" + ($0.loops.text.isEmpty ? "" : " \($0.loops.text)") }
        #expect(sentence.contains(place ?? "and so it stays in this recording"), "\(stage.name): \(sentence)")
      }
    }
  }

  /// From the first screen to a clip that binds, a group without a spread or a chosen response that falls.
  @Test(arguments: [
    ("ppo", "clipped ✂"), ("grpo", "no spread"), ("dpo", "less likely than under the reference"),
    ("ppo-classic", "clipped ✂"), ("grpo-user-groups", "less than before"), ("kto", "has fallen"),
  ])
  func theFirstInsightIsFiveKeysAway(source: String, insight: String) throws {
    var session = Session(source: .scenario(try #require(Scenario.builtIn.first { $0.name == source })))
    var keys = 0
    for line in ["c", "", "", ""] {
      let reply = session.run(line)
      keys += line.count + 1
      if case .overview = session.position, reply.text.plain.contains(insight) { break }
    }
    #expect(keys <= 5)
    #expect(keys == 2)
  }

  @Test func anOverviewSeesItsStageAndABeatItsPast() {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("goto clip 0/0/1")
    #expect(!session.run("p ratio[5,1]").isError && !session.run("p objective[5,3]").isError)
    #expect(session.run("p loss").text.plain.contains("of 0/0/0"))
    _ = session.run("step")
    #expect(session.position == .beat(332))
    #expect(session.run("p surrogate[5,3]").isError)
    _ = session.run("back")
    #expect(session.position == .beat(331))
  }

  @Test(arguments: [
    ("goto 0", Position.beat(0)), ("goto beat 339", .beat(339)), ("goto beat 339, clip 0/0/1", .beat(339)),
    ("goto clip:332", .beat(332)), ("goto clip 0/0/1", .overview(21)), ("goto 0/0/1 clip", .overview(21)),
    ("goto gae 0", .overview(8)), ("goto before sync", .overview(2)), ("goto sync 0", .overview(43)),
    ("goto iteration 0", .overview(3)), ("goto 0/0/0", .overview(11)), ("goto before", .overview(0)),
    ("goto start", .opening), ("goto world", .opening), ("goto end", .beat(1436)),
  ])
  func positionsAreReadAsTheyAreShown(command: String, position: Position) {
    var session = Session(source: .scenario(.builtIn[0]))
    let reply = session.run(command)
    #expect(!reply.isError && session.position == position, "\(reply.text.plain)")
    // The prompt is such a form, too.
    let shown = session.prompt.dropFirst("(gradus".count).dropLast(2).trimmingCharacters(in: .whitespaces)
    if !shown.isEmpty {
      var other = Session(source: .scenario(.builtIn[0]))
      _ = other.run("goto \(shown)")
      #expect(other.position == position, "\(shown)")
    }
  }

  @Test func everyBeatBeginsWithItsResponse() {
    var session = Session(source: .scenario(.builtIn[0]))
    let beat = session.run("goto 339").text.plain.split(separator: "\n")
    #expect(beat[1] == "  5  the film  was▲ [very▲] fine▲ <eos>▲   score 0.6410")
    session = Session(source: .scenario(Scenario.builtIn.first { $0.name == "dpo" } ?? .builtIn[0]))
    #expect(session.run("goto 30").text.plain.split(separator: "\n")[1].contains("["))
    let pair = session.run("goto 0/0/0 margin").isError ? "" : session.run("").text.plain
    #expect(pair.contains("chosen    the film") && pair.contains("rejected  the film"))
  }

  @Test func continueStopsAtAWatchThatChanges() {
    var session = Session(source: .scenario(.builtIn[0]))
    _ = session.run("watch loss")
    let reply = session.run("continue").text.plain
    #expect(reply.hasPrefix("watch 1: loss\nloss 0/0/0 · beat 280 · 2 of 2\n"))
    _ = session.run("continue")
    #expect(session.position == .beat(363))
    _ = session.run("reverse-continue")
    #expect(session.beat < 363)
  }

  @Test func roundingNoiseIsAboutZero() throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == "grpo" })
    var session = Session(source: .scenario(scenario))
    let loss = try #require(session.trace.terms.indices.first { session.trace.text($0) == "loss" })
    #expect(session.trace.isRoundingNoise(loss) && session.trace.value(loss) != 0)
    _ = session.run("goto loss")
    let reply = session.run("p loss").text.plain
    #expect(reply.hasPrefix("loss = ≈ 0"))
    // A small number that is exact is none.
    #expect(
      session.trace.terms.indices.allSatisfy {
        !session.trace.isRoundingNoise($0) || session.trace.value($0).magnitude < 1e-13
      })
  }

  @Test(arguments: Scenario.builtIn)
  func theWorldFitsAScreenAndNamesItsModels(scenario: Scenario) {
    var session = Session(source: .scenario(scenario))
    let lines = session.greeting.plain.split(separator: "\n")
    #expect(lines.count <= 23)
    for line in lines { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
    let world = session.run("show world").text.plain
    for model in scenario.algorithm.models { #expect(world.contains(model.rawValue), "\(model)") }
    #expect(world.contains("learn"))
    for line in world.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
  }

  @Test func helpFitsAScreenAndNamesEveryCommand() {
    var session = Session(source: .scenario(.builtIn[0]))
    let help = session.run("help").text.plain
    let lines = help.split(separator: "\n")
    #expect(lines.count <= 23)
    for line in lines { #expect(NumberText.width(String(line)) <= 80, "\(line)") }
    let words = Set(help.split { " ,\n`".contains($0) }.map { String($0) })
    for command in Session.commandHelp {
      let name = String(command.usage.prefix { $0 != " " })
      #expect(words.contains(name), "\(name)")
    }
  }

  // MARK: Numbers in a text

  /// The numbers with a point outside of brackets and quotes.
  private func decimals(_ text: String) -> [String] {
    var found: [String] = []
    var depth = 0
    var isQuoted = false
    var word = ""
    for character in text + " " {
      if character == "\"" { isQuoted.toggle() }
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      let isPart = character.isNumber || character == "." || character == "e" || character == "-" && word.hasSuffix("e")
      if isPart, depth == 0, !isQuoted {
        word.append(character)
      } else {
        if word.contains("."), word.first?.isNumber == true { found.append(word) }
        word = ""
      }
    }
    return found.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.filter { $0.contains(".") }
  }

  private func isKnown(_ text: String, _ known: [Double]) -> Bool {
    guard let value = Double(text) else { return false }
    let parts = text.split(separator: "e")
    let decimals = parts[0].split(separator: ".").last?.count ?? 0
    let exponent = parts.count > 1 ? Int(String(parts[1])) ?? 0 : 0
    let tolerance = 0.5001 * pow(10, Double(exponent - decimals)) * (1 + 1e-9)
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle] < value - tolerance { low = middle + 1 } else { high = middle }
    }
    return low < known.count && known[low] <= value + tolerance
  }

  private struct Failure: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }
}
