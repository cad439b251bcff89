import ArgumentParser
import Documents
import Formats
import Training
import Transformers

/// `gradus score`: how likely a model finds a text.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Print the log-probability that a model gives each token of a text.",
    usage: "gradus score --model DIR --text TEXT [--json]",
    discussion: """
      The first token has none, since nothing comes before it.
      Example:  gradus score --model checkpoint --text 'the film was great'
      """)

  @OptionGroup var model: ModelOption

  @Option(help: ArgumentHelp("What to score.", valueName: "TEXT"))
  var text: String

  @Flag(help: "Print one JSON object: all ids, and the log-probability of each after the first.")
  var json = false

  func run() throws {
    let model = try model.load()
    let tokens = model.tokens(text)
    guard tokens.count > 1 else {
      throw CommandError(
        .usage, "--text: has \(tokens.count == 1 ? "one token" : "no tokens"); a score needs at least two")
    }
    guard tokens.count <= model.positions else {
      throw CommandError(
        .usage, "--text: has \(tokens.count) tokens, but the model takes \(model.positions); give it a shorter text")
    }
    let logps = model.model.forward(.scoring([tokens], from: [1])).logps
    try Output.write(json ? Self.json(tokens, logps) : Self.table(tokens, logps, model))
  }

  private static func json(_ tokens: [Int32], _ logps: [Float]) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.tokens(tokens, logps)
    json.endObject()
    return json.text + "\n"
  }

  /// Columns of number, id, token and log-probability, and the sum below.
  private static func table(_ tokens: [Int32], _ logps: [Float], _ model: LanguageModel) -> String {
    let texts = tokens.map { model.tokenizer.token($0).printable(keepingLines: false) }
    let numbers = logps.map { NumberText.fixed(Double($0), decimals: 4) }
    let sum = NumberText.fixed(logps.reduce(0) { $0 + Double($1) }, decimals: 4)
    let rows =
      [("", "id", "token", "logprob")]
      + tokens.indices.map { ("\($0)", "\(tokens[$0])", texts[$0], $0 == 0 ? "" : numbers[$0 - 1]) }
      + [("", "", "sum", sum)]
    func width(_ column: (String, String, String, String)) -> [Int] {
      [column.0, column.1, column.2, column.3].map { NumberText.width($0) }
    }
    let widths = rows.map(width).reduce([0, 0, 0, 0]) { zip($0, $1).map { max($0, $1) } }
    return rows.map { number, id, token, logp in
      let line = [
        NumberText.alignedRight(number, to: widths[0]), NumberText.alignedRight(id, to: widths[1]),
        NumberText.alignedLeft(token, to: widths[2]), logp.isEmpty ? "" : NumberText.alignedRight(logp, to: widths[3]),
      ].joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}

extension JSONWriter {
  /// The fields `ids` and `logprobs`.
  mutating func tokens(_ tokens: [Int32], _ logps: [Float]) {
    member("ids", integers: tokens.map(Int.init))
    key("logprobs")
    beginArray()
    for logp in logps { number(Double(logp)) }
    endArray()
  }
}
