import ArgumentParser
import Autodiff
import Documents
import Formats
import Training
import Transformers

/// `gradus sample`: what a model makes of a prompt.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Let a model continue a prompt.",
    usage: """
      gradus sample --model DIR --prompt TEXT [--num N]
                    [--max-completion-length N] [--temperature T] [--top-k K]
                    [--top-p P] [--min-p P] [--repetition-penalty R]
                    [--stop TEXT …] [--dtype TYPE] [--seed S] [--chat] [--json]
      """,
    discussion: """
      The same seed gives the same texts; with a larger --num, the first ones stay the same.
      Example:  gradus sample --model checkpoint --prompt 'the film' --num 4
      """)

  @OptionGroup var model: ModelOption
  @OptionGroup var precision: DtypeOption

  @Option(help: ArgumentHelp("What to continue.", valueName: "TEXT"))
  var prompt: String

  @Option(help: ArgumentHelp("How many texts.", valueName: "N"))
  var num = 1

  @Option(help: ArgumentHelp("The most tokens of a text (default: 64, if they fit).", valueName: "N"))
  var maxCompletionLength: Int?

  @Option(help: ArgumentHelp("Divides the logits; 0 always takes the likeliest token.", valueName: "T"))
  var temperature: Float = 1

  @Option(help: ArgumentHelp("Draw only from this many of the likeliest tokens; 0 for all.", valueName: "K"))
  var topK = 0

  @Option(help: ArgumentHelp("Draw only from the fewest tokens that make up this probability.", valueName: "P"))
  var topP: Float = 1

  @Option(help: ArgumentHelp("Draw only tokens at least this many times as likely as the likeliest.", valueName: "P"))
  var minP: Float = 0

  @Option(
    help: ArgumentHelp("Above 1, tokens of the prompt and of the text so far become less likely.", valueName: "R"))
  var repetitionPenalty: Float = 1

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("End with this text, which stays; can be repeated.", valueName: "TEXT"))
  var stop: [String] = []

  @Option(help: ArgumentHelp("The seed of the random numbers.", valueName: "S"))
  var seed: UInt64 = 0

  @Flag(help: "Ask the prompt as a user's message, by the model's chat template.")
  var chat = false

  @Flag(help: "Print one JSON object: the prompt's ids, and text, ids and log-probabilities of each continuation.")
  var json = false

  func run() throws {
    try check()
    let model = try ModelOption.load(model.model, precision.dtype)
    let tokens = chat ? model.tokenizer.encode(try question()) : model.tokens(ofPrompt: prompt)
    guard !tokens.isEmpty else {
      throw CommandError(.usage, "--prompt: has no tokens, and the model has no token to begin with; write something")
    }
    var sampling = sampling
    sampling.maxTokens = try length(after: tokens, model)
    sampling.stopTokens = model.stops
    sampling.stops = model.stopping(at: stop)
    let generated = model.model.generate(Array(repeating: tokens, count: num), sampling) {
      RandomStream(seed: seed, purpose: Self.purpose, UInt32(truncatingIfNeeded: $0))
    }
    try Output.write(json ? jsonText(tokens, generated, model) : text(generated, model))
  }

  /// The prompt as a conversation that the assistant is to answer.
  private func question() throws -> String {
    var input = ChatTemplate.Input(messages: [.message("user", prompt)])
    input.addsGenerationPrompt = true
    return try ChatCommand.rendering(input, by: ChatCommand.format(model.model)).text
  }

  // A purpose that no trainer uses.
  private static let purpose: UInt32 = 120

  private func check() throws {
    func need(_ holds: Bool, _ option: String, _ range: String, _ value: some CustomStringConvertible) throws {
      guard holds else { throw CommandError(.usage, "--\(option): must be \(range); it is \(value)") }
    }
    try need((1...Self.mostTexts).contains(num), "num", "from 1 to \(Self.mostTexts)", num)
    try need((maxCompletionLength ?? 1) > 0, "max-completion-length", "at least 1", maxCompletionLength ?? 1)
    try Self.check(sampling)
    guard !stop.contains("") else { throw CommandError(.usage, "--stop: the text is empty; leave the option out") }
  }

  /// How tokens are drawn.
  private var sampling: Sampling {
    var sampling = Sampling(temperature: temperature, topK: topK, topP: topP, maxTokens: 1)
    (sampling.minP, sampling.repetitionPenalty) = (minP, repetitionPenalty)
    return sampling
  }

  /// Refuses settings that are out of range.
  static func check(_ sampling: Sampling) throws {
    func need(_ holds: Bool, _ option: String, _ range: String, _ value: some CustomStringConvertible) throws {
      guard holds else { throw CommandError(.usage, "--\(option): must be \(range); it is \(value)") }
    }
    let (temperature, topP) = (sampling.temperature, sampling.topP)
    // Below the smallest, logits divided by it would overflow.
    try need(
      temperature == 0 || (0.001...1000).contains(temperature), "temperature", "0 or from 0.001 to 1000", temperature)
    try need(sampling.topK >= 0, "top-k", "at least 0", sampling.topK)
    try need(topP > 0 && topP <= 1, "top-p", "above 0 and at most 1", topP)
    try need((0...1).contains(sampling.minP), "min-p", "from 0 to 1", sampling.minP)
    let penalty = sampling.repetitionPenalty
    try need((0.01...100).contains(penalty), "repetition-penalty", "from 0.01 to 100", penalty)
  }

  private static let mostTexts = 100_000

  /// How many tokens may follow a prompt; the model must have positions for them.
  private func length(after prompt: [Int32], _ model: LanguageModel) throws -> Int {
    let room = model.positions - prompt.count
    guard room > 0 else {
      throw CommandError(
        .usage, "--prompt: has \(prompt.count) tokens, but the model takes \(model.positions) with what follows")
    }
    guard let wanted = maxCompletionLength else { return min(64, room) }
    guard wanted <= room else {
      throw CommandError(
        .usage,
        "--max-completion-length: at most \(room) fit; the model takes \(model.positions) tokens, the prompt has "
          + "\(prompt.count)")
    }
    return wanted
  }

  private func text(_ generated: [Generated], _ model: LanguageModel) -> String {
    generated.enumerated().map { number, generated in
      let sum = NumberText.fixed(generated.logps.reduce(0) { $0 + Double($1) }, decimals: 3)
      let count = generated.tokens.count
      let head = "\(number + 1): \(count) \(count == 1 ? "token" : "tokens"), log-probability \(sum), "
      let text = model.tokenizer.decode(generated.tokens, skipSpecialTokens: true)
      return head + (generated.isComplete ? "complete" : "cut") + "\n"
        + (chat ? text : prompt + text).printable(keepingLines: true) + "\n"
    }.joined(separator: "\n")
  }

  private func jsonText(_ prompt: [Int32], _ generated: [Generated], _ model: LanguageModel) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("prompt_ids", integers: prompt.map(Int.init))
    json.key("completions")
    json.beginArray()
    for generated in generated {
      json.beginObject()
      json.key("text")
      json.string(model.tokenizer.decode(generated.tokens, skipSpecialTokens: true))
      json.tokens(generated.tokens, generated.logps)
      json.key("is_complete")
      json.bool(generated.isComplete)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }
}
