import ArgumentParser
import Objectives
import Training

extension CompletionKind {
  /// `option=value` of the trainer that is named on the line; of all stages for `rlhf`.
  static var trainingOptions: CompletionKind {
    .candidates { line in
      let choices =
        line.others.contains("rlhf")
        ? Trainer.rlhf.flatMap { OptionChoice.all(for: $0, prefix: "\($0.name).") }
        : OptionChoice.all(for: line.others.lazy.compactMap(Trainer.named).first ?? .sft, prefix: "")
      return OptionChoice.candidates(choices, for: line.word)
    }
  }

  /// The built-in tasks, and files with rows.
  static var datasets: CompletionKind {
    .candidates { line in
      BuiltInTask.names.map { Candidate(BuiltInTask.prefix + $0) }
        + FileNames.candidates(line.word, endings: ["jsonl", "json", "ndjson", "csv", "gz"])
    }
  }
}

extension OptionChoice {
  fileprivate static func all(for trainer: Trainer, prefix: String) -> [OptionChoice] {
    AnyTrainingOption.all(for: trainer).map { option in
      OptionChoice(
        name: prefix + option.name, sentence: option.sentence, values: option.values,
        standard: option.standard(for: trainer).text)
    }
  }
}

extension AnyTrainingOption {
  fileprivate var values: [String] {
    switch self {
    case .objective(let option): option.description.kind.values
    case .run(let option):
      if case .value(let kind) = option.description.kind { kind.values } else { [] }
    }
  }
}
