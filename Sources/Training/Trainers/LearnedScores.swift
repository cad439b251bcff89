import Formats
import Transformers

/// What the chat template of a reward model makes of a completion's conversation; nil for what is no conversation.
typealias AnswerTemplate =
  @Sendable (ScoredCompletion) throws(TrainingError) -> (prompt: String, completion: String)?

/// A completion in the tokens of the model that sampled it.
struct WrittenTokens: Sendable {
  let text: TextTokens
  let tokenizer: Tokenizer
  /// Whether its last token is one that ends a text.
  let isEnded: Bool
}

extension LanguageModel {
  /// The scores of a reward model, which reads texts as it was trained to.
  ///
  /// Of a conversation that is what its chat template makes of prompt and completion, with the end of the turn also where a
  /// completion was cut off; otherwise it is the completion as the policy wrote it, with the token that ends a text if it
  /// wrote one. Source: TRL `GRPOTrainer._calculate_rewards`, which ends no text but by a template; what its tokenizer
  /// puts in front of texts stands here as in `RewardTrainer`, which has trained it.
  func scores(_ items: [ScoredCompletion], template: AnswerTemplate?) throws(TrainingError) -> [Double] {
    // They are all one policy's.
    let isOwn = items.first?.written?.tokenizer.files.tokenizer == tokenizer.files.tokenizer
    var texts: [[Int32]] = []
    for item in items { texts.append(try scored(item, template, isOwn: isOwn).all) }
    return model.scores(texts)
  }

  private func scored(
    _ item: ScoredCompletion, _ template: AnswerTemplate?, isOwn: Bool
  ) throws(TrainingError) -> TextTokens {
    let limit = TextLimit(model.configuration.positionLimit)
    if let (prompt, completion) = try template?(item) {
      var example = Example(prompt: prompt)
      example.conversation = item.example.conversation
      return tokens(of: example, completion, limit: limit)
    }
    if isOwn, let written = item.written { return written.text.cut(to: limit) }
    guard item.example.conversation == nil else {
      throw TrainingError(
        .usage,
        "the prompts are conversations, and the reward model has neither a chat template to read them with nor the policy's "
          + "tokenizer: put a chat_template.jinja into its folder")
    }
    return tokens(
      of: Example(prompt: item.prompt), item.completion, isEnded: item.written?.isEnded ?? true, limit: limit)
  }
}
