import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension MarkdownTrace {
  /// The tiny world of a scenario: its language, what people wrote and preferred, and what the frozen models learned from it.
  mutating func writeWorld() {
    guard case .scenario(let scenario) = source else { return }
    if let process = scenario.decisions { return writeProcess(process) }
    let world = scenario.world
    let algorithm = scenario.algorithm
    // What learns from demonstrations alone samples nothing that would have to end.
    let length = algorithm.option(.responseLength).map { scenario.settings.integer($0) }
    page.heading(2, "The world")
    let end = length.map { " or for \(Self.count($0, "token"))" } ?? ""
    page.paragraph(
      "The language has \(world.vocabulary.count) tokens: "
        + world.vocabulary.map { Markdown.code($0) }.joined(separator: " ")
        + ". A response goes on from its prompt until " + Markdown.code(world.vocabulary[world.eos]) + end
        + ". The prompts are " + world.prompts.map { Markdown.code(world.text($0)) }.joined(separator: ", ") + ".")
    if algorithm.has(.reference) || algorithm.has(.teacher) || algorithm.material == .demonstrations {
      let pupil = algorithm.has(.reference) ? "reference" : algorithm.words().learner
      page.paragraph("From these **demonstrations** the \(pupil) learns to write:")
      page.table(demonstrations(world.demonstrations, world))
    }
    if trace.isRecorded(.teacherLoss) {
      page.paragraph("From these good responses the **teacher** learns to write:")
      page.table(demonstrations(world.lessons, world))
    }
    let learnsReward = algorithm.has(.rewardModel) || trace.isRecorded(.rewardWeight)
    if learnsReward || algorithm.material == .pairs, !world.preferences.isEmpty {
      let pupil = learnsReward ? "reward model learns to score" : "policy learns what to write"
      page.paragraph("From these **preferences** the \(pupil):")
      page.table(preferences(world))
    }
    if algorithm.material == .judgements {
      page.paragraph("From these **judgements** the policy learns what to write:")
      page.table(judgements(world))
    }
    if !world.answers.isEmpty {
      page.paragraph(
        algorithm.has(.teacher)
          ? "Each prompt has one right **answer**:"
          : "A response earns 1 if it is the only right **answer**, otherwise 0:")
      page.table(answers(world))
    }
    if !world.users.isEmpty {
      page.paragraph("What one of each token in a response is worth to **users** of each kind:")
      page.table(users(world))
    }
    if algorithm.has(.reference) {
      write("What the **reference** has learned, and the policy starts from", .referenceLogit, world)
    }
    if algorithm.has(.teacher) {
      write("What the **policy** starts from", .referenceLogit, world)
      write("What the **teacher** would write", .teacherLogit, world)
    }
    if learnsReward { writeRewardWeights(world) }
  }

  private func demonstrations(_ all: [World.Demonstration], _ world: World) -> MarkdownTable {
    var table = MarkdownTable(["Prompt", "Response"], numbers: ["How often"])
    var seen: [World.Demonstration] = []
    for demonstration in all where !seen.contains(demonstration) {
      seen.append(demonstration)
      table.rows.append([
        Markdown.code(world.text(demonstration.prompt)), Markdown.code(world.text(demonstration.response)),
        "\(all.count { $0 == demonstration })",
      ])
    }
    return table
  }

  private func preferences(_ world: World) -> MarkdownTable {
    let hasMargins = world.preferences.contains { $0.margin != nil }
    var table = MarkdownTable(["Prompt", "Preferred", "Rejected"] + (hasMargins ? ["Margin"] : []))
    for preference in world.preferences {
      let margin = hasMargins ? [preference.margin.map { Markdown.number($0) } ?? ""] : []
      table.rows.append(
        [preference.prompt, preference.chosen, preference.rejected].map { Markdown.code(world.text($0)) } + margin)
    }
    return table
  }

  /// As `World` makes them of its preferences where it has no others.
  private func judgements(_ world: World) -> MarkdownTable {
    var table = MarkdownTable(["Prompt", "Response", "Judged"])
    for judgement in world.judged {
      table.rows.append([
        Markdown.code(world.text(judgement.prompt)), Markdown.code(world.text(judgement.response)),
        judgement.isDesirable ? "desirable" : "undesirable",
      ])
    }
    return table
  }

  private func answers(_ world: World) -> MarkdownTable {
    var table = MarkdownTable(["Prompt", "Answer"])
    for (prompt, answer) in zip(world.prompts, world.answers) {
      table.rows.append([Markdown.code(world.text(prompt)), Markdown.code(world.text(answer))])
    }
    return table
  }

  private func users(_ world: World) -> MarkdownTable {
    let liked = world.vocabulary.indices.filter { token in world.users.contains { $0.likes[token] != 0 } }
    var table = MarkdownTable(["Users"], numbers: liked.map { Markdown.code(world.vocabulary[$0]) })
    for kind in world.users {
      table.rows.append([Markdown.text(kind.name)] + liked.map { Markdown.number(kind.likes[$0]) })
    }
    return table
  }

  private mutating func write(_ what: String, _ logits: Quantity, _ world: World) {
    let table = PolicyTable(trace, source: source)
    let heat = table.temperature == 1 ? "" : " at temperature \(NumberText.plain(table.temperature))"
    page.paragraph("\(what): the probability of the next token\(heat).")
    writeTable(
      table.probabilities(of: logits, at: trace.beats.count - 1), ["after"], table.states, world.vocabulary)
  }

  private mutating func writeRewardWeights(_ world: World) {
    let last = trace.beats.count - 1
    let weights = world.vocabulary.indices.map { trace.value(.rewardWeight, $0, at: last) ?? 0 }
    page.paragraph("What the **reward model** has learned: each token of a response adds its weight to the score.")
    writeTable([weights], [], [], world.vocabulary)
  }

  /// Numbers over the vocabulary, as many rows and columns as can be read.
  private mutating func writeTable(
    _ rows: [[Double]], _ corner: [String], _ names: [String], _ vocabulary: [String]
  ) {
    let shown = rows.telling(rows: Self.tableRows, columns: Self.tableColumns)
    var table = MarkdownTable(corner, numbers: shown.columns.map { Markdown.code(vocabulary[$0]) })
    for a in shown.rows {
      let name = a < names.count ? [Markdown.code(names[a])] : []
      table.rows.append(name + shown.columns.map { Markdown.fixed(rows[a][$0], 3) })
    }
    table.note = leftOut(shown, of: rows.count, vocabulary.count)
    page.table(table)
  }

  static let tableRows = 24
  static let tableColumns = 12
}
