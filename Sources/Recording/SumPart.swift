public import Formulas

/// The part of everything there is that a sum of a general formula goes over.
public struct SumPart: Sendable {
  /// The letters of the sum.
  public let letters: [Letter]
  public let choice: Choice

  /// How the part is told from the rest.
  public enum Choice: Sendable {
    /// A limit beside a letter, as in `i ∈ g`; the other letters of the sum take all that goes with it.
    case limited(Letter, Limit)
    /// A set without a name of its own. The letters are the indices of the formula on which it depends.
    case some(Int, of: [Letter])
  }

  /// What a letter of the sum is limited to.
  public enum Limit: Sendable {
    /// What belongs to the group that a letter stands for.
    case group(Letter)
    /// What is in the same group as a letter, with or without the letter itself.
    case groupOf(Letter, isWithout: Bool)
    /// All but one.
    case except(Letter)
    /// The samples of one kind.
    case kind(String)
    /// The samples of the minibatch.
    case minibatch
    /// The words before another one, or up to it.
    case below(Formula)
    case upTo(Formula)
    /// The words of a text that was recorded.
    case members(Formula)
    /// The words of a text that was given.
    case text(Trace.Text, Letter)
  }
}

extension Trace {
  /// A text that was given with the recording, so that a sum over its words can be called by its name.
  public struct Text: Sendable {
    /// As one types it, and in formulas: `chosen`, `y^w`.
    public let name: String
    public let latex: String
    public let meaning: String
    /// What its index counts, by its place among the glossary's axes.
    public let axis: Int
    /// The words of each, by their numbers.
    private let words: [[Int]]

    public init(_ name: String, latex: String, meaning: String, axis: Int, words: [[Int]]) {
      self.name = name
      self.latex = latex
      self.meaning = meaning
      self.axis = axis
      self.words = words
    }

    func numbers(_ i: Int) -> [Int]? { words.indices.contains(i) ? words[i] : nil }
  }
}
