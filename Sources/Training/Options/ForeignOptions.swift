/// Options of TRL 1.16 and transformers 5 that are something else here, or nothing: what to do about them.
///
/// What has the same name and meaning is not among them.
public struct ForeignOption: Sendable {
  public let names: [String]
  /// What stands in its place; or why nothing does.
  public let advice: String
  /// Whether there is something in its place.
  public let hasCounterpart: Bool
  /// The trainers that it is meant for; empty for all.
  public var trainers: [String] = []

  private static func instead(_ names: String, _ advice: String, of trainers: [String] = []) -> ForeignOption {
    ForeignOption(
      names: names.split(separator: " ").map { String($0) }, advice: advice, hasCounterpart: true, trainers: trainers)
  }

  private static func missing(_ names: String, _ reason: String, of trainers: [String] = []) -> ForeignOption {
    ForeignOption(
      names: names.split(separator: " ").map { String($0) }, advice: reason, hasCounterpart: false, trainers: trainers)
  }

  /// What to say about an option of a trainer; nil where it is not known.
  static func advice(_ name: String, for trainer: Trainer) -> String? {
    let found = all.first { option in
      option.names.contains(name) && (option.trainers.isEmpty || option.trainers.contains(trainer.name))
    }
    return found.map { $0.hasCounterpart ? "here it is \($0.advice)" : $0.advice }
  }

  public static let all: [ForeignOption] = counterparts + withoutCounterpart

  private static let withoutCounterpart: [ForeignOption] = [
    missing("optim optim_args optim_target_modules", "the optimizer is AdamW"),
    missing("label_smoothing_factor", "the loss has no smoothing of the labels; label_smoothing of DPO is another"),
    missing(
      "fp16 bf16_full_eval fp16_full_eval tf32 cast_lm_head_to_fp32",
      "numbers have 32 bits, and with bf16 the factors of matrix products are rounded to bfloat16"),
    missing(
      "gradient_checkpointing_kwargs activation_checkpointing_kwargs activation_offloading torch_empty_cache_steps",
      "gradient_checkpointing keeps what goes into each layer, in memory"),
    missing(
      "torch_compile torch_compile_backend torch_compile_mode use_liger_kernel liger_kernel_config use_cache "
        + "cache_implementation ds3_gather_for_generation full_determinism use_cpu auto_find_batch_size",
      "the kernels are its own, on CPUs, and repeat to the bit"),
    missing("neftune_noise_alpha disable_dropout", "there is no noise, and no dropout but lora_dropout"),
    missing(
      "average_tokens_across_devices ddp_find_unused_parameters ddp_bucket_cap_mb ddp_broadcast_buffers ddp_static_graph "
        + "ddp_backend ddp_timeout fsdp fsdp_config deepspeed accelerator_config parallelism_config local_rank "
        + "eval_use_gather_object log_on_each_node save_on_each_node",
      "several processes are started by mpirun, and share each batch"),
    missing(
      "logging_nan_inf_filter", "a step whose loss is NaN or infinite ends the run"),
    missing(
      "log_level log_level_replica disable_tqdm debug skip_memory_metrics include_num_input_tokens_seen "
        + "log_completions_hub_repo log_multimodal log_unique_prompts project trackio_space_id trackio_bucket_id "
        + "trackio_static_space_id",
      "every step is in metrics.jsonl and TensorBoard's file, and samples are in samples.jsonl"),
    missing(
      "push_to_hub hub_token hub_private_repo hub_model_id hub_strategy hub_always_push hub_revision",
      "nothing is sent anywhere; `hf upload` sends the folder `model`"),
    missing(
      "eval_delay prediction_loss_only eval_do_concat_batches eval_accumulation_steps include_for_metrics "
        + "batch_eval_metrics label_names", "evaluation gives the trainer's own metrics"),
    missing(
      "save_only_model enable_jit_checkpoint restore_callback_states_from_checkpoint",
      "a checkpoint has all that the run needs to go on, and Ctrl-C writes one"),
    missing(
      "dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers "
        + "dataloader_prefetch_factor dataloader_multiprocessing_context dataloader_in_order dataset_num_proc dataset_kwargs "
        + "remove_unused_columns length_column_name pad_to_multiple_of padding_free pad_token",
      "data are read once, and texts are neither padded nor loaded by workers"),
    missing(
      "model_init_kwargs trust_remote_code router_aux_loss_coef dtype attn_implementation model_revision",
      "a model is what its folder says; no code in it is run, and there are no mixtures of experts"),
    missing("eos_token", "the model's own token ends a text: eos_token in tokenizer_config.json"),
    missing("dataset_text_field", "a whole text is the column text"),
    missing("eval_packing", "evaluation gives the same numbers packed or not", of: ["sft"]),
    missing("loss_type", "the loss is the mean of −log π", of: ["sft"]),
    missing(
      "sync_ref_model ref_model_mixup_alpha ref_model_sync_steps", "the reference stays what the run began with",
      of: ["kto", "grpo"]),
    missing(
      "precompute_ref_log_probs precompute_ref_batch_size",
      "mismatched responses are asked for in every step", of: ["kto"]),
    missing(
      "use_vllm vllm_mode vllm_model_impl vllm_enable_sleep_mode vllm_structured_outputs_regex vllm_server_base_url "
        + "vllm_server_host vllm_server_port vllm_server_timeout vllm_group_port vllm_gpu_memory_utilization "
        + "vllm_max_model_length vllm_tensor_parallel_size use_transformers_paged use_transformers_continuous_batching "
        + "transformers_continuous_batching_config", "the model samples by itself"),
    missing("max_tool_calling_iterations", "no tools are called while sampling"),
    missing(
      "use_rslora use_dora lora_target_parameters lora_modules_to_save lora_task_type load_in_8bit load_in_4bit "
        + "bnb_4bit_quant_type use_bnb_nested_quant bnb_4bit_quant_storage", "adapters are plain LoRA in 32 bits"),
    missing("teacher_model_revision teacher_model_init_kwargs", "a teacher is what its folder says", of: ["distill"]),
    missing(
      "num_generations num_iterations num_generations_eval distillation_is_clip",
      "each prompt has one response, which is learned from once", of: ["distill"]),
    missing("num_loss_tokens_to_skip", "every token of a response counts", of: ["distill"]),
    missing("generate_from_teacher", "the student writes, or reads what is given (lmbda)", of: ["distill"]),
    missing(
      "teacher_prompt_template", "the solution stands before the prompt, with a blank line between", of: ["distill"]),
    missing("use_teacher_server", "the teacher is asked here", of: ["distill"]),
    missing(
      "multi_objective_aggregation", "rewards are summed before they are compared", of: ["grpo"]),
  ]

  private static let counterparts: [ForeignOption] = [
    instead("output_dir run_name", "--output DIR"),
    instead("model_name_or_path", "--model DIR"),
    instead("dataset_name dataset_train_split", "--dataset FILE"),
    instead("dataset_test_split", "--eval-dataset FILE"),
    instead("resume_from_checkpoint ignore_data_skip", "--resume, which goes on to the same bits"),
    instead(
      "per_device_train_batch_size per_gpu_train_batch_size train_batch_size", "batch_size, of all processes together"),
    instead("per_device_eval_batch_size eval_batch_size", "batch_size, also where something is evaluated"),
    instead(
      "steps_per_generation generation_batch_size", "gradient_accumulation_steps: a batch is sampled for each step"),
    instead("distillation_alpha", "beta", of: ["distill"]),
    instead("reward_model_path", "--reward-model DIR", of: ["online-dpo"]),
    instead("max_length", "max_prompt_length and max_completion_length", of: ["online-dpo"]),
    instead("num_generations_eval", "one greedy answer to each held-out prompt", of: ["grpo"]),
    instead("max_seq_length", "max_length"),
    instead("max_new_tokens response_length", "max_completion_length"),
    instead("logging_strategy logging_first_step", "logging_steps; metrics.jsonl has every step"),
    instead(
      "eval_strategy evaluation_strategy eval_on_start do_eval do_train do_predict",
      "eval_steps, 0 for none; what is held out is also evaluated before the first step"),
    instead("save_strategy", "save_steps, 0 for the end alone; the best checkpoint is saved by metric_for_best_model"),
    instead("early_stopping_threshold", "early_stopping_patience alone; whatever is better counts"),
    instead("data_seed", "seed"),
    instead("shuffle_dataset train_sampling_strategy", "shuffle"),
    instead("chat_template_path", "chat_template.jinja in the model's folder"),
    instead("chat_template_kwargs", "a column of this name in the data"),
    instead(
      "generation_kwargs", "the options min_p, repetition_penalty and stop_strings",
      of: ["grpo", "distill", "online-dpo"]),
    instead("stop", "stop_strings", of: ["grpo", "ppo", "remax", "distill", "online-dpo"]),
    instead("log_completions", "num_completions_to_print, at each evaluation"),
    instead("use_adaptive_entropy", "adap_ent_ctrl", of: ["grpo", "ppo"]),
    instead("entropy_target", "target_entropy", of: ["grpo", "ppo"]),
    instead("entropy_coef_min", "min_ent_coef", of: ["grpo", "ppo"]),
    instead("entropy_coef_max", "max_ent_coef", of: ["grpo", "ppo"]),
    instead("entropy_coef_delta", "delta_ent_coef", of: ["grpo", "ppo"]),
    instead("vllm_importance_sampling_cap", "vllm_importance_sampling_clip_max", of: ["grpo"]),
    instead("precompute_ref_batch_size", "batch_size", of: ["dpo"]),
    instead("reference_free", "a loss_type that needs no reference, simpo or orpo", of: ["dpo"]),
    instead("activation_checkpointing", "gradient_checkpointing"),
    instead("lr", "learning_rate"),
    instead("epochs", "num_train_epochs"),
  ]
}
