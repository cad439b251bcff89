import ArgumentParser
import Documents
import Formats
import Training

/// `gradus mask`: what supervised fine-tuning learns of each example.
struct MaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mask",
    abstract: "Show which tokens of a dataset train sft learns.",
    usage: """
      gradus mask --model DIR --dataset FILE [--num N]
                  [--set option=value …] [--json]
      """,
    discussion: """
      What is learned stands in [brackets]; the rest is only read. Examples without anything to learn are left out, and \
      named.
      Example:  gradus mask --model checkpoint --dataset chats.jsonl
      """)

  @Option(help: ArgumentHelp("The model's folder.", valueName: "DIR"), completion: .directory)
  var model: String

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Data as for train sft, a file or a folder; can be repeated.", valueName: "FILE"),
    completion: .datasets)
  var dataset: [String]

  @Option(help: ArgumentHelp("How many examples are shown; 0 shows all.", valueName: "N"))
  var num = 5

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "An option of train sft: completion_only_loss, assistant_only_loss, max_length, truncation_mode.",
      valueName: "option=value"),
    completion: .trainingOptions)
  var assignments: [String] = []

  @Flag(help: "Print one JSON object with every example's tokens, ids and whether each is learned.")
  var json = false

  func run() throws {
    guard num >= 0 else { throw CommandError(.usage, "--num: must be at least 0; it is \(num)") }
    try show(try texts())
  }

  private func texts() throws -> [LearnedText] {
    do throws(TrainingError) {
      return try LearnedText.all(
        try RunConfiguration.resolved(.sft, paths: [.model: [model], .dataset: dataset], assignments: assignments),
        say: Output.complain)
    } catch {
      throw CommandError(error)
    }
  }

  private func show(_ texts: [LearnedText]) throws {
    if json { return try Output.write(Self.json(texts)) }
    var shown = StyledText()
    for text in num == 0 ? texts[...] : texts.prefix(num) { shown.add(Self.painted(text)) }
    let (learned, all) = (texts.reduce(0) { $0 + $1.isLearned.count { $0 } }, texts.reduce(0) { $0 + $1.ids.count })
    let examples = texts.count == 1 ? "1 example" : "\(texts.count) examples"
    shown.line("\(learned) of \(all) tokens in \(examples) are learned")
    try Output.write(shown.onTerminal)
  }

  /// An example's heading, and its text with brackets around what is learned.
  private static func painted(_ text: LearnedText) -> StyledText {
    var result = StyledText()
    let learned = text.isLearned.count { $0 }
    result.line("\(text.source):\(text.line): \(learned) of \(text.ids.count) tokens are learned", .heading)
    var isOpen = false
    for (word, isLearned) in zip(text.words, text.isLearned) {
      if isLearned != isOpen { result.add(isLearned ? "[" : "]", .positive) }
      result.add(word.printable(keepingLines: true), isLearned ? .positive : .dim)
      isOpen = isLearned
    }
    if isOpen { result.add("]", .positive) }
    result.line("\n")
    return result
  }

  private static func json(_ texts: [LearnedText]) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("examples")
    json.beginArray()
    for text in texts {
      json.beginObject()
      json.member("source", text.source)
      json.member("line", text.line)
      json.member("ids", integers: text.ids.map(Int.init))
      json.member("tokens", strings: text.words)
      json.key("learned")
      json.beginArray()
      for isLearned in text.isLearned { json.bool(isLearned) }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }
}
