import Objectives
import Recording

extension Glossary.Axis {
  /// What general formulas call an index.
  init(_ axis: Quantity.Axis, _ algorithm: Algorithm, isActing: Bool) {
    let words = algorithm.words(acting: isActing)
    switch axis {
    case .sequence:
      let article = words.example == "episode" ? "an " : "a "
      self = Self(
        letters: ["i", "j", "k"], meaning: article + words.example, all: "the \(words.example)s", kind: .samples)
    case .pair: self = Self(letters: ["i", "j", "k"], meaning: "a pair", all: "the pairs", kind: .samples)
    case .token:
      self =
        isActing
        ? Self(letters: ["t", "k"], meaning: "a step of it", all: "the steps", kind: .steps)
        : Self(letters: ["t", "k"], meaning: "a token of it", all: "the tokens", kind: .steps)
    case .previousToken:
      self = Self(
        letters: ["a"], meaning: isActing ? "the state" : "the token before", all: "the states", kind: .words)
    case .nextToken, .vocabulary:
      let word = isActing ? "action" : "token"
      self = Self(letters: ["b", "c", "d"], meaning: "the \(word)", all: "the \(word)s", kind: .words)
    case .step: self = Self(letters: ["k"], meaning: "a step", all: "the steps", kind: .steps)
    case .group: self = Self(letters: ["g"], meaning: "a group", all: "the groups", kind: .samples)
    case .metric: self = Self(letters: [], meaning: "a metric", all: "the metrics", kind: .names)
    }
  }
}

extension Glossary {
  /// The options and counts that formulas may have.
  static func symbols(for algorithm: Algorithm) -> [Symbol] {
    let all = algorithm.options.simulated + (algorithm.options.replayed ?? [])
    let options = Option.allCases.filter { all.contains($0) }.compactMap { option in
      option.symbol.map { latex in
        Symbol(
          number: option.rawValue, option: option.name, latex: latex, text: option.name, axes: [],
          meaning: option.description.sentence)
      }
    }
    let counts = Count.allCases.map { count in
      let description = count.description
      return Symbol(
        number: count.symbol, option: nil, latex: description.latex, text: description.text,
        axes: description.axes.map { $0.rawValue }, meaning: description.meaning)
    }
    return options + counts
  }
}
