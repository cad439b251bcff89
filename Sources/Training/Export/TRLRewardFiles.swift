import Formats
import Objectives

/// The rewards of a run that samples: `rewards.py`, and the folders of reward models that it reads.
struct TRLRewardFiles {
  let run: RunDirectory
  let inputs: RunInputs

  private var settings: TrainingSettings { run.configuration.settings }
  private var trainer: Trainer { settings.trainer }

  /// Writes what is needed, and returns what the user must take care of.
  func write(to folder: String) throws(TrainingError) -> [String] {
    guard trainer.options.contains(.rewardFuncs),
      trainer.trl.ownLoop == nil || inputs.rewardModel == nil || inputs.scoresByTemplate
    else { return [] }
    var (functions, remarks): ([TRLRewards.Function], [String]) = ([], [])
    var models = 0
    for rule in try rules() {
      switch rule {
      case .rule(.model(let path)):
        models += 1
        let name = models == 1 ? "reward_model" : "reward_model_\(models)"
        let model = try LanguageModel.read(path)
        try model.write(to: "\(folder)/\(name)")
        functions.append(function(of: model, in: name))
      case .rule(.command(let command, _)):
        remarks.append("reward_funcs command: '\(command)' is run in the export's folder; put what it needs there")
        functions.append(rule)
      case .rule(.regularExpression(let pattern)):
        if let part = Self.foreignPart(of: pattern) {
          remarks.append(
            "reward_funcs regex: Python does not read '\(part)' of '\(pattern)' so; change it in rewards.py")
        }
        functions.append(rule)
      default: functions.append(rule)
      }
    }
    if let cache = settings.objective.optionalNumber(.softPunishCache), cache > 0 {
      functions.append(.overlong(limit: settings.integer(.maxCompletionLength), cache: cache))
    }
    let rewards = TRLRewards(functions: functions, weights: weights(of: functions))
    try RunFile.write(rewards.python, to: "\(folder)/\(TRLRewards.name)")
    try TRLPython.rewardFunctions.write(to: folder)
    return remarks
  }

  /// The first part that only ICU's regular expressions have; Python writes it differently, or has none.
  private static func foreignPart(of pattern: String) -> String? {
    let foreign = [#"\p{"#, #"\P{"#, #"\h"#, #"\H"#, #"\R"#, #"\X"#, #"\Q"#, #"\z"#, #"\G"#, "(?<", "[:", "&&", "--["]
    return foreign.first { part in
      part == "(?<" ? pattern.firstMatch(of: /\(\?<[^=!]/) != nil : pattern.contains(part)
    }
  }

  /// Where TRL does not read them in `config.yaml`.
  private func weights(of functions: [TRLRewards.Function]) -> [Double] {
    if trainer.trl.readsRewardWeights { return [] }
    let weights = settings.numbers(.rewardWeights)
    return weights.isEmpty ? functions.map { _ in 1 } : weights
  }

  private func function(of model: LanguageModel, in folder: String) -> TRLRewards.Function {
    .model(
      folder: folder, ends: inputs.model.stops.map(Int.init),
      isOwn: model.tokenizer.files.tokenizer == inputs.model.tokenizer.files.tokenizer)
  }

  /// The reward model that scores, or what `reward_funcs` names, or the built-in task's own reward.
  private func rules() throws(TrainingError) -> [TRLRewards.Function] {
    if let model = inputs.rewardModel { return [function(of: model, in: "reward_model")] }
    let names = settings.names(.rewardFuncs)
    if !names.isEmpty { return try RewardSpecification.list(names).map { .rule($0) } }
    switch inputs.task?.name {
    case "film-reviews", "preferences": return [.gold]
    case "user-groups": return [.taste]
    default: return [.rule(.exactMatch(column: "answer"))]
    }
  }
}
