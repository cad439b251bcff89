import Documents
import Formats
import Transformers

/// A reward model as one of `reward_funcs`: it reads texts with its own tokenizer and its own chat template.
final class LearnedReward: RewardFunction {
  let name = "model"
  private let model: LanguageModel
  private let template: AnswerTemplate?

  init(path: String, workers: Workers) throws(TrainingError) {
    model = try LanguageModel.read(path, for: .frozen, workers: workers)
    guard model.model.configuration.head == .scalar else {
      throw TrainingError(.usage, "\(path): this is a language model; a reward model has a scalar head")
    }
    template = try ChatFormat.answerTemplate(path)
  }

  func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    try model.scores(completions, template: template)
  }
}

extension ChatFormat {
  /// How the reward model in a folder reads what is scored; nil without a chat template.
  static func answerTemplate(_ path: String) throws(TrainingError) -> AnswerTemplate? {
    let found: ChatFormat?
    do throws(FileError) {
      found = try ModelDirectory.chatFormat(path)
    } catch {
      throw TrainingError(error)
    }
    guard let format = found else { return nil }
    return { (item) throws(TrainingError) in
      guard let conversation = item.example.conversation, let place = conversation.messages.first else { return nil }
      let text = ChatText(format: format, variables: conversation.variables, place: place)
      do throws(DocumentError) {
        return try text.parted(conversation.messages, completion: item.completion)
      } catch {
        throw TrainingError(error, in: item.example.source)
      }
    }
  }
}
