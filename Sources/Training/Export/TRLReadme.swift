/// `README.md` of an export.
struct TRLReadme {
  let trainer: Trainer
  let step: Int
  let totalSteps: Int
  let notes: [String]
  let files: [String]

  var markdown: String {
    let from = step == 0 ? "from its beginning" : "from step \(step) of \(totalSteps) on"
    return """
      # A run of `gradus train \(trainer.name)`, to go on in TRL

      This folder continues the run \(from), with TRL \(trainer.trl.version) on GPUs. It needs nothing from outside and can be
      copied to another machine. In it:

      ```sh
      pip install \(trainer.trl.requirement) accelerate\(hasAdapter ? " peft" : "")
      accelerate launch --config_file accelerate.yaml train.py --config config.yaml
      ```

      `accelerate.yaml` says on how many GPUs; `accelerate launch --num_processes 1 …` takes one, and
      `python3 train.py --config config.yaml` is enough on a CPU. The trained model comes to `output/`.\(goingOn)

      | | |
      | --- | --- |
      \(rows.joined(separator: "\n"))

      ## What agrees

      \(agreement)

      \(notes.isEmpty ? "" : "## What differs\n\n" + notes.map { "- \(SafeText.markdown($0))" }.joined(separator: "\n") + "\n")
      """
  }

  private var hasAdapter: Bool { files.contains("adapter") }

  private var goingOn: String {
    trainer.trl.ownLoop != nil
      ? "" : "\nA run that was stopped goes on with `--resume_from_checkpoint output/checkpoint-N`."
  }

  private var rows: [String] {
    let meanings: [(String, String)] = [
      ("train.py", "the script: short, to be read and changed"),
      ("continuation.py", "what lets TRL go on where the run stood: order of the data, moments, learning rate"),
      ("rewards.py", "what completions are rewarded for"),
      ("reward_functions.py", "the functions that it chooses from"),
      ("config.yaml", "the run's options under TRL's names, for `--config`"),
      ("accelerate.yaml", "for `accelerate launch`"),
      ("data", "`train.jsonl` in TRL's columns, `order.jsonl` with the order in which the run reads it"),
      ("model", firstModel),
      (
        "adapter",
        "LoRA adapters on it as the run began, in PEFT's format\(trainer.hasReference ? "; with them it is the reference" : "")"
      ),
      ("critic", "the critic"), ("reward_model", "what scores responses"), ("teacher", "the teacher"),
      ("checkpoint-\(step)", "weights, AdamW's moments by parameter, the step"),
    ]
    return meanings.filter { files.contains($0.0) }.map { "| `\($0.0)` | \($0.1) |" }
  }

  private var firstModel: String {
    if hasAdapter { return "the weights on which the adapters stand; the tokenizer" }
    if trainer.trl.ownLoop != nil { return "the frozen reference: what the run began with; the tokenizer" }
    return "what the run began with\(trainer.hasReference ? ", which is the reference" : ""); the tokenizer"
  }

  private var agreement: String {
    trainer.samples
      ? """
      The weights, the moments, the learning rate, the prompts and their order are the same. The completions are not: they
      are sampled with torch's random numbers, so that rewards and losses agree on average alone.
      """
      : """
      With 32 bits, as `config.yaml` has it, each step's loss and gradient norm are those that Gradus would have had, but
      for rounding: the weights, the moments, the learning rate, the tokens and the order of the data are the same. With
      `bf16` or on many GPUs they are near.
      """
  }
}
