import Documents
import Formats

/// A line of a data file whose columns are conversations: lists of messages, which the model's chat template makes text.
///
/// TRL's conversational formats (`apply_chat_template` in data_utils.py): a prompt ends where the assistant begins to answer,
/// and a completion is what the text of prompt and completion has beyond that of the prompt.
struct ChatRow {
  let row: DatasetRow
  let format: ChatFormat
  /// Whether it matters which parts the assistant wrote.
  let findsAnswers: Bool

  /// The names of the columns that may be conversations.
  static let columns = ["messages", "prompt", "completion", "chosen", "rejected"]

  func examples() throws(DocumentError) -> [(Example, used: [String])] {
    let used = Self.columns + ["label", "margin", "tools", "chat_template_kwargs", "documents"]
    func example(_ key: String) throws(DocumentError) -> Example {
      let (prompt, answers) = try parted(try messages("prompt"), [try messages(key)])
      var example = Example(prompt: prompt, completion: answers[0])
      example.isConversation = true
      return example
    }
    switch row.kind {
    case .prompts:
      let asked = row.has("prompt") ? try messages("prompt") : Self.question(of: try messages("messages"))
      return [(Example(prompt: try promptText(asked)), used)]
    case .completions where row.has("messages") && !row.has("prompt"): return [(try whole(), used)]
    case .completions where row.has("prompt"):
      return [(try example(!row.has("completion") && row.has("chosen") ? "chosen" : "completion"), used)]
    case .completions, .pairs:
      let pair = try pair()
      guard row.kind == .completions else { return [(pair, used)] }
      var chosen = pair
      (chosen.completion, chosen.chosen, chosen.rejected) = (pair.chosen, nil, nil)
      return [(chosen, used)]
    case .judgements where !row.has("completion") && row.has("chosen"):
      return try pair().judged.map { ($0, used) }
    case .judgements:
      var example = try example("completion")
      example.isDesirable = try row.flag("label")
      return [(example, used)]
    }
  }

  /// A conversation without the answer that it ends with, for that is what the model is to write.
  private static func question(of messages: [Document]) -> [Document] {
    let answers = messages.reversed().prefix { $0.text(of: "role") == "assistant" }.count
    return answers < messages.count ? Array(messages.dropLast(answers)) : messages
  }

  private func messages(_ key: String) throws(DocumentError) -> [Document] {
    try ChatTemplate.Input.messages(try row.required(key), key)
  }

  private func rendering(_ messages: [Document], prompted: Bool = false) throws(DocumentError) -> ChatTemplate.Rendering
  {
    var input = ChatTemplate.Input(messages: messages)
    try input.addVariables(row.members.filter { ["tools", "documents", "chat_template_kwargs"].contains($0.key) })
    input.addsGenerationPrompt = prompted
    do throws(DocumentError) {
      return try format.render(input)
    } catch {
      throw row.document.error("the chat template, \(format.file):\(error)")
    }
  }

  /// The text of a prompt, up to where the assistant answers; a last message of the assistant's is to be continued.
  private func promptText(_ messages: [Document]) throws(DocumentError) -> String {
    guard let last = messages.last, last.text(of: "role") == "assistant" else {
      return try rendering(messages, prompted: true).text
    }
    let text = try rendering(messages).text
    let content = try last.object("a message").optional("content")?.string("content") ?? ""
    guard !content.isEmpty, let place = text.ranges(of: content).last else { return text }
    return String(text[..<place.upperBound])
  }

  /// A prompt's text, and what the text of each conversation that begins with it has beyond that.
  ///
  /// Some templates write a thought into the generation prompt that the conversation then lacks: the prompt ends where they
  /// part (TRL `apply_chat_template`).
  private func parted(
    _ prompt: [Document], _ answers: [[Document]]
  ) throws(DocumentError) -> (prompt: String, answers: [String]) {
    var shared = try promptText(prompt).unicodeScalars[...]
    var texts: [String] = []
    for answer in answers {
      let text = try rendering(prompt + answer).text
      shared = shared.prefix(zip(shared, text.unicodeScalars).prefix { $0 == $1 }.count)
      texts.append(text)
    }
    let rests = texts.map { String(String.UnicodeScalarView($0.unicodeScalars.dropFirst(shared.count))) }
    guard !shared.isEmpty, rests.allSatisfy({ !$0.isEmpty }) else {
      throw row.document.error("the chat template writes nothing for the answer")
    }
    return (String(shared), rests)
  }

  /// A pair, whose prompt may be the messages that both begin with.
  private func pair() throws(DocumentError) -> Example {
    var (chosen, rejected) = (try messages("chosen"), try messages("rejected"))
    var prompt = row.has("prompt") ? try messages("prompt") : []
    if prompt.isEmpty {
      let shared = zip(chosen, rejected).prefix { $0.json == $1.json }.count
      guard shared < chosen.count, shared < rejected.count else {
        throw row.document.error("chosen and rejected are the same, so that no prompt can be told from them")
      }
      prompt = Array(chosen[..<shared])
      (chosen, rejected) = (Array(chosen[shared...]), Array(rejected[shared...]))
    }
    guard !prompt.isEmpty else {
      throw row.document.error("chosen and rejected share no message that could be the prompt")
    }
    let (text, answers) = try parted(prompt, [chosen, rejected])
    var example = Example(prompt: text, chosen: answers[0], rejected: answers[1])
    example.margin = try row.number("margin")
    example.isConversation = true
    return example
  }

  /// A whole conversation, of which all is learned or the answers alone.
  private func whole() throws(DocumentError) -> Example {
    let messages = try messages("messages")
    let rendering = try rendering(messages)
    var example = Example(prompt: "", completion: rendering.text)
    example.isConversation = true
    if findsAnswers {
      example.answers =
        format.template.marksGenerations ? rendering.generations : try answers(messages, in: rendering.text)
    }
    return example
  }

  /// What the assistant wrote, by a template that does not mark it: what each of its messages adds to those before it.
  private func answers(_ messages: [Document], in text: String) throws(DocumentError) -> [Range<Int>] {
    let text = Array(text.utf8)
    var answers: [Range<Int>] = []
    for (i, message) in messages.enumerated() where message.text(of: "role") == "assistant" {
      guard i > 0 else {
        throw message.error("the first message is the assistant's, which this chat template does not mark as such")
      }
      let before = Array(try rendering(Array(messages[..<i]), prompted: true).text.utf8)
      let after = Array(try rendering(Array(messages[...i])).text.utf8)
      guard text.starts(with: before), let end = answerEnd(of: message, in: text, from: before.count, alone: after)
      else {
        throw message.error(
          "the chat template writes this turn otherwise once others follow, and does not mark it by '{% generation %}': "
            + "what is learned cannot be told")
      }
      answers.append(before.count..<max(end, before.count + 1))
    }
    return answers
  }

  /// Where an answer ends in a conversation, by how it ends when it is the last message: with the same words, followed by
  /// the same end of a turn. What a template writes before the words, such as a thought, may differ.
  private func answerEnd(of message: Document, in text: [UInt8], from start: Int, alone: [UInt8]) -> Int? {
    // The line's end behind an answer is the next turn's beginning.
    let alone = alone.dropLast(alone.reversed().prefix { $0 == UInt8(ascii: "\n") }.count)
    if text.starts(with: alone), alone.count > start { return alone.count }
    guard let content = message.text(of: "content") else { return nil }
    let words = Array(content.utf8)
    guard !words.isEmpty,
      let last = (0...max(0, alone.count - words.count)).last(where: { alone[$0...].starts(with: words) }),
      let place = (start..<text.count).first(where: { text[$0...].starts(with: alone[last...]) })
    else { return nil }
    return place + alone.count - last
  }
}
