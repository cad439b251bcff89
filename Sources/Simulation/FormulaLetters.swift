import Objectives
import Recording

extension Glossary.Axis {
  /// What general formulas call an index.
  init(_ axis: Quantity.Axis, _ algorithm: Algorithm, isActing: Bool) {
    let words = algorithm.words(acting: isActing)
    let article = words.example == "episode" ? "an " : "a "
    let step = isActing ? "step" : "token"
    self =
      switch axis {
      case .sequence:
        Self(letters: ["i", "j"], meaning: article + words.example, noun: words.example, kind: .samples)
      case .pair: Self(letters: ["i", "j", "k"], meaning: "a pair", noun: "pair", kind: .samples)
      case .group: Self(letters: ["g"], meaning: "a group", noun: "group", kind: .samples)
      case .token: Self(letters: ["t"], meaning: "the place of a \(step) in it", noun: step, kind: .steps)
      case .previousToken:
        Self(letters: ["a"], meaning: isActing ? "the state" : "what was written before", noun: "state", kind: .words)
      case .nextToken, .vocabulary:
        Self(letters: ["b", "c", "d"], meaning: isActing ? "an action" : "a token", noun: words.step, kind: .words)
      case .step: Self(letters: ["n"], meaning: "a step", noun: "step", kind: .steps)
      case .rewardFunction: Self(letters: ["k"], meaning: "a reward function", noun: "function", kind: .words)
      case .lossType: Self(letters: [], meaning: "a loss", noun: "loss", kind: .names)
      case .metric: Self(letters: [], meaning: "a metric", noun: "metric", kind: .names)
      }
  }
}

extension Glossary {
  /// The options and counts that may occur in formulas.
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
