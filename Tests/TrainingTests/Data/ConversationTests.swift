import Documents
import Formats
import Foundation
import Testing

@testable import Training

/// Conversations as rows of data, read by a chat template: TRL's conversational formats.
@Suite struct ConversationTests {
  private static let chatML =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
  /// As Qwen3's: a thought stands before the last answer alone.
  private static let thinking =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if loop.last and m.role == 'assistant' %}<think></think>{% endif %}"
    + "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
  private static let marked =
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"

  private func examples(
    _ rows: String, as kind: Dataset.Kind, template: String = chatML, findsAnswers: Bool = false
  ) throws -> [Example] {
    let folder = try ScratchFolder()
    try Data(template.utf8).write(to: URL(filePath: "\(folder.path)/chat_template.jinja"))
    try Data(#"{"bos_token": {"content": "<s>"}}"#.utf8).write(
      to: URL(filePath: "\(folder.path)/tokenizer_config.json"))
    let chat = try #require(try ChatFormat.read(folder.path))
    let reader = DatasetReader(path: "data.jsonl", kind: kind, chat: chat, findsAnswers: findsAnswers)
    return try reader.examples(Array(rows.utf8))
  }

  private static let user = #"{"role": "user", "content": "Hi"}"#
  private static func assistant(_ text: String) -> String { #"{"role": "assistant", "content": "\#(text)"}"# }
  private static let prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"

  @Test func aPromptEndsWhereTheAssistantAnswers() throws {
    let read = try examples(#"{"prompt": [\#(Self.user)], "answer": "4"}"#, as: .prompts)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].columns.map(\.key) == ["answer"])
  }

  @Test func aBegunAnswerIsContinued() throws {
    let read = try examples(#"{"prompt": [\#(Self.user), \#(Self.assistant("Well,"))]}"#, as: .prompts)
    #expect(read[0].prompt == Self.prompt + "Well,")
  }

  @Test func aCompletionIsWhatTheTextHasBeyondThePrompt() throws {
    let read = try examples(
      #"{"prompt": [\#(Self.user)], "completion": [\#(Self.assistant("Yo"))]}"#, as: .completions)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].completion == "Yo<|im_end|>\n")
    #expect(read[0].isConversation)
  }

  @Test(arguments: [
    #"{"prompt": [\#(user)], "chosen": [\#(assistant("A"))], "rejected": [\#(assistant("B"))]}"#,
    #"{"chosen": [\#(user), \#(assistant("A"))], "rejected": [\#(user), \#(assistant("B"))]}"#,
  ])
  func aPairSharesItsPrompt(_ row: String) throws {
    let read = try examples(row, as: .pairs)
    #expect(read[0].prompt == Self.prompt)
    #expect(read[0].chosen == "A<|im_end|>\n" && read[0].rejected == "B<|im_end|>\n")
    let judged = try examples(row, as: .judgements)
    #expect(
      judged.map(\.completion) == ["A<|im_end|>\n", "B<|im_end|>\n"] && judged.map(\.isDesirable) == [true, false])
    let imitated = try examples(row, as: .completions)
    #expect(imitated[0].prompt == Self.prompt && imitated[0].completion == "A<|im_end|>\n")
  }

  private static let turns =
    #"{"messages": [\#(user), \#(assistant("Yo é")), \#(user), \#(assistant("So"))]}"#

  @Test(arguments: [chatML, thinking, marked])
  func theAnswersOfAConversationAreFound(_ template: String) throws {
    let read = try examples(Self.turns, as: .completions, template: template, findsAnswers: true)
    let text = Array((read[0].completion ?? "").utf8)
    let answers = try #require(read[0].answers).map { String(decoding: text[$0], as: UTF8.self) }
    switch template {
    case Self.chatML: #expect(answers == ["Yo é<|im_end|>", "So<|im_end|>"])
    case Self.thinking: #expect(answers == ["Yo é<|im_end|>", "<think></think>So<|im_end|>"])
    default: #expect(answers == ["Hi", "Yo é", "Hi", "So"])
    }
    #expect(try examples(Self.turns, as: .completions, template: template)[0].answers == nil)
  }

  @Test func anErrorNamesRowAndTemplate() throws {
    func message(_ row: String, as kind: Dataset.Kind, template: String = Self.chatML) -> String {
      do {
        _ = try examples(row, as: kind, template: template)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message(Self.turns, as: .completions, template: "{{ raise_exception('no') }}")
        .contains("chat_template.jinja:1:19: no"))
    #expect(
      message(#"{"messages": [{"content": "x"}]}"#, as: .completions).contains(
        "data.jsonl:1:15: a message needs the key 'role'"))
    #expect(message(#"{"messages": []}"#, as: .completions).contains("messages must have at least one message"))
    #expect(
      message(
        #"{"chosen": [\#(Self.user)], "rejected": [\#(Self.user)]}"#, as: .pairs
      ).contains("chosen and rejected are the same"))
  }

  @Test func withoutATemplateAConversationIsRefused() throws {
    let reader = DatasetReader(path: "data.jsonl", kind: .completions)
    #expect(
      throws: TrainingError(
        .badData,
        "data.jsonl:1:14: messages is a conversation, a list of messages, and there is no chat template to read it with: "
          + "give --model a folder that has chat_template.jinja")
    ) { try reader.examples(Array(Self.turns.utf8)) }
  }

  @Test func templatesWithNamesAreThoseOfToolsAndOfTheRest() throws {
    let folder = try ScratchFolder()
    let settings =
      #"{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}"#
    try Data(settings.utf8).write(to: URL(filePath: "\(folder.path)/tokenizer_config.json"))
    let format = try #require(try ChatFormat.read(folder.path))
    let messages = try JSONReader.read(#"[{"role": "user", "content": "x"}]"#).list()
    #expect(try format.render(ChatTemplate.Input(messages: messages)).text == "plain")
    #expect(try format.render(ChatTemplate.Input(messages: messages, tools: [])).text == "tools")
  }
}
