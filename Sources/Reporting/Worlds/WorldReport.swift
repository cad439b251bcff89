public import Documents
import Objectives
public import Simulation

/// Several algorithms in one world, to read or to compute with.
///
///     gradus compare ppo grpo dpo
public struct WorldReport {
  private let comparison: WorldComparison
  private let tables: WorldTables
  private let isBrief: Bool

  /// - Parameters:
  ///   - comparison: What was compared.
  ///   - isBrief: Whether to leave out what the columns mean, what each policy took, and its rounds.
  public init(_ comparison: WorldComparison, isBrief: Bool = false) {
    self.comparison = comparison
    self.isBrief = isBrief
    tables = WorldTables(comparison: comparison)
  }

  /// Tables within 80 columns.
  public var text: StyledText {
    var text = StyledText()
    text.line(tables.title, .heading)
    if !isBrief { for paragraph in tables.legend { Self.add(paragraph, to: &text) } }
    for table in isBrief ? tables.results : tables.tables { Self.add(table, to: &text) }
    text.line()
    text.line("What became of them", .heading)
    for finding in tables.findings { Self.add(finding, to: &text) }
    if isBrief { return text }
    for table in tables.progress { Self.add(table, to: &text) }
    text.line()
    Self.add(tables.rounds, to: &text)
    return text
  }

  private static func add(_ paragraph: String, to text: inout StyledText) {
    for line in NumberText.lines(paragraph, width: 78) { text.line("  " + line) }
  }

  private static func add(_ table: WorldTables.Table, to text: inout StyledText) {
    text.line()
    text.line(table.title, .heading)
    var columns = TextTable(header: table.header, alignedLeft: table.texts)
    for row in table.rows { columns.add(row) }
    text.add(columns.text)
  }

  /// The same as a Markdown document.
  /// - Parameter plot: The picture, as Markdown.
  public func markdown(plot: String) -> String {
    var page = MarkdownPage()
    page.heading(1, Markdown.text(tables.title))
    if !isBrief { for paragraph in tables.legend { page.paragraph(Markdown.text(paragraph)) } }
    page.paragraph(plot)
    for table in isBrief ? tables.results : tables.tables { Self.add(table, to: &page) }
    page.heading(2, "What became of them")
    page.list(tables.findings.map { Markdown.text($0) })
    if isBrief { return page.text + "\n" }
    for table in tables.progress { Self.add(table, to: &page) }
    page.paragraph(Markdown.text(tables.rounds))
    return page.text + "\n"
  }

  private static func add(_ table: WorldTables.Table, to page: inout MarkdownPage) {
    page.heading(2, table.title)
    var columns = MarkdownTable(
      Array(table.header.prefix(table.texts)), numbers: table.header.dropFirst(table.texts).map { Markdown.text($0) })
    columns.rows = table.rows.map { row in [Markdown.code(row[0])] + row.dropFirst().map { Markdown.text($0) } }
    page.table(columns)
  }

  /// Every number of every round: `{"world", "groups", "policies": [{"name", …, "rounds": […]}]}`.
  public var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("world")
    json.string(comparison.home)
    json.key("groups")
    json.strings(comparison.world.users.map { $0.name })
    json.key("policies")
    json.beginArray()
    for learner in comparison.learners { write(learner, to: &json) }
    json.endArray()
    json.endObject()
    return json.text
  }

  private func write(_ learner: WorldComparison.Learner, to json: inout JSONWriter) {
    json.beginObject()
    json.key("name")
    json.string(learner.label)
    json.key("algorithm")
    json.string(learner.algorithm.name)
    json.key("beta")
    json.number(learner.beta)
    json.key("models")
    json.strings(learner.models.map { $0.rawValue })
    json.key("labels")
    json.integer(learner.labels)
    json.key("round")
    json.string(learner.round)
    json.key("rewards_part_after_round")
    if let round = comparison.parting(learner) { json.integer(round) } else { json.null() }
    json.key("rounds")
    json.beginArray()
    for round in learner.rounds { write(round, to: &json) }
    json.endArray()
    json.endObject()
  }

  private func write(_ round: WorldComparison.Round, to json: inout JSONWriter) {
    json.beginObject()
    let numbers: [(String, Double?)] = [
      ("true_reward", round.trueReward), ("learned_reward", round.learnedReward), ("kl", round.kl),
      ("kl_to_optimum", round.distance), ("demonstration_logp", round.demonstrationLogp),
      ("forgotten", comparison.forgotten(round)),
    ]
    for (name, value) in numbers {
      json.key(name)
      if let value { json.number(value) } else { json.null() }
    }
    json.key("group_rewards")
    json.numbers(round.groupRewards)
    json.key("responses")
    json.integer(round.responses)
    json.key("steps")
    json.integer(round.steps)
    json.endObject()
  }
}
