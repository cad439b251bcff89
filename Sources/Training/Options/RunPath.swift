/// The files and folders that a run is given; what is not given is built in.
public enum RunPath: String, CaseIterable, Sendable {
  case model
  case rewardModel = "reward_model"
  case dataset
  case evalDataset = "eval_dataset"
  case output

  var sentence: String {
    switch self {
    case .model: "A Hugging Face folder to start from; null makes a model from nothing."
    case .rewardModel: "The folder of the reward model; null rewards by rule."
    case .dataset: "The JSON lines to learn from; null takes the built-in task."
    case .evalDataset: "The JSON lines to evaluate on; null takes those of the built-in task, if any."
    case .output: "Where the run is written."
    }
  }

  /// The paths that mean something to a trainer.
  static func all(for trainer: Trainer) -> [RunPath] {
    allCases.filter { $0 != .rewardModel || trainer.samples }
  }
}
