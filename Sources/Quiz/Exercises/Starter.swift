import Documents
import Objectives

extension Exercise {
  /// A file of Python to begin with: the function's signature and what it gets and returns, and nothing of the solution.
  public var starter: String {
    let arguments = arguments.map { $0.name }.joined(separator: ", ")
    let keywords = options.map { ", " + $0.name }.joined()
    let signature = "def \(name)(\(arguments)\(options.isEmpty ? "" : ", *\(keywords)")):"
    var lines = ["import numpy as np", "", "", signature.count <= 80 ? signature : brokenSignature]
    lines.append(contentsOf: prose("\"\"\"Computes \(title).") + [""])
    lines.append(
      contentsOf: prose(
        "Arrays have a row for each \(isOfPairs ? "pair" : "response"), padded to the same length. What stands behind a mask of 0 is not "
          + "0 and must not count."))
    lines.append("")
    for argument in self.arguments {
      lines.append(contentsOf: item(argument.name, argument.meaning + " (\(form(argument.shape)))"))
    }
    for option in options { lines.append(contentsOf: item(option.name, Self.sentence(option.description.sentence))) }
    lines.append("")
    for convention in conventions { lines.append(contentsOf: prose(convention)) }
    if !conventions.isEmpty { lines.append("") }
    lines.append(
      contentsOf: prose(
        "Returns a dict with \(askedNames). What comes before it may be in the dict as well, and is then compared in this order:"
      ))
    lines.append(contentsOf: prose(terms.map { "`\($0.name)` (\(form($0.shape)))" }.joined(separator: ", ") + "."))
    return (lines + ["    \"\"\"", "    raise NotImplementedError", ""]).joined(separator: "\n")
  }

  private var askedNames: String { terms.suffix(asked).map { "`\($0.name)`" }.joined(separator: " and ") }

  private var isOfPairs: Bool { arguments.contains { $0.side == .chosen } }

  private var brokenSignature: String {
    let lines =
      arguments.map { "    \($0.name)," } + (options.isEmpty ? [] : ["    *,"]) + options.map { "    \($0.name)," }
    return (["def \(name)("] + lines + ["):"]).joined(separator: "\n")
  }

  private func form(_ shape: Shape) -> String {
    switch shape {
    case .number: "a number"
    case .group: "one for each group"
    case .response: "one for each response"
    case .pair: "one for each pair"
    case .token: isOfPairs ? "pairs × tokens" : "responses × tokens"
    }
  }

  private func prose(_ text: String) -> [String] { NumberText.lines(text, width: 75).map { "    " + $0 } }

  private func item(_ name: String, _ text: String) -> [String] {
    let lines = NumberText.lines("\(name): \(text)", width: 71)
    return lines.enumerated().map { ($0 == 0 ? "    " : "        ") + $1 }
  }

  /// Without its stop.
  private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}
