import Foundation
import Testing

/// `gradus export trl`: what it writes for each trainer, and what it says of what cannot be. `Tests/Interop` runs the scripts.
@Suite struct ExportTRLTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TrainingTests/Models").path

  private static let small = ["max_steps=4", "save_steps=2", "eval_steps=0", "num_completions_to_print=0", "workers=1"]

  /// Options that have no counterpart are among them.
  private static let options: KeyValuePairs<String, [String]> = [
    "sft": ["max_length=60", "completion_only_loss=false", "gradient_accumulation_steps=2", "max_grad_norm=none"],
    "reward": ["batch_size=16", "record=4", "save_total_limit=0"],
    "dpo": ["batch_size=10", "shuffle=false", "loss_type=ipo", "warmup_steps=1", "ld_alpha=0.5"],
    "kto": ["batch_size=10", "gradient_accumulation_steps=2", "undesirable_weight=1.5"],
    "grpo": [
      "batch_size=8", "num_generations=4", "num_iterations=2", "beta=0.04", "max_completion_length=6", "target_kl=9",
      "soft_punish_cache=2", "dynamic_sampling=true", "epsilon_high=0.28", "reward_weights=1,0.5,2,1",
      #"reward_funcs=exact_match,arithmetic,regex:pattern=^["\d]+$,length:target=4"#,
    ],
    "ppo": [
      "batch_size=8", "num_ppo_epochs=2", "max_completion_length=6", "top_k=5", "cliprange_value=none",
      "whiten_advantages=false", "reward_funcs=length:target=3,command:run=while read line; do echo 1; done",
    ],
    "online-dpo": [
      "batch_size=4", "max_completion_length=6", "top_p=0.9", "loss_type=ipo", "beta=0.2", "label_smoothing=0",
      "missing_eos_penalty=1", "reward_funcs=length:target=3,exact_match", "reward_weights=1,0.5",
    ],
    "distill": ["batch_size=4", "max_completion_length=6", "beta=0.5", "loss_agg_mode=seq-mean-token-mean"],
  ]

  private func train(_ trainer: String, in program: Program) throws {
    var arguments = ["train", trainer, "--output", "run", "--model", "\(Self.models)/llama-tiny", "--dataset"]
    if ["sft", "reward", "dpo", "kto"].contains(trainer) {
      arguments.append("\(Self.models)/polite-preferences/train.jsonl")
    } else {
      let questions = (0..<6).map { #"{"prompt": "\#($0)+1=", "answer": "\#($0 + 1)", "group": "a"}"# + "\n" }
      try program.write(questions.joined(), to: "questions.jsonl")
      arguments.append("questions.jsonl")
    }
    if trainer == "distill" { arguments += ["--teacher", "\(Self.models)/llama-tiny"] }
    let own = Self.options.first { $0.key == trainer }?.value ?? []
    let result = try program(arguments + (Self.small + own).flatMap { ["--set", $0] })
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  private func files(_ folder: String, in program: Program) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: program.file(folder).path).sorted().filter { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: program.file("\(folder)/\(name)").path, isDirectory: &isFolder)
      return !isFolder.boolValue
    }
  }

  @Test(arguments: options.map { $0.key })
  func whatIsWrittenIsAsRecorded(trainer: String) throws {
    let program = try Program()
    try train(trainer, in: program)
    let result = try program(["export", "trl", "run", "--checkpoint", "2", "--output", "new/export"])
    #expect(result.exitCode == 0)
    #expect(result.output == "")
    let files = try files("new/export", in: program)
    var text = "$ gradus export trl run --checkpoint 2 --output new/export\n\(result.errors)"
    text += "\n==> files <==\n" + files.map { $0 + "\n" }.joined()
    let shown = [
      "README.md", "config.yaml", "accelerate.yaml", "rewards.py", "checkpoint-2/trainer_state.json",
      "data/order.jsonl",
    ]
    for file in shown where files.contains(file) {
      text += "\n==> \(file) <==\n" + (try program.read("new/export/\(file)"))
    }
    // The folder can be copied to another machine.
    #expect(!text.contains(program.folder.path) && !text.contains(Self.models))
    try Golden.expect(text, "export-trl-\(trainer).txt")
    // The scripts are those of the repository.
    let scripts = [
      "train.py": "train_\(trainer.replacing("-", with: "_")).py", "continuation.py": "continuation.py",
      "reward_functions.py": "reward_functions.py",
    ]
    for (name, source) in scripts where files.contains(name) {
      let original = PagesTests.root.appending(path: "integrations/trl-export/\(source)")
      #expect(try program.read("new/export/\(name)") == String(contentsOf: original, encoding: .utf8))
    }
  }

  @Test func whatCannotBeIsToldExactly() throws {
    let program = try Program()
    try train("dpo", in: program)
    func refused(
      _ arguments: String..., code: Int32, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    )
      throws
    {
      let before = try files(".", in: program)
      let result = try program(["export", "trl"] + arguments)
      #expect(result.errors == "Error: \(message)\n", sourceLocation: sourceLocation)
      #expect(result.exitCode == code, sourceLocation: sourceLocation)
      #expect(
        try files(".", in: program).filter { !$0.hasPrefix(".streams") } == before.filter { !$0.hasPrefix(".streams") },
        sourceLocation: sourceLocation)
    }
    try refused(
      "none", code: 66, "none: there is no run, since config.yaml is missing; name the --output of `gradus train`")
    try refused(
      ".", code: 66, ".: there is no run, since config.yaml is missing; there are runs in it: ./run")
    try refused(
      "run", "--checkpoint", "3", code: 66,
      "run/checkpoint-000003: there is no such checkpoint; there are checkpoint-000002, checkpoint-000004")
    try refused(
      "run", "--checkpoint", "4", code: 64,
      "run: the run has ended with step 4, which leaves nothing to go on with; --checkpoint 2 goes on from there, "
        + "--checkpoint 0 begins again")
    try refused(
      "run", "--checkpoint=-1", code: 64,
      "--checkpoint -1: write the step of a checkpoint, or 0 for the run's beginning")
    try program.write("mine", to: "full/thesis.tex")
    try refused(
      "run", "--output", "full", code: 64,
      "full: is there already and not an empty folder; choose another --output")
    try refused(
      "run", "--output", "full/thesis.tex", code: 64,
      "full/thesis.tex: is there already and not an empty folder; choose another --output")
    try refused(
      "run", "--output", "full/thesis.tex/x", code: 74,
      "\(program.folder.path)/full/thesis.tex: the folder cannot be made: there is a file of that name")

    try program.write("too short", to: "run/checkpoint-000002/training.safetensors")
    let damaged = try program(["export", "trl", "run"])
    #expect(damaged.exitCode == 65)
    #expect(
      damaged.errors.hasPrefix("Error: run/checkpoint-000002 is damaged: training.safetensors has 9 bytes instead of "))
    // The beginning needs no checkpoint; an empty folder may be there.
    try FileManager.default.createDirectory(at: program.file("empty"), withIntermediateDirectories: true)
    let begun = try program(["export", "trl", "run", "--checkpoint", "0", "--output", "empty"])
    #expect(
      begun.errors.hasSuffix("empty goes on from step 0 of 4; its README.md says how\n"), "\(begun.errors)")
    #expect(try !files("empty", in: program).contains { $0.hasPrefix("checkpoint") })
  }

  @Test(arguments: [
    ("dpo", "loss_type=simpo", "loss_type simpo is not one of TRL's DPOTrainer, so the run cannot go on there"),
    (
      "grpo", "num_generations=1",
      "num_generations 1 leaves TRL's GRPOTrainer nothing to compare, so the run cannot go on there"
    ),
    (
      "online-dpo", "loss_type=hinge",
      "loss_type hinge is not one of TRL's OnlineDPOTrainer (sigmoid, ipo), so the run cannot go on there"
    ),
    (
      "distill", "lmbda=0.5",
      "lmbda 0.5: TRL's DistillationTrainer learns from sampled responses alone, so the run cannot go on there; its "
        + "experimental GKDTrainer has lmbda, and draws for each pass, not for each step"
    ),
    (
      "distill", "distillation_mode=sampled_token",
      "distillation_mode sampled_token: TRL's DistillationTrainer compares whole distributions (full_logits), so the run "
        + "cannot go on there"
    ),
    (
      "ppo", "kl_estimator=k2", "kl_estimator k2 is not one of TRL's PPOTrainer (k1, k3), so the run cannot go on there"
    ),
  ])
  func whatTRLLacksAltogetherIsRefused(trainer: String, option: String, message: String) throws {
    let program = try Program()
    try train(trainer, in: program)
    // Nothing but the option in the run's own file counts.
    let (name, value) = (option.prefix { $0 != "=" }, option.drop { $0 != "=" }.dropFirst())
    let lines = try program.read("run/config.yaml").split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasPrefix("\(name): ") ? "\(name): \(value)" : String($0)
    }
    try program.write(lines.joined(separator: "\n"), to: "run/config.yaml")
    let result = try program(["export", "trl", "run", "--output", "export"])
    #expect(result.errors == "Error: \(message)\n")
    #expect(result.exitCode == 64)
  }
}
