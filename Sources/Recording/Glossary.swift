/// The names of a recording: how each is typed, written in a formula, indexed and explained.
public struct Glossary: Sendable {
  public struct Entry: Sendable {
    public let name: String
    public let latex: String
    /// For each index, the words it stands for, or nil where it is a plain number.
    public let labels: [[String]?]
    public let meaning: String

    public init(name: String, latex: String, labels: [[String]?], meaning: String) {
      self.name = name
      self.latex = latex
      self.labels = labels
      self.meaning = meaning
    }
  }

  /// A stage's name, and what it is for in one sentence.
  public struct Stage: Sendable {
    public let name: String
    public let purpose: String
    /// The same where the stage comes before the first iteration.
    public let preparation: String?

    public init(name: String, purpose: String, preparation: String?) {
      self.name = name
      self.purpose = purpose
      self.preparation = preparation
    }
  }

  public let entries: [Entry]
  /// The words that a term's value stands for, by the term's name: a token's number is shown as the token.
  public let valueLabels: [Int: [String]]
  /// The algorithm whose names these are; empty if unknown.
  public let algorithm: String
  public let stages: [Stage]

  public init(
    entries: [Entry], valueLabels: [Int: [String]] = [:], algorithm: String = "", stages: [Stage] = []
  ) {
    self.entries = entries
    self.valueLabels = valueLabels
    self.algorithm = algorithm
    self.stages = stages
  }

  public func index(ofName name: String) -> Int? { entries.firstIndex { $0.name == name } }
}

/// Which term: a name's number in the glossary, and its indices; −1 where it has none.
public struct TermKey: Hashable, Sendable {
  public let name: Int
  public let i: Int
  public let j: Int

  public init(name: Int, i: Int = -1, j: Int = -1) {
    self.name = name
    self.i = i
    self.j = j
  }

  /// The indices that are there.
  public var indices: [Int] { j >= 0 ? [i, j] : i >= 0 ? [i] : [] }
}

extension Glossary {
  /// The term as one types it: `ratio[0,2]`, `policy.logit[was,great]`, `metric(objective/kl)`.
  public func text(_ key: TermKey) -> String {
    let entry = entries[key.name]
    let indices = indexTexts(key)
    if indices.isEmpty { return entry.name }
    if entry.name == "metric" { return "metric(\(indices[0]))" }
    return entry.name + "[" + indices.map(Self.quotedIfNeeded).joined(separator: ",") + "]"
  }

  /// Each index as a number or as the word it stands for.
  public func indexTexts(_ key: TermKey) -> [String] {
    key.indices.enumerated().map { position, index in
      guard let words = entries[key.name].labels[position], index < words.count else { return "\(index)" }
      return words[index]
    }
  }

  /// The word that a value of this name stands for, if it stands for one.
  public func valueText(of name: Int, _ value: Double) -> String? {
    guard let words = valueLabels[name], value >= 0, value < Double(words.count) else { return nil }
    return words[Int(value)]
  }

  /// A word that would confuse the expression reader is put in double quotes.
  public static func quotedIfNeeded(_ word: String) -> String {
    if !word.isEmpty, word != "*", !word.utf8.contains(where: { isDelimiter($0) }) { return word }
    var quoted = "\""
    for character in word {
      if character == "\"" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return quoted + "\""
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","): true
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"): true
    default: false
    }
  }
}
