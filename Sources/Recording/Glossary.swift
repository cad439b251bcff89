/// The names of a recording: how each is typed, written in a formula, indexed and explained.
public struct Glossary: Sendable {
  /// One name.
  public struct Entry: Sendable {
    public let name: String
    public let latex: String
    /// For each index, the words it stands for, or nil where it is a plain number.
    public let labels: [[String]?]
    public let meaning: String
    /// For each index, what it counts, by its place among the glossary's axes.
    public let axes: [Int]

    public init(name: String, latex: String, labels: [[String]?], meaning: String, axes: [Int] = []) {
      self.name = name
      self.latex = latex
      self.labels = labels
      self.meaning = meaning
      self.axes = axes
    }
  }

  /// What an index counts, and how general formulas write and explain it.
  public struct Axis: Sendable {
    /// How its indices follow each other.
    public enum Kind: Sendable {
      /// Examples of a batch; one is as good as another.
      case samples
      /// Steps one after the other, so that `t + 1` means something.
      case steps
      /// Words of a model.
      case words
      /// The index is a name itself.
      case names
    }

    /// The names to choose from: the first that is free is used.
    public let letters: [String]
    /// What a letter is, as in «i is …»: `a response`.
    public let meaning: String
    /// What is counted, in one word: `response`.
    public let noun: String
    public let kind: Kind

    public init(letters: [String], meaning: String, noun: String, kind: Kind) {
      self.letters = letters
      self.meaning = meaning
      self.noun = noun
      self.kind = kind
    }
  }

  /// An option or a count of a formula.
  public struct Symbol: Sendable {
    /// The number by which the tape knows it.
    public let number: Int
    /// As one types it; nil for a count.
    public let option: String?
    public let latex: String
    /// For a terminal.
    public let text: String
    /// What a count's indices count, by their places among the axes.
    public let axes: [Int]
    /// What a count is: «N is …».
    public let meaning: String

    public init(number: Int, option: String?, latex: String, text: String, axes: [Int], meaning: String) {
      self.number = number
      self.option = option
      self.latex = latex
      self.text = text
      self.axes = axes
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
  /// What indices count.
  public let axes: [Axis]
  /// The options and counts of formulas.
  public let symbols: [Symbol]
  /// The quantities by whose sign an objective chooses its formula.
  public let deciding: [Int]
  /// The quantities with respect to which gradients are taken: those that learn, and the log-probabilities and values
  /// that are given in their place.
  public let learned: Set<Int>

  public init(
    entries: [Entry], valueLabels: [Int: [String]] = [:], algorithm: String = "", stages: [Stage] = [],
    axes: [Axis] = [], symbols: [Symbol] = [], deciding: [Int] = [], learned: Set<Int> = []
  ) {
    self.entries = entries
    self.valueLabels = valueLabels
    self.algorithm = algorithm
    self.stages = stages
    self.axes = axes
    self.symbols = symbols
    self.deciding = deciding
    self.learned = learned
  }

  /// The option or count that a formula knows by this number.
  public func symbol(_ number: Int) -> Symbol? { symbols.first { $0.number == number } }

  /// A name's number; nil where there is no such name.
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
    let name = entries[key.name].name
    guard key.i >= 0 else { return name }
    if name == "metric" { return "metric(" + indexText(key, 0) + ")" }
    var text = name
    text += "["
    text += Self.quotedIfNeeded(indexText(key, 0))
    if key.j >= 0 {
      text += ","
      text += Self.quotedIfNeeded(indexText(key, 1))
    }
    text += "]"
    return text
  }

  /// Each index as a number or as the word it stands for.
  public func indexTexts(_ key: TermKey) -> [String] { key.indices.indices.map { indexText(key, $0) } }

  private func indexText(_ key: TermKey, _ position: Int) -> String {
    let index = position == 0 ? key.i : key.j
    guard let words = entries[key.name].labels[position], index < words.count else { return index.description }
    return words[index]
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
