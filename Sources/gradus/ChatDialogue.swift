import Autodiff
import Documents
import Formats
import Training
import Transformers

/// A conversation with a model, line by line.
struct ChatDialogue {
  private let model: LanguageModel
  private let format: ChatFormat
  private let sampling: Sampling
  private let seed: UInt64
  private let conversation = Conversation(LineEditor(historyFile: nil) { _, _ in ["/new", "/quit"] })
  private var messages: [Document] = []
  private var answers: UInt32 = 0

  init(model: LanguageModel, format: ChatFormat, sampling: Sampling, seed: UInt64) {
    self.model = model
    self.format = format
    self.sampling = sampling
    self.seed = seed
  }

  // A purpose that no trainer uses.
  private static let purpose: UInt32 = 121

  mutating func run() throws {
    if conversation.isTerminal { try conversation.say(StyledText("/new starts over, /quit or Ctrl-D ends.\n", .dim)) }
    while let line = try conversation.readLine(prompt: "> ") {
      switch line {
      case "": continue
      case "/quit": return
      case "/new": messages = []
      default: try answer(line)
      }
    }
  }

  private mutating func answer(_ line: String) throws {
    messages.append(.message("user", line))
    let tokens = try prompt()
    answers += 1
    let generated = Activity.during("writing") { _ in
      model.model.generate([tokens], sampling) { _ in RandomStream(seed: seed, purpose: Self.purpose, answers) }
    }
    guard let generated = generated.first else { return }
    let text = model.tokenizer.decode(generated.tokens, skipSpecialTokens: true)
    messages.append(.message("assistant", text))
    var answer = StyledText(text.printable(keepingLines: true) + "\n")
    if !generated.isComplete {
      answer.line("(cut off after \(generated.tokens.count) tokens: --max-completion-length)", .dim)
    }
    try conversation.say(answer)
  }

  /// The conversation in tokens; its oldest turns are left out once the model has no room for them.
  private mutating func prompt() throws -> [Int32] {
    let room = model.positions - sampling.maxTokens
    while true {
      let tokens = model.tokenizer.encode(try rendered())
      if tokens.count <= room { return tokens }
      guard messages.count > 2 else {
        messages.removeAll()
        throw CommandError(
          .usage,
          "the question has \(tokens.count) tokens; with an answer of \(sampling.maxTokens) the model has room for "
            + "\(max(room, 0)): --max-completion-length")
      }
      messages.removeFirst(2)
      Output.complain("the conversation no longer fits: the oldest question and its answer are left out")
    }
  }

  private func rendered() throws -> String {
    var input = ChatTemplate.Input(messages: messages)
    input.addsGenerationPrompt = true
    return try ChatCommand.rendering(input, by: format).text
  }
}
