extension BadInputGoldenTests {
  private static func train(_ arguments: String..., files: [String: String] = [:]) -> Case {
    Case(arguments: ["train"] + arguments + ["--output", "run"], files: files)
  }

  private static let question = #"{"prompt": "1+1=", "completion": "2"}"#
  private static let pair = #"{"prompt": "1+1=", "chosen": "2", "rejected": "3"}"#

  static let train: [Case] = [
    Case(arguments: ["train"]),
    train("sftt"),
    train("sft", "--set", "lerning_rate=1"),
    train("sft", "--set", "kl_coef=1"),
    train("sft", "--set", "num_generations=2"),
    train("sft", "--set", "learning_rate=-1"),
    train("sft", "--set", "hidden_size=10"),
    train("sft", "--set", "num_key_value_heads=3"),
    train("sft", "--set", "per_device_train_batch_size=4"),
    train("sft", "--set", "fp16=true"),
    train("sft", "--set", "lr_scheduler_type=cosine_with_min_lr"),
    train("sft", "--set", "metric_for_best_model=accuracy", "--set", "max_steps=1"),
    train("sft", "--dataset", "data", files: ["data/readme.txt": ""]),
    train("sft", "--dataset", "task:addition", "--dataset", "a.jsonl", files: ["a.jsonl": question]),
    train("sft", "--dataset", "a.jsonl", "--set", "max_length=1", files: ["a.jsonl": question]),
    train("sft", "--record", "often"),
    train("sft", "--reward-model", "judge"),
    train("sft", "--dataset", "none.jsonl"),
    train("sft", "--dataset", "task:adition"),
    train("sft", "--dataset", "a.jsonl", files: ["a.jsonl": ""]),
    train(
      "sft", "--dataset", "a.jsonl", files: ["a.jsonl": question + "\n" + #"{"prompt": "2+2=", "compltion": "4"}"#]),
    train("sft", "--dataset", "a.jsonl", files: ["a.jsonl": question + "\n" + #"{"prompt": 2, "completion": "4"}"#]),
    train("sft", "--dataset", "a.jsonl", files: ["a.jsonl": question + "\n{"]),
    train("reward", "--dataset", "a.jsonl", files: ["a.jsonl": question]),
    train("dpo", "--dataset", "a.jsonl", files: ["a.jsonl": pair]),
    train("dpo", "--dataset", "task:addition"),
    train("dpo", "--set", "loss_type=sigmod"),
    train("dpo", "--set", "loss_type=exo_pair"),
    train("grpo", "--set", "batch_size=10"),
    train("grpo", "--set", "reward_funcs=exact_mach"),
    train("grpo", "--set", "reward_funcs=length"),
    train("ppo", "--set", "kl_estimator=exact"),
    train("ppo", "--set", "num_mini_batches=100"),
    train("sft", "--model", "none"),
    train("sft", "--model", "model", files: ["model/config.json": "{"]),
    train("sft", "--model", "model", files: ["model/config.json": #"{"model_type": "bert"}"#]),
    train("sft", "--config", "none.yaml"),
    train("sft", "--config", "a.yaml", files: ["a.yaml": "learning_rat: 1\n"]),
    train("sft", files: ["run/thesis.tex": "Introduction"]),
    train("sft", files: ["run": "a file"]),
    train("sft", "--resume"),
    train("sft", "--resume", "--set", "workers=2"),
    train("rlhf", "--resume"),
    train("rlhf", "--dataset", "a.jsonl", files: ["a.jsonl": question]),
    train("rlhf", "--config", "a.yaml", files: ["a.yaml": "seed: 1\n"]),
    train("rlhf", "--set", "kl_coef=0"),
  ]
}
