import Foundation
import Objectives
import Training

/// The tables of `Documentation/training.md` and `training-options.md`, between `<!-- training NAME -->` and `<!-- /training -->`.
enum TrainingTables {
  /// The text with every table as the program has it.
  static func current(_ text: String) throws -> String {
    var text = text
    try replace("options", in: &text) { runOptions }
    try replace("trl", in: &text) { foreign }
    try replace("tasks", in: &text) { try tasks() }
    try replace("objectives", in: &text) { "\n" + Trainer.all.map(objective).joined() }
    return text
  }

  private static func replace(_ name: String, in text: inout String, by table: () throws -> String) throws {
    guard let start = text.range(of: "<!-- training \(name) -->\n"),
      let end = text.range(of: "<!-- /training -->", range: start.upperBound..<text.endIndex)
    else { return }
    text.replaceSubrange(start.upperBound..<end.lowerBound, with: try table())
  }

  /// The run's own options, each once.
  private static var runOptions: String {
    let rows = TrainingOption.allCases.map { option in
      let row = option.description
      return "| `\(row.name)` | \(trainers(option)) | \(standards(option)) | \(row.sentence) | \(row.source) |\n"
    }
    return "| option | trainers | standard | what it does | source |\n| --- | --- | --- | --- | --- |\n" + rows.joined()
  }

  /// What TRL and transformers have and is something else here, or nothing.
  private static var foreign: String {
    let rows = ForeignOption.all.map { option in
      let names = option.names.filter { name in !option.isOwn(name) }.map { "`\($0)`" }.joined(separator: ", ")
      let trainers = option.trainers.isEmpty ? "all" : option.trainers.joined(separator: ", ")
      return names.isEmpty
        ? "" : "| \(names) | \(trainers) | \(option.hasCounterpart ? "yes" : "no") | \(option.advice) |\n"
    }
    return "| option | trainers | here | instead |\n| --- | --- | --- | --- |\n" + rows.joined()
  }

  private static func trainers(_ option: TrainingOption) -> String {
    option.trainers.count == Trainer.all.count ? "all" : option.trainers.map(\.name).joined(separator: ", ")
  }

  /// The value of most trainers, and those of the others with their names.
  private static func standards(_ option: TrainingOption) -> String {
    let usual = option.description.standard
    let others = option.trainers.filter { option.standard(for: $0) != usual }
    let own = others.map { "\($0.name): \(option.standard(for: $0).text)" }
    return (others.count == option.trainers.count ? own : [usual.text] + own).joined(separator: "; ")
  }

  /// The section of a trainer's own options.
  private static func objective(_ trainer: Trainer) -> String {
    let rows = AnyTrainingOption.all(for: trainer).compactMap { option in
      guard case .objective = option else { return nil as String? }
      return "| `\(option.name)` | \(option.standard(for: trainer).text) | \(option.sentence) | \(option.source) |\n"
    }
    let table = "| option | standard | what it does | source |\n| --- | --- | --- | --- |\n" + rows.joined()
    return "### `\(trainer.name)`\n\n" + (rows.isEmpty ? "It has no options beyond the run's.\n" : table) + "\n"
  }

  /// What each built-in task changes for the trainers that can learn it, if anything.
  private static func tasks() throws -> String {
    var table = "| task | trainer | options that suit it |\n| --- | --- | --- |\n"
    for name in BuiltInTask.names {
      let task = try BuiltInTask.named(name, seed: 42)
      for trainer in Trainer.all where task.has(what: trainer) {
        let path = BuiltInTask.prefix + name
        let settings = try RunConfiguration.resolved(trainer, paths: [.dataset: [path]]).settings
        let changes = settings.changed.map { "`\($0.name)` \(settings[$0].text)" }
        guard !changes.isEmpty else { continue }
        table += "| `\(path)` | \(trainer.name) | \(changes.joined(separator: ", ")) |\n"
      }
    }
    return table
  }
}

extension ForeignOption {
  /// Whether all of its trainers have an option of that name.
  fileprivate func isOwn(_ name: String) -> Bool {
    let meant = Trainer.all.filter { trainers.isEmpty || trainers.contains($0.name) }
    return meant.allSatisfy { trainer in AnyTrainingOption.all(for: trainer).contains { $0.name == name } }
  }
}

extension BuiltInTask {
  /// Whether there is anything for the trainer to learn from.
  fileprivate func has(what trainer: Trainer) -> Bool {
    !training[trainer.data].examples.isEmpty
  }
}
