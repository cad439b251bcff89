import Objectives

/// `config.yaml` of an export: the run's options under TRL's names.
struct TRLConfiguration {
  static let name = "config.yaml"

  let translator: TRLTranslator
  /// Lines for what `train.py` is given beside TRL's options.
  let paths: [TRLTranslation.Line]
  let step: Int
  /// What differs in TRL beside options.
  let remarks: [String]
  /// Values of this checkpoint that stand in the place of the run's.
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
    let configuration = trainer.trlName + "Config"
    var lines = [
      "# gradus train \(trainer.rawValue), from step \(step) on: options of \(trainer.trlVersion)'s \(configuration), after those of train.py.",
      "#   accelerate launch --config_file accelerate.yaml train.py --config config.yaml",
      "", "# What train.py reads, as paths from here",
    ]
    lines += table(paths)
    let options = AnyTrainingOption.all(for: trainer)
    lines += ["", "# The run"] + table(options.filter(\.isOfTheRun).flatMap(entries) + also)
    let objective = table(options.filter { !$0.isOfTheRun }.flatMap(entries) + fixed)
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

  /// What TRL has options for and Gradus does in one way.
  private var fixed: [TRLTranslation.Line] {
    switch trainer {
    case .sft:
      [.init(name: "loss_type", value: "nll"), .init(name: "packing", value: "false")]
    case .reward: []
    case .dpo:
      [
        .init(
          name: "precompute_ref_log_probs", value: "false", comment: "true asks the reference once and saves its memory"
        )
      ]
    case .grpo: [.init(name: "use_vllm", value: "false", comment: "true samples much faster on GPUs")]
    case .ppo:
      [.init(name: "stop_token", value: "eos"), .init(name: "num_sample_generations", value: "0")]
    }
  }

  private var precision: [TRLTranslation.Line] {
    var lines: [TRLTranslation.Line] = [
      .init(name: "bf16", value: "false", comment: "true computes in bfloat16 and keeps the weights in 32 bits"),
      .init(name: "fp16", value: "false"),
      .init(name: "gradient_checkpointing", value: "false", comment: "true saves memory and costs time"),
      .init(name: "optim", value: "adamw_torch"),
    ]
    if trainer != .ppo {
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

extension Trainer {
  /// How TRL's classes for it begin.
  var trlName: String {
    switch self {
    case .sft: "SFT"
    case .reward: "Reward"
    case .dpo: "DPO"
    case .grpo: "GRPO"
    case .ppo: "PPO"
    }
  }

  /// TRL 1.16 has no PPO; 0.23 has.
  var trlVersion: String { self == .ppo ? "TRL 0.23" : "TRL 1.16" }
}
