import Formats
import Testing
import Transformers

@testable import Training

/// What `assistant_only_loss` learns of a conversation, and what it leaves alone.
@Suite struct AnswerMaskTests {
  private func objective(_ assignments: [String] = []) throws -> SupervisedObjective {
    let model = try LanguageModel.read(modelPath("llama-bpe"))
    var settings = TrainingSettings(.sft)
    for assignment in assignments {
      let parts = assignment.split(separator: "=").map(String.init)
      try settings.set(name: parts[0], to: parts[1])
    }
    return SupervisedObjective(model: model, settings: settings, examples: [])
  }

  private static let text = "user: the film? assistant: it was good. user: more? assistant: no."

  private static func conversation() throws -> Dataset {
    var example = Example(prompt: "", completion: text)
    example.conversation = Conversation()
    example.answers = [27..<39, 63..<66]
    return Dataset(name: "d", kind: .completions, examples: [example])
  }

  @Test func theLossIsTheMeanOverTheAnswersAlone() throws {
    let objective = try objective(["assistant_only_loss=true"])
    let items = try objective.items(try Self.conversation())
    let text = items[0].texts[0]
    let isLearned = try #require(text.isLearned)
    let learned = zip(text.response, isLearned).filter { $1 }.map { $0.0 }
    #expect(objective.model.tokenizer.decode(learned) == "it was good.no.")
    #expect(objective.weight(items[0]) == learned.count)

    let pass = objective.model.model.forward(objective.texts(items), keepsActivations: true)
    let (loss, _) = objective.loss(items, pass, title: nil, observer: TrainerObserver())
    let logps = objective.model.model.logps([text])[0]
    let mean = -zip(logps, isLearned).filter { $1 }.map { $0.0 }.reduce(0, +) / Double(learned.count)
    #expect(abs((loss.metrics.first?.value ?? .nan) - mean) < 1e-6)
    for (gradient, isLearned) in zip(loss.gradients, isLearned) {
      #expect(isLearned ? abs(gradient + 1 / Float(learned.count)) < 1e-6 : gradient == 0)
    }
  }

  @Test func withoutTheOptionAllIsLearned() throws {
    let objective = try objective()
    var data = try Self.conversation().examples[0]
    data.answers = nil
    let items = try objective.items(Dataset(name: "d", kind: .completions, examples: [data]))
    #expect(items[0].texts[0].isLearned == nil)
    #expect(objective.model.tokenizer.decode(items[0].texts[0].all) == Self.text)
  }

  @Test func aConversationIsNotEndedAgain() throws {
    let model = try LanguageModel.read(modelPath("llama-bpe"))
    let end = try #require(model.end.first)
    let name = model.tokenizer.token(end)
    let plain = model.tokens(of: Example(prompt: "a"), "b", limit: TextLimit(100))
    #expect(plain.response.last == end)
    let ended = model.tokens(of: Example(prompt: "a"), "b" + name, limit: TextLimit(100))
    #expect(ended == plain)
    var conversation = Example(prompt: "a")
    conversation.conversation = Conversation()
    #expect(model.tokens(of: conversation, "b", limit: TextLimit(100)).response == Array(plain.response.dropLast()))
  }

  @Test func whatCannotBeLearnedIsAnError() throws {
    let objective = try objective(["assistant_only_loss=true"])
    var example = Example(prompt: "", completion: "x y z")
    func message() -> String {
      do throws(TrainingError) {
        _ = try objective.items(Dataset(name: "d", kind: .completions, examples: [example]))
        return ""
      } catch {
        return error.message
      }
    }
    #expect(message().contains("assistant_only_loss needs a conversation"))
    (example.conversation, example.answers) = (Conversation(), [])
    #expect(message().contains("the assistant says nothing in this conversation"))
  }
}
