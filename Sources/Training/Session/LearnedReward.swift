import Formats
import Transformers

/// A reward model as one of `reward_funcs`: it reads texts with its own tokenizer.
final class LearnedReward: RewardFunction {
  let name = "model"
  private let model: LanguageModel

  init(path: String, workers: Workers) throws(TrainingError) {
    model = try LanguageModel.read(path, for: .frozen, workers: workers)
    guard model.model.configuration.head == .scalar else {
      throw TrainingError(.usage, "\(path): this is a language model; a reward model has a scalar head")
    }
  }

  func scores(_ completions: [ScoredCompletion]) -> [Double?] {
    model.model.scores(
      completions.map { item in
        let limit = TextLimit(model.model.configuration.positionLimit)
        return model.tokens(of: Example(prompt: item.prompt), item.completion, limit: limit).all
      })
  }
}
