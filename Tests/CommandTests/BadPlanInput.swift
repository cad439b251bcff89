import Foundation

extension BadInputGoldenTests {
  static let plan: [Case] =
    [
      "--params 7e9",
      "--params 7e9 --gpus 8 --ranks 2",
      "--gpus 8",
      "--params 7e9 --like llama-3-8b --gpus 1",
      "--like llama-3-8b --layers 3 --gpus 1",
      "--like lama-3-8b --gpus 1",
      "--like claude --gpus 1",
      "--model nowhere --gpus 1",
      "--params seven --gpus 1",
      "--params nan --gpus 1",
      "--params -1 --gpus 1",
      "--params 1e99 --gpus 1",
      "--params 7e9 --gpus 0",
      "--params 7e9 --gpus 1e3",
      "--params 7e9 --gpus 8 --trainer grop",
      "--params 7e9 --gpus 8 --dtype int4",
      "--params 7e9 --gpus 8 --zero 4",
      "--params 7e9 --gpus 8 --recompute half",
      "--params 7e9 --gpus 8 --batch-size 0",
      "--params 7e9 --gpus 8 --max-length 1",
      "--params 7e9 --gpus 8 --memory 0",
      "--params 7e9 --gpus 8 --flops inf",
      "--params 7e9 --gpus 8 --mfu 40",
      "--params 7e9 --gpus 8 --completion-length 5",
      "--params 7e9 --gpus 8 --trainer grpo --max-length 5 --completion-length 5",
      "--params 7e9 --gpus 8 --reference",
      "--params 7e9 --gpus 8 --workers 2",
      "--params 7e9 --ranks 4 --zero 2",
      "--params 7e9 --ranks 4 --dtype bf16",
      "--params 7e9 --gpus 8 --trainer grpo --num-generations 4",
      "--params 7e9 --ranks 4 --trainer ppo --num-generations 4",
      "--params 7e9 --ranks 4 --trainer grpo --num-generations 0",
      "--params 7e9 --ranks 4 --lora-target-modules q_proj",
      "--params 7e9 --ranks 4 --lora-r 0",
      "--like qwen2-0.5b --ranks 4 --lora-r 8 --lora-target-modules query",
      "--layers 4 --gpus 1",
      "--layers 4 --hidden-size 100 --heads 3 --gpus 1",
      "--layers 4 --hidden-size 128 --heads 4 --kv-heads 3 --gpus 1",
      "--layers 5000 --hidden-size 128 --gpus 1",
    ].map { Case(arguments: ["plan"] + $0.split(separator: " ").map(String.init)) }
    + [
      Case(
        arguments: ["plan", "--model", "m", "--gpus", "1"], files: ["m/config.json": "{\"model_type\": \"mamba\"}"]),
      Case(arguments: ["plan", "--model", "m", "--gpus", "1"], files: ["m/config.json": "{\"hidden_size\": "]),
    ]
}
