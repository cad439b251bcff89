import Documents
import Formats

/// A line of a data file whose columns are conversations: lists of messages, which the model's chat template makes text.
///
/// TRL's conversational formats; see `ChatText`.
struct ChatRow {
  let row: DatasetRow
  let format: ChatFormat
  /// Whether it matters which parts the assistant wrote.
  let findsAnswers: Bool
  /// Whether it is found out what the template leaves out.
  let findsLosses: Bool

  /// The names of the columns that may be conversations.
  static let columns = ["messages", "prompt", "completion", "chosen", "rejected"]

  func examples() throws(DocumentError) -> [(Example, used: [String])] {
    let used = Self.columns + ["label", "margin", "tools", "chat_template_kwargs", "documents"]
    func example(_ key: String) throws(DocumentError) -> Example {
      let asked = try messages("prompt")
      let answer = try messages(key)
      let (prompt, answers) = try text.parted(asked, [answer])
      var example = Example(prompt: prompt, completion: answers[0])
      example.conversation = conversation(asked, answers: [answer])
      return example
    }
    switch row.kind {
    case .prompts:
      let asked = try asked()
      var example = Example(prompt: try text.prompt(asked))
      example.conversation = conversation(asked)
      return [(example, used)]
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

  /// The messages to answer.
  private func asked() throws(DocumentError) -> [Document] {
    if row.has("prompt") { return try messages("prompt") }
    if row.has("chosen"), row.has("rejected") { return try parts().prompt }
    return Self.question(of: try messages("messages"))
  }

  /// A conversation without the answer that it ends with, for that is what the model is to write.
  private static func question(of messages: [Document]) -> [Document] {
    let answers = messages.reversed().prefix { $0.text(of: "role") == "assistant" }.count
    return answers < messages.count ? Array(messages.dropLast(answers)) : messages
  }

  private func messages(_ key: String) throws(DocumentError) -> [Document] {
    try ChatTemplate.Input.messages(try row.required(key), key)
  }

  private var text: ChatText { ChatText(format: format, variables: variables, place: row.document) }

  /// What the row tells the template beside the messages.
  private var variables: [Document.Member] {
    row.members.filter { ["tools", "documents", "chat_template_kwargs"].contains($0.key) }
  }

  /// A prompt with its answers, and what becomes of them.
  private func conversation(_ prompt: [Document], answers: [[Document]] = []) -> Conversation {
    var conversation = Conversation(prompt, variables: variables)
    guard findsLosses else { return conversation }
    conversation.unwritten = text.unwritten(in: answers.isEmpty ? [prompt] : answers.map { prompt + $0 })
    conversation.repeatsPrompt = !prompt.isEmpty && answers.contains { $0.map(\.json).starts(with: prompt.map(\.json)) }
    conversation.ignoresWeight = answers.contains { $0.contains(where: ChatText.isWeightless) }
    conversation.isSilent = answers.contains { $0.contains(where: ChatText.isSilent) }
    return conversation
  }

  /// The messages of a pair, whose prompt may be those that both begin with.
  private func parts() throws(DocumentError) -> (prompt: [Document], chosen: [Document], rejected: [Document]) {
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
    return (prompt, chosen, rejected)
  }

  private func pair() throws(DocumentError) -> Example {
    let (prompt, chosen, rejected) = try parts()
    let (asked, answers) = try text.parted(prompt, [chosen, rejected])
    var example = Example(prompt: asked, chosen: answers[0], rejected: answers[1])
    example.margin = try row.number("margin")
    example.conversation = conversation(prompt, answers: [chosen, rejected])
    return example
  }

  /// A whole conversation, of which all is learned or the answers alone.
  private func whole() throws(DocumentError) -> Example {
    let messages = try messages("messages")
    let rendering = try text.rendering(messages)
    var example = Example(prompt: "", completion: rendering.text)
    example.conversation = conversation([], answers: [messages])
    if findsAnswers {
      example.answers =
        format.template.marksGenerations
        ? try weighed(rendering.generations, messages) : try answers(messages, in: rendering.text)
      example.conversation?.ignoresWeight = false
    }
    return example
  }

  /// What a template marks, without the messages of the weight 0.
  private func weighed(_ marked: [Range<Int>], _ messages: [Document]) throws(DocumentError) -> [Range<Int>] {
    guard let first = messages.first(where: ChatText.isWeightless) else { return marked }
    let answers = messages.filter { $0.text(of: "role") == "assistant" }
    guard answers.count == marked.count else {
      throw first.error(
        "the chat template marks other parts than the assistant's messages: which one has weight 0 cannot be told")
    }
    return zip(answers, marked).filter { !ChatText.isWeightless($0.0) }.map { $0.1 }
  }

  /// What the assistant wrote, by a template that does not mark it: what each of its messages adds to those before it.
  private func answers(_ messages: [Document], in whole: String) throws(DocumentError) -> [Range<Int>] {
    let whole = Array(whole.utf8)
    var answers: [Range<Int>] = []
    for (i, message) in messages.enumerated() where message.text(of: "role") == "assistant" {
      guard i > 0 else {
        throw message.error("the first message is the assistant's, which this chat template does not mark as such")
      }
      let before = Array(try text.rendering(Array(messages[..<i]), prompted: true).text.utf8)
      let after = Array(try text.rendering(Array(messages[...i])).text.utf8)
      guard whole.starts(with: before), let end = answerEnd(of: message, in: whole, from: before.count, alone: after)
      else {
        throw message.error(
          "the chat template writes this turn otherwise once others follow, and does not mark it by '{% generation %}': "
            + "what is learned cannot be told; put a template that marks it, such as TRL's for training, into the model's "
            + "folder as chat_template.jinja")
      }
      if !ChatText.isWeightless(message) { answers.append(before.count..<max(end, before.count + 1)) }
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
