public import Objectives
import Transformers

/// Every setting of a training run that is not the objective's own: the one table behind `config.yaml`, `--set` and the help.
///
/// Names are those of transformers' `TrainingArguments` and TRL's configurations where they have the option.
public enum TrainingOption: Int, CaseIterable, Sendable {
  case batchSize, gradientAccumulationSteps, maxSteps, numTrainEpochs
  case learningRate, lrSchedulerType, lrSchedulerKwargs, warmupSteps, warmupRatio
  case weightDecay, maxGradNorm, adamBeta1, adamBeta2, adamEpsilon
  case usePEFT, loraRank, loraAlpha, loraTargetModules, loraDropout, gradientCheckpointing, bf16
  case seed, shuffle, workers
  case maxLength, truncationMode, packing, packingStrategy, maxPromptLength, maxCompletionLength
  case completionOnlyLoss, assistantOnlyLoss, implicitPrompt, precomputeReference
  case numGenerations, numIterations, numPPOEpochs, numMiniBatches
  case temperature, topK, topP, minP, repetitionPenalty, stopStrings, targetKL
  case rewardFuncs, rewardWeights
  case loggingSteps, evalSteps, saveSteps, saveTotalLimit
  case metricForBestModel, greaterIsBetter, loadBestModelAtEnd, earlyStoppingPatience
  case record, reportTo, sampleTexts
  case numHiddenLayers, hiddenSize, numAttentionHeads, numKeyValueHeads, intermediateSize

  public struct Description: Sendable {
    public let name: String
    public let kind: Kind
    /// The value for every trainer without one of its own among its `standards`.
    public let standard: OptionValue
    /// One sentence for the help and as the comment in `config.yaml`.
    public let sentence: String
    public let source: String
  }

  public enum Kind: Sendable {
    case value(Option.Kind)
    /// Names with commas between them; `\,` is a comma within a name.
    case names
    /// Numbers with commas between them.
    case numbers
    /// A name of somebody else's, such as a metric's.
    case name
    /// True, false, or left open.
    case optionalFlag
    /// Numbers with names, as a JSON object.
    case parameters
  }

  public var name: String { description.name }

  /// The options of a trainer, in the table's order.
  public static func all(for trainer: Trainer) -> [TrainingOption] {
    allCases.filter { $0.trainers.contains(trainer) }
  }

  public static func named(_ name: String) -> TrainingOption? { allCases.first { $0.name == name } }

  /// The trainers to which the option means something: those that name it, or else all.
  public var trainers: [Trainer] {
    let own = Trainer.all.filter { $0.options.contains(self) }
    return own.isEmpty ? Trainer.all : own
  }

  /// What trainers have in common that sample responses themselves.
  static let ofSampling: [TrainingOption] = [
    .maxPromptLength, .maxCompletionLength, .temperature, .topK, .topP, .minP, .repetitionPenalty, .stopStrings,
  ]

  /// The same, where rules may reward the responses.
  static let ofRewarded: [TrainingOption] = ofSampling + [.rewardFuncs, .rewardWeights]

  /// The value where nobody says anything else.
  public func standard(for trainer: Trainer) -> OptionValue { trainer.standards[self] ?? description.standard }

  public var description: Description {
    switch self {
    case .batchSize:
      row(
        "batch_size", .integer(1...65536), 32, "Examples, pairs or responses per forward and backward pass.",
        "transformers per_device_train_batch_size; TRL OnPolicyConfig batch_size")
    case .gradientAccumulationSteps:
      row(
        "gradient_accumulation_steps", .integer(1...65536), 1, "Passes whose gradients one optimizer step adds up.",
        "transformers TrainingArguments")
    case .maxSteps:
      row(
        "max_steps", .integer(-1...1_000_000_000), -1,
        "The optimizer steps after which training ends; -1 leaves that to num_train_epochs.",
        "transformers TrainingArguments")
    case .numTrainEpochs:
      row(
        "num_train_epochs", .number(0...1e6), 3, "Passes over all data, if max_steps is -1.",
        "transformers TrainingArguments")
    case .learningRate:
      row(
        "learning_rate", .number(0...1e3), 1e-3, "The size of an optimizer step, after the warm-up.",
        "transformers TrainingArguments, for far larger models")
    case .lrSchedulerType:
      row(
        "lr_scheduler_type", .choice(Schedule.Kind.allCases.map { $0.rawValue }), "linear",
        "How the learning rate changes until the last step.", "transformers TrainingArguments")
    case .lrSchedulerKwargs:
      list(
        "lr_scheduler_kwargs", .parameters,
        "Numbers of the schedule: num_cycles of the cosines, min_lr or min_lr_rate of cosine_with_min_lr.",
        "transformers TrainingArguments")
    case .warmupSteps:
      row(
        "warmup_steps", .integer(0...1_000_000_000), 0, "The steps in which the learning rate rises from 0.",
        "transformers TrainingArguments")
    case .warmupRatio:
      row(
        "warmup_ratio", .number(0...1), 0, "The same as a share of all steps, if warmup_steps is 0.",
        "transformers 4 TrainingArguments; in 5, warmup_steps below 1")
    case .weightDecay:
      row(
        "weight_decay", .number(0...1e3), 0,
        "AdamW pulls every weight towards 0 by this times the learning rate; biases and norms are left alone.",
        "transformers TrainingArguments; Loshchilov and Hutter 2017")
    case .maxGradNorm:
      row(
        "max_grad_norm", .optionalNumber(1e-9...1e9), 1, "Longer gradients are scaled down to this length.",
        "transformers TrainingArguments; torch.nn.utils.clip_grad_norm_")
    case .adamBeta1:
      row(
        "adam_beta1", .number(0...0.999999), 0.9, "Adam's memory of the gradient.", "transformers TrainingArguments")
    case .adamBeta2:
      row(
        "adam_beta2", .number(0...0.999999), 0.999, "Adam's memory of the squared gradient.",
        "transformers TrainingArguments")
    case .adamEpsilon:
      row(
        "adam_epsilon", .number(1e-30...1), 1e-8, "Keeps Adam from dividing by zero.",
        "transformers TrainingArguments")
    case .usePEFT:
      row(
        "use_peft", false, "Trains low-rank adapters (LoRA) and leaves the model's own weights as they are.",
        "TRL ModelConfig; Hu et al. 2021")
    case .loraRank:
      row("lora_r", .integer(1...65536), 16, "The rank of each adapter.", "TRL ModelConfig; PEFT LoraConfig r")
    case .loraAlpha:
      row(
        "lora_alpha", .number(1e-9...1e9), 32, "What an adapter adds is multiplied by this, divided by lora_r.",
        "TRL ModelConfig; PEFT LoraConfig")
    case .loraTargetModules:
      Description(
        name: "lora_target_modules", kind: .names, standard: .choice(LowRank.everywhere),
        sentence: "The projections that get an adapter, such as q_proj,v_proj; all-linear is all of them.",
        source: "TRL ModelConfig; PEFT LoraConfig target_modules, q_proj,v_proj there")
    case .loraDropout:
      row(
        "lora_dropout", .number(0...0.999), 0,
        "The share of each adapter's input that is dropped while it is trained; sampling and references keep all.",
        "PEFT LoraConfig; TRL ModelConfig has 0.05")
    case .gradientCheckpointing:
      row(
        "gradient_checkpointing", false,
        "Computes each layer again on the way back instead of keeping it: less memory, a third more time, the same weights.",
        "transformers TrainingArguments; Chen et al. 2016")
    case .bf16:
      row(
        "bf16", false,
        "Rounds the factors of matrix products to bfloat16, which AVX-512 BF16 multiplies twice as fast; all else has 32 bits.",
        "transformers TrainingArguments; Micikevicius et al. 2017, Mixed Precision Training")
    case .seed:
      row(
        "seed", .integer(0...(Int(exactly: 1 << 53 as Int64) ?? .max)), 42,
        "The seed of all random numbers of the run.",
        "transformers TrainingArguments")
    case .shuffle:
      row("shuffle", true, "Draws a new order for each epoch; without it the file's order stays.", "torch DataLoader")
    case .workers:
      row(
        "workers", .integer(0...1024), 0, "Threads among which a batch is split; 0 takes one per core.",
        "the weights do not depend on it")
    case .maxLength:
      row(
        "max_length", .integer(1...1_000_000), 1024, "The most tokens of prompt and response; what follows is cut off.",
        "TRL SFTConfig, RewardConfig, DPOConfig")
    case .truncationMode:
      row(
        "truncation_mode", .choice(Truncation.allCases.map { $0.rawValue }), "keep_start",
        "Which part of a longer text stays within max_length; skip leaves the example out.",
        "TRL SFTConfig, DPOConfig, without skip")
    case .packing:
      row(
        "packing", false,
        "Fills each of the batch_size rows with several examples, up to max_length tokens together; none sees another.",
        "TRL SFTConfig")
    case .packingStrategy:
      row(
        "packing_strategy", .choice(Packing.allCases.map { $0.rawValue }), "bfd",
        "Packs the longest first, each where it fits best: bfd cuts longer texts off, bfd_split learns their pieces.",
        "TRL SFTConfig, which also has wrapped")
    case .maxPromptLength:
      row(
        "max_prompt_length", .integer(1...1_000_000), 512,
        "The most tokens of a prompt; what comes earlier is cut off.",
        "TRL GRPOConfig")
    case .maxCompletionLength:
      row(
        "max_completion_length", .integer(1...1_000_000), 32, "The most tokens of a response.",
        "TRL GRPOConfig, 256 there; OnPolicyConfig response_length, 53")
    case .completionOnlyLoss:
      row(
        "completion_only_loss", true, "Learns only the completion's tokens, not the prompt's.",
        "TRL SFTConfig")
    case .assistantOnlyLoss:
      row(
        "assistant_only_loss", false, "Of conversations, learns only what the assistant wrote.", "TRL SFTConfig")
    case .implicitPrompt:
      row(
        "implicit_prompt", .choice(["word", "trl"]), "word",
        "Where pairs have no prompt, what they share at the beginning is it: whole words, or up to the first character that differs.",
        "TRL extract_prompt (trl)")
    case .precomputeReference:
      row(
        "precompute_ref_log_probs", false,
        "Asks the reference for everything before the first step and keeps no copy of it.", "TRL DPOConfig")
    case .numGenerations:
      row(
        "num_generations", .integer(1...65536), 8,
        "How many answers are sampled to each prompt, to be compared; batch_size is a multiple of it.",
        "TRL GRPOConfig")
    case .numIterations:
      row(
        "num_iterations", .integer(1...1000), 1, "How often each batch is learned from before it is thrown away.",
        "TRL GRPOConfig; Shao et al. 2024, DeepSeekMath, algorithm 1, mu")
    case .numPPOEpochs:
      row(
        "num_ppo_epochs", .integer(1...1000), 4, "How often each batch is learned from before it is thrown away.",
        "TRL PPOConfig")
    case .numMiniBatches:
      row(
        "num_mini_batches", .integer(1...65536), 1,
        "The parts into which an epoch splits the batch; each is one optimizer step.", "TRL OnPolicyConfig")
    case .temperature:
      row(
        "temperature", .number(0.01...100), 1, "Divides the logits, when sampling and when learning.",
        "TRL GRPOConfig; OnPolicyConfig, 0.7 there")
    case .topK:
      row(
        "top_k", .integer(0...10_000_000), 0, "Samples from this many of the likeliest tokens; 0 from all.",
        "TRL GRPOConfig")
    case .topP:
      row(
        "top_p", .number(1e-6...1), 1, "Samples from the likeliest tokens that together have this probability.",
        "TRL GRPOConfig")
    case .minP:
      row(
        "min_p", .number(0...1), 0, "Samples from tokens at least this many times as likely as the likeliest.",
        "TRL GRPOConfig; Nguyen et al. 2024")
    case .repetitionPenalty:
      row(
        "repetition_penalty", .number(0.01...100), 1,
        "Makes tokens that were there before less likely when sampling, if above 1.",
        "TRL GRPOConfig; Keskar et al. 2019")
    case .stopStrings:
      list(
        "stop_strings", .names, "Texts with which a response ends, as with its end of text; they stay in it.",
        "transformers GenerationConfig; by TRL's generation_kwargs")
    case .targetKL:
      row(
        "target_kl", .optionalNumber(1e-9...1e9), nil,
        "Ends the run's learning from a batch once the policy has moved this far from the one that sampled it.",
        "CleanRL ppo.py; OpenAI Spinning Up, PPO, 0.01")
    case .rewardFuncs:
      list("reward_funcs", .names, "What responses are rewarded for; the rewards are added up.", "TRL GRPOTrainer")
    case .rewardWeights:
      list("reward_weights", .numbers, "The weight of each of reward_funcs; empty means 1.", "TRL GRPOConfig")
    case .loggingSteps:
      row(
        "logging_steps", .integer(1...1_000_000_000), 10,
        "Steps between two printed lines; metrics.jsonl has every one.",
        "transformers TrainingArguments, 500 there")
    case .evalSteps:
      row(
        "eval_steps", .integer(0...1_000_000_000), 50, "Steps between two evaluations on held-out data; 0 for none.",
        "transformers TrainingArguments")
    case .saveSteps:
      row(
        "save_steps", .integer(0...1_000_000_000), 100, "Steps between two checkpoints; 0 saves at the end alone.",
        "transformers TrainingArguments, 500 there")
    case .saveTotalLimit:
      row(
        "save_total_limit", .integer(0...1_000_000), 2, "How many of the latest checkpoints are kept; 0 keeps all.",
        "transformers TrainingArguments, all there")
    case .metricForBestModel:
      list(
        "metric_for_best_model", .name,
        "The metric of held-out data by which checkpoints are compared, with or without eval_ before it.",
        "transformers TrainingArguments")
    case .greaterIsBetter:
      list(
        "greater_is_better", .optionalFlag, "Whether more of it is better; null for yes unless it ends with loss.",
        "transformers TrainingArguments")
    case .loadBestModelAtEnd:
      row(
        "load_best_model_at_end", false, "Makes the best checkpoint the run's model; it is kept in any case.",
        "transformers TrainingArguments")
    case .earlyStoppingPatience:
      row(
        "early_stopping_patience", .integer(0...1_000_000), 0,
        "Ends the run after this many evaluations in a row that were not the best so far; 0 never does.",
        "transformers EarlyStoppingCallback")
    case .record:
      row(
        "record", .integer(0...1_000_000_000), 0,
        "Steps between two batches recorded for `gradus step`; 0 records none.", "this trainer")
    case .reportTo:
      row(
        "report_to", .choice(["tensorboard", "none"]), "tensorboard",
        "Where metrics go beside metrics.jsonl: into a file for TensorBoard, or nowhere.",
        "transformers TrainingArguments, none there")
    case .sampleTexts:
      row(
        "num_completions_to_print", .integer(0...10_000), 4, "How many texts are sampled at each evaluation.",
        "TRL GRPOConfig")
    case .numHiddenLayers:
      row(
        "num_hidden_layers", .integer(1...1024), 4, "Layers of a newly made model.", "transformers LlamaConfig")
    case .hiddenSize:
      row("hidden_size", .integer(1...65536), 128, "The width of such a model.", "transformers LlamaConfig")
    case .numAttentionHeads:
      row(
        "num_attention_heads", .integer(1...1024), 4, "Its query heads, which divide the width.",
        "transformers LlamaConfig")
    case .numKeyValueHeads:
      row(
        "num_key_value_heads", .integer(1...1024), 4, "Its key and value heads, which divide the query heads.",
        "transformers LlamaConfig; Ainslie et al. 2023, GQA")
    case .intermediateSize:
      row("intermediate_size", .integer(1...262144), 384, "The width of its MLP.", "transformers LlamaConfig")
    }
  }
}
