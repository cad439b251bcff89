import Documents
import Formats
import Testing
import Transformers

@testable import Training

/// What a learned reward reads: what it was trained on, whatever asks it.
@Suite struct LearnedScoreTests {
  private static let template =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}<eos>\n{% endfor %}"
    + "{% if add_generation_prompt %}assistant: {% endif %}"
  private static let pair =
    #"{"prompt": [{"role": "user", "content": "Is it good?"}], "chosen": [{"role": "assistant", "content": "It is."}], "#
    + #""rejected": [{"role": "assistant", "content": "It was, obviously."}]}"#

  /// A reward model that reads conversations, in a folder.
  private final class Judge {
    let folder: TemporaryFolder
    let model: LanguageModel
    var path: String { "\(folder.path)/judge" }

    init(template: String? = LearnedScoreTests.template, of name: String = "llama-tiny") throws {
      folder = try TemporaryFolder()
      let language = try LanguageModel.read(modelPath(name), workers: Workers(1))
      model = LanguageModel(language.model.withScalarHead(seed: 3), language.tokenizer)
      try model.write(to: path)
      if let template { try folder.write(template, "judge/chat_template.jinja") }
    }

    func read(_ rows: String, as kind: Dataset.Kind) throws -> Dataset {
      let reader = DatasetReader(path: "data.jsonl", kind: kind, chat: try ChatFormat.read(path))
      return Dataset(name: "d", kind: kind, examples: try reader.examples(Array(rows.utf8)))
    }
  }

  /// An answer that the policy wrote, and whether it wrote the token that ends it.
  private func answer(
    _ text: String, to example: Example, by policy: LanguageModel, isEnded: Bool
  ) -> ScoredCompletion {
    let tokens = policy.tokens(of: Example(prompt: example.prompt), text, isEnded: isEnded, limit: TextLimit(1000))
    return policy.completion(Rollout(example: example, text: tokens, isComplete: isEnded))
  }

  /// The score of an answer is the one that the pair was trained on, also where the answer was cut off.
  @Test(arguments: [true, false])
  func anAnswerIsScoredAsItWasTrained(isEnded: Bool) throws {
    let judge = try Judge()
    let example = try judge.read(Self.pair, as: .prompts).examples[0]
    let pair = try judge.model.pairs(judge.read(Self.pair, as: .pairs), limit: TextLimit(1000))[0]
    let trained = judge.model.model.scores([pair.chosen.all, pair.rejected.all])
    let reward = try LearnedReward(path: judge.path, workers: Workers(1))
    let answers = ["It is.", "It was, obviously."].map {
      answer($0, to: example, by: judge.model, isEnded: isEnded)
    }
    #expect(try reward.scores(answers) == trained)
    #expect(trained[0] != trained[1])
  }

  /// PPO, online DPO and ReMax ask as GRPO does.
  @Test(arguments: [Trainer.ppo, .onlineDPO, .remax])
  func everyTrainerAsksAlike(trainer: Trainer) throws {
    let judge = try Judge()
    let data = try judge.read(Self.pair, as: .prompts)
    let policy = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    var inputs = RunInputs(
      settings: TrainingSettings(trainer), task: nil, data: data, heldOut: nil, model: policy,
      rewardModel: judge.model, namedRewards: nil)
    inputs.rewardTemplate = try ChatFormat.answerTemplate(judge.path)
    let rollouts = policy.shownRollouts(4, of: data.examples + data.examples, inputs.settings)
    let reward = try LearnedReward(path: judge.path, workers: Workers(1))
    #expect(try ScoredSampling(inputs).scores(rollouts) == reward.scores(rollouts.map(policy.completion)))
  }

  /// An answer that the prompt begins is one answer.
  @Test func aBegunAnswerIsOneMessage() throws {
    let judge = try Judge()
    let begun = Self.pair.replacing(
      #""Is it good?"}]"#, with: #""Is it good?"}, {"role": "assistant", "content": "It"}]"#)
    let example = try judge.read(begun, as: .prompts).examples[0]
    let template = try #require(try ChatFormat.answerTemplate(judge.path))
    let parts = try template(ScoredCompletion(" is.", of: example))
    #expect(parts?.prompt == "user: Is it good?<eos>\nassistant: It" && parts?.completion == " is.<eos>\n")
  }

  /// Without a conversation the tokens are those that the policy wrote: a text that was cut off has no end.
  @Test(arguments: [true, false])
  func aTextIsScoredAsItWasWritten(isEnded: Bool) throws {
    let judge = try Judge()
    let item = answer(" fine", to: Example(prompt: "It is"), by: judge.model, isEnded: isEnded)
    let written = try #require(item.written)
    #expect(written.isEnded == isEnded)
    let reward = try LearnedReward(path: judge.path, workers: Workers(1))
    #expect(try reward.scores([item]) == judge.model.model.scores([written.text.all]))
    // By its own tokenizer, too.
    let other = try Judge(template: nil, of: "llama-bpe")
    let read = other.model.tokens(of: Example(prompt: "It is"), " fine", isEnded: isEnded, limit: TextLimit(1000))
    let foreign = try LearnedReward(path: other.path, workers: Workers(1))
    #expect(try foreign.scores([item]) == other.model.model.scores([read.all]))
  }

  @Test func aConversationNeedsATemplateOrThePolicysTokens() throws {
    let judge = try Judge()
    let example = try judge.read(Self.pair, as: .prompts).examples[0]
    let item = answer("It is.", to: example, by: judge.model, isEnded: true)
    let other = try Judge(template: nil, of: "llama-bpe")
    let reward = try LearnedReward(path: other.path, workers: Workers(1))
    let error = #expect(throws: TrainingError.self) { try reward.scores([item]) }
    #expect(error?.message.hasPrefix("the prompts are conversations, and the reward model has neither a chat") == true)
  }
}
