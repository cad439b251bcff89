import Objectives
import Simulation
import Transformers

extension Trainer {
  /// Two sampled responses to each prompt, the better one preferred: DPO on pairs of the policy's own.
  public static let onlineDPO = Trainer(
    name: "online-dpo", algorithm: .onlineDPO, data: .prompts, makesModel: false, options: TrainingOption.ofRewarded,
    standards: [.learningRate: .number(2e-4), .batchSize: .integer(32), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(5e-7), .batchSize: .integer(8)],
    suited: [
      ("film-reviews", [("max_steps", "120"), ("max_completion_length", "14"), ("eval_steps", "20")])
    ],
    task: { _ in "film-reviews" }, problem: { Batch.preferenceProblem($0.objective) },
    method: { (inputs) throws(TrainingError) in
      OnlineDPOTrainer(try ScoredSampling(inputs), settings: inputs.settings)
    },
    trl: TRLTrainer(
      name: "OnlineDPO",
      obstacle: { _ in
        "a run of online-dpo is not handed over to TRL yet; its model, in the folder model, can go on with TRL's OnlineDPOTrainer"
      }))
}
