import Documents
import Formats

/// What a chat template makes of conversations, parted into prompts and answers.
///
/// TRL's `SFTTrainer` and `DPOTrainer`: a prompt ends where the assistant begins to answer, also behind an earlier message of
/// its own, and a completion is what the text of prompt and completion has beyond that of the prompt.
struct ChatText {
  let format: ChatFormat
  /// What the template is told beside the messages.
  let variables: [Document.Member]
  /// Where in a file of data the conversation stands.
  let place: Document

  func rendering(_ messages: [Document], prompted: Bool = false) throws(DocumentError) -> ChatTemplate.Rendering {
    var input = ChatTemplate.Input(messages: messages)
    try input.addVariables(variables)
    input.addsGenerationPrompt = prompted
    do throws(DocumentError) {
      return try format.render(input)
    } catch {
      throw place.error("the chat template, \(format.file):\(error)" + Self.remark(on: messages))
    }
  }

  /// What may have led a template astray: contents of parts, which many templates do not know, or none at all.
  private static func remark(on messages: [Document]) -> String {
    for (number, message) in messages.enumerated() {
      guard case .object(let members) = message.value else { continue }
      let content = members.first { $0.key == "content" }?.value
      switch content?.value {
      case .list:
        return
          "; the content of message \(number + 1) is a list of parts: many templates read text alone, so write it as text"
      case nil, .null: return "; message \(number + 1) has no content: write an empty text where it says nothing"
      default: continue
      }
    }
    return ""
  }

  /// The text of a prompt, up to where the assistant answers; a last message of the assistant's is to be continued.
  func prompt(_ messages: [Document]) throws(DocumentError) -> String {
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
  func parted(
    _ prompt: [Document], _ answers: [[Document]]
  ) throws(DocumentError) -> (prompt: String, answers: [String]) {
    let parts = try parted(rendering(prompt, prompted: true).text, answers.map { prompt + $0 })
    guard parts.rests.allSatisfy({ !$0.isEmpty }) else {
      throw place.error("the chat template writes nothing for the answer")
    }
    return (parts.prompt, parts.rests)
  }

  /// The same of a prompt and a completion of it that a model wrote: the content of an answer, or the rest of a begun one.
  func parted(
    _ prompt: [Document], completion: String
  ) throws(DocumentError) -> (prompt: String, completion: String) {
    let begun = prompt.last.flatMap { $0.text(of: "role") == "assistant" ? $0.text(of: "content") : nil }
    let messages = begun == nil ? prompt : prompt.dropLast()
    let whole = messages + [.message("assistant", (begun ?? "") + completion, at: place)]
    let parts = try parted(self.prompt(prompt), [whole])
    return (parts.prompt, parts.rests[0])
  }

  private func parted(
    _ prompt: String, _ conversations: [[Document]]
  ) throws(DocumentError) -> (prompt: String, rests: [String]) {
    var shared = prompt.unicodeScalars[...]
    var texts: [String] = []
    for conversation in conversations {
      let text = try rendering(conversation).text
      shared = shared.prefix(zip(shared, text.unicodeScalars).prefix { $0 == $1 }.count)
      texts.append(text)
    }
    let rests = texts.map { String(String.UnicodeScalarView($0.unicodeScalars.dropFirst(shared.count))) }
    guard !shared.isEmpty else {
      throw place.error("the chat template does not begin the conversation with its prompt")
    }
    return (String(shared), rests)
  }
}
