import Documents
import Formulas
import Plots
import Recording

/// What stands above a diagram.
enum Caption {
  /// A headline, lines below it in small letters, and the formulas that are drawn.
  static func title(_ lines: [String], formulas: [String] = []) -> (name: String, value: DOTValue) {
    let rest = lines.dropFirst().filter { !$0.isEmpty }.flatMap { NumberText.lines(ofParts: $0, width: 96) }
    let written = formulas.flatMap { NumberText.lines(ofParts: $0, width: 96) }
    return (
      "label",
      .lines(
        NumberText.lines(ofParts: lines[0], width: 76).map { DOTLine($0, size: 17, bold: true) }
          + rest.map { DOTLine($0, size: 12, color: Ink.muted) }
          + (written.isEmpty ? [] : [DOTLine(" ", size: 6)])
          + written.map { DOTLine($0, size: 13) }
          + [DOTLine(" ", size: 6)])
    )
  }

  /// The general formulas of some terms in the names one types, and the values of the options in them.
  static func formulas(of terms: [Int], in trace: Trace) -> [String] {
    formulas(StageFormulas(trace, terms: terms), in: trace)
  }

  /// The general formula of one term, found among those of its name in its stage as far as a beat.
  static func formula(of term: Int, at beat: Int, in trace: Trace) -> [String] {
    let name = trace.terms[term].key.name
    let run = trace.stage(ofBeat: trace.terms[term].beat)
    let alike = terms(of: run, at: beat, in: trace).filter { trace.terms[$0].key.name == name }
    return formulas(StageFormulas(trace, terms: alike).among([term], in: trace), in: trace)
  }

  /// The terms of a run through a stage that are there at a beat.
  static func terms(of run: Trace.StageRun, at beat: Int, in trace: Trace) -> [Int] {
    run.beats.filter { $0 <= beat }.flatMap { Array(trace.beats[$0].terms) }
  }

  private static func formulas(_ formulas: StageFormulas, in trace: Trace) -> [String] {
    let options = formulas.definitions.compactMap { definition -> String? in
      guard case .option(let name, let value) = definition.kind else { return nil }
      return "\(name) = \(value)"
    }
    return formulas.statements.map { $0.text(as: .unicode, in: trace.glossary) }
      + [options.joined(separator: " · ")]
      .filter { !$0.isEmpty }
  }

  /// A term's name in lines: a long one is broken before its indices, or between its words.
  static func nameLines(_ name: String, limit: Int = 30) -> [String] {
    var parts = [""]
    for character in name {
      if character == "[" || parts[parts.count - 1].last.map({ "/_,".contains($0) }) ?? false { parts.append("") }
      parts[parts.count - 1].append(character)
    }
    return parts.reduce(into: [""]) { lines, part in
      let isLong = !lines[lines.count - 1].isEmpty && lines[lines.count - 1].count + part.count > limit
      if isLong { lines.append(part) } else { lines[lines.count - 1] += part }
    }
  }

  /// `iteration 0, epoch 1, minibatch 0`, as far as a beat is in these loops.
  static func position(of beat: Int, in trace: Trace) -> String {
    let loops = trace.stage(ofBeat: beat).loops
    let names = [("iteration", loops.iteration), ("epoch", loops.epoch), ("minibatch", loops.minibatch)]
    return names.compactMap { name, number in number.map { "\(name) \($0)" } }.joined(separator: ", ")
  }

  /// `1 more sequence`, `5 more sequences`.
  static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) " + (number == 1 ? noun : plural ?? noun + "s")
  }
}
