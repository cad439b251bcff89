import Objectives

/// `config.yaml` of an export: the run's options under TRL's names.
struct TRLConfiguration {
  static let name = "config.yaml"

  let translator: TRLTranslator
  /// Lines for the options of `train.py` itself.
  let paths: [TRLTranslation.Line]
  let step: Int
  /// What differs in TRL apart from options.
  let remarks: [String]
  /// Values of this checkpoint that replace the run's.
  var changed: [String: String] = [:]

  private var trainer: Trainer { translator.trainer }

  /// What differs in TRL, for the user to be told.
  var notes: [String] {
    let options = AnyTrainingOption.all(for: trainer).compactMap { option -> String? in
      if case .absent(let reason) = translator.translation(of: option) { reason } else { nil }
    }
    return options + remarks
  }

  var yaml: String {
    let configuration = trainer.trl.name + "Config"
    var lines = [
      "# gradus train \(trainer.name), from step \(step) on: options of TRL \(trainer.trl.version)'s \(configuration), after those of train.py.",
      "#   accelerate launch --config_file accelerate.yaml train.py --config config.yaml",
      "", "# What train.py reads, as paths from here",
    ]
    lines += table(paths)
    let options = AnyTrainingOption.all(for: trainer)
    lines += ["", "# The run"] + table(options.filter(\.isOfTheRun).flatMap(entries) + also)
    let objective = table(options.filter { !$0.isOfTheRun }.flatMap(entries) + trainer.trl.fixed)
    if !objective.isEmpty { lines += ["", "# The objective"] + objective }
    lines += ["", "# How it is computed: as here it agrees with Gradus; on GPUs, see the comments"] + table(precision)
    if !notes.isEmpty {
      lines += ["", "# What differs from Gradus"] + notes.map { "#   \(SafeText.line($0))" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func entries(_ option: AnyTrainingOption) -> [TRLTranslation.Line] {
    guard case .lines(let lines) = translator.translation(of: option) else { return [] }
    return lines.map { line in
      TRLTranslation.Line(name: line.name, value: changed[line.name] ?? line.value, comment: line.comment)
    }
  }

  private var also: [TRLTranslation.Line] {
    [
      .init(name: "output_dir", value: "output"),
      .init(name: "report_to", value: "none", comment: "tensorboard, wandb, …"),
    ]
  }

  private var precision: [TRLTranslation.Line] {
    let settings = translator.settings
    var lines: [TRLTranslation.Line] = [
      .init(
        name: "bf16", value: settings[.bf16].text, comment: "true computes in bfloat16 and keeps the weights in 32 bits"
      ),
      .init(name: "fp16", value: "false"),
      .init(
        name: "gradient_checkpointing", value: settings[.gradientCheckpointing].text,
        comment: "true saves memory and costs time"),
      .init(name: "optim", value: "adamw_torch"),
    ]
    if trainer.trl.ownLoop == nil {
      lines.insert(
        .init(
          name: "model_init_kwargs", value: "{dtype: float32}",
          comment: "bfloat16 halves the memory, but small steps are then lost in rounding"), at: 0)
    }
    return lines
  }

  private func table(_ lines: [TRLTranslation.Line]) -> [String] {
    let fields = lines.map { "\($0.name): \($0.value)" }
    let width = zip(lines, fields).filter { !$0.0.comment.isEmpty }.map(\.1.count).filter { $0 <= 44 }.max() ?? 0
    return zip(lines, fields).map { line, field in
      if line.comment.isEmpty { return field }
      return field + String(repeating: " ", count: max(0, width - field.count)) + "  # " + line.comment
    }
  }
}
