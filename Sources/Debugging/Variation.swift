import Documents
import Reporting

/// What `vary` was asked: `lam=0,0.95,1 over seed=1..6: gradient_cosine, max(ratio)`.
///
/// Each combination of the values is a run, and the expressions are asked of each.
struct Variation {
  struct Axis {
    let name: String
    var values: [String]
  }

  /// One value of each axis.
  typealias Setting = [(name: String, value: String)]

  /// What has a row or a column for each value, in the order in which it was typed.
  private(set) var axes: [Axis] = []
  /// What numbers are averaged over.
  private(set) var averaged: [Axis] = []
  private(set) var expressions: [String] = []

  /// The axis of positions, for which nothing is run again.
  static let position = "at"

  /// - Parameter hasCommas: Whether commas belong to an option's value, so that a second one is a second `name=value`.
  init(parsing text: String, hasCommas: (String) -> Bool) throws(ExpressionError) {
    let halves = text.parts(splitAt: ":", atMost: 2)
    guard halves.count == 2 else { throw Self.missingColon(in: text) ?? Self.usage }
    expressions = halves[1].parts(splitAt: ",")
    let (names, values, averagedFrom) = try Self.assignments(halves[0])
    for (index, name) in names.enumerated() {
      let taken = hasCommas(name) ? [values[index]] : values[index].parts(splitAt: ",").flatMap { Self.range($0) }
      if index < averagedFrom { axes.add(name, taken) } else { averaged.add(name, taken) }
    }
    guard !expressions.isEmpty, !names.isEmpty else { throw Self.usage }
    // A single value behind `over` is nothing to average over: it holds for all runs.
    axes += averaged.filter { $0.values.count == 1 }
    averaged.removeAll { $0.values.count == 1 }
    if let both = axes.first(where: { axis in averaged.contains { $0.name == axis.name } }) {
      throw ExpressionError("\(both.name) can be varied or averaged over, not both")
    }
    let count = (axes + averaged).reduce(1) { min($0 * $1.values.count, 1_000_000) }
    guard count <= Self.limit else {
      throw ExpressionError("these are \(count) combinations; vary \(Self.limit) at most at a time")
    }
  }

  private static let limit = 200

  private static var usage: ExpressionError {
    ExpressionError("say what to vary and what to look at: vary lam=0,0.95,1: gradient_cosine, max(ratio)")
  }

  /// What to type where names and values are followed by what has no value; nil where that is not what is wrong.
  private static func missingColon(in text: String) -> ExpressionError? {
    let words = parts(of: text)
    guard !text.contains(":"), let last = words.lastIndex(where: { $0.contains("=") }), last + 1 < words.count,
      words[last + 1] != "over"
    else { return nil }
    let (varied, asked) = (words[...last].joined(separator: " "), words[(last + 1)...].joined(separator: " "))
    return ExpressionError("put a colon before what to look at: vary \(varied): \(asked)")
  }

  /// What stands between blanks outside of brackets.
  static func parts(of text: String) -> [String] { text.parts(splitAt: " ") }

  /// The names and texts of `name=value …`; a word without a name goes on with the value before it, as in `at=1 oracle`.
  private static func assignments(
    _ text: String
  ) throws(ExpressionError) -> (names: [String], values: [String], averagedFrom: Int) {
    var names: [String] = []
    var values: [String] = []
    var averagedFrom = Int.max
    for word in text.parts(splitAt: " ") {
      let halves = word.parts(splitAt: "=", atMost: 2)
      if halves.count == 2 {
        names.append(halves[0])
        values.append(halves[1])
      } else if word == "over", averagedFrom == .max {
        averagedFrom = names.count
      } else if values.isEmpty || averagedFrom == names.count {
        throw ExpressionError("write name=value, such as lam=0,0.95,1, not «\(word.visible)»")
      } else {
        values[values.count - 1] += " " + word
      }
    }
    return (names, values, averagedFrom)
  }

  /// `1..4` as its whole numbers; anything else as it is.
  private static func range(_ text: String) -> [String] {
    let ends = text.parts(splitAt: ".")
    guard ends.count == 2, text.utf8.count == ends[0].utf8.count + ends[1].utf8.count + 2,
      let low = Int(ends[0]), let high = Int(ends[1]), low <= high, high - low < 1_000_000
    else { return [text] }
    return (low...high).map { "\($0)" }
  }

  // MARK: Combinations

  /// What distinguishes one run from another: every combination but for the positions.
  var runs: [Setting] { Self.combinations((axes + averaged).filter { $0.name != Self.position }) }

  /// The positions to look from; nil is the session's own.
  var positions: [String?] {
    (axes + averaged).first { $0.name == Self.position }?.values.map { $0 } ?? [nil]
  }

  /// The combinations of values, the last axis' changing fastest.
  static func combinations(_ axes: [Axis]) -> [Setting] {
    var combinations: [Setting] = [[]]
    for axis in axes {
      combinations = combinations.flatMap { before in axis.values.map { before + [(axis.name, $0)] } }
    }
    return combinations
  }
}

extension [Variation.Axis] {
  /// Values of a name that was there before join its others.
  fileprivate mutating func add(_ name: String, _ values: [String]) {
    if let index = firstIndex(where: { $0.name == name }) {
      self[index].values += values.filter { !self[index].values.contains($0) }
    } else {
      append(Variation.Axis(name: name, values: values))
    }
  }
}

extension String {
  /// What stands between separators outside of brackets, without blanks around it; nothing empty.
  fileprivate func parts(splitAt separator: Character, atMost limit: Int = .max) -> [String] {
    var parts = [""]
    var depth = 0
    for character in self {
      if character == "[" || character == "(" { depth += 1 }
      if character == "]" || character == ")" { depth -= 1 }
      if depth == 0, character == separator, parts.count < limit {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.map { $0.trimmed }.filter { !$0.isEmpty }
  }
}
