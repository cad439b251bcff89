public import Documents

/// One example to learn from: a prompt, and what a trainer needs beside it.
///
/// `prompt + completion` is the text, so a completion brings its own leading space, as in TRL.
public struct Example: Sendable {
  public var prompt: String
  public var completion: String?
  public var chosen: String?
  public var rejected: String?
  /// By how much the chosen response is better: TRL's `margin`; nil for the option `reward_margin`.
  public var margin: Double?
  /// Whether people judged the completion desirable: TRL's `label`.
  public var isDesirable: Bool?
  /// The messages that a chat template made the texts of; nil for texts that are there as such.
  public var conversation: Conversation?
  /// What the assistant wrote, as ranges of the completion's UTF-8 bytes; nil where that is not known.
  public var answers: [Range<Int>]?
  /// Who asks: the meaning of `group` in group baselines.
  public var group: String?
  /// Every other column, in the file’s order, for rewards to use.
  public var columns: [Document.Member]
  /// Whether its texts name no prompt, and what they share ends inside a word, or is the whole of one of them.
  var splitsWord = false
  /// Where it comes from: a file, or a built-in task.
  public var source: String
  /// Its line in the file, or its number in the built-in task, from 1.
  public var line: Int

  public init(
    prompt: String, completion: String? = nil, chosen: String? = nil, rejected: String? = nil,
    isDesirable: Bool? = nil, group: String? = nil, columns: [Document.Member] = [], source: String = "", line: Int = 0
  ) {
    self.prompt = prompt
    self.completion = completion
    self.chosen = chosen
    self.rejected = rejected
    self.isDesirable = isDesirable
    self.group = group
    self.columns = columns
    self.source = source
    self.line = line
  }

  /// Whether the texts are those of a conversation, which its chat template has ended already.
  public var isConversation: Bool { conversation != nil }

  /// An extra column’s value; nil when there is none, or `null`.
  public func column(_ name: String) -> Document? {
    guard let value = columns.first(where: { $0.key == name })?.value, !value.isNull else { return nil }
    return value
  }

  /// Whether a column is there and says `null`, which tells a reward that it is not for this example.
  func isNull(_ name: String) -> Bool { columns.contains { $0.key == name && $0.value.isNull } }

  /// A column as text to compare a completion with; a number is written in full.
  ///
  /// Throws when there is no such column or it is a list or an object.
  func text(ofColumn name: String) throws(TrainingError) -> String {
    guard let value = column(name) else { throw TrainingError(.badData, "\(source):\(line): \(missing(name))") }
    switch value.value {
    case .string(let text): return text
    case .number(let number): return NumberText.full(number)
    case .bool(let bool): return bool ? "true" : "false"
    case .null, .list, .object:
      throw TrainingError(
        .badData,
        "\(source):\(value.line):\(value.column): the column '\(name)' must be text, a number, or true or false")
    }
  }

  private func missing(_ name: String) -> String {
    let names = columns.filter { !$0.value.isNull }.map { $0.key }
    let hint =
      if let near = nearestNames(to: name, among: names, limit: 1).first {
        "did you mean '\(near)'?"
      } else if names.isEmpty {
        "it has no extra columns at all"
      } else {
        "its extra columns are: \(names.joined(separator: ", "))"
      }
    return "there is no column '\(name)'; \(hint)"
  }
}
