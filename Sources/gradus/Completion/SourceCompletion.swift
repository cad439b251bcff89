import ArgumentParser
import Debugging
import Notebooks
import Objectives
import Reporting
import Simulation

extension CompletionKind {
  /// The built-in scenarios alone.
  static var scenarios: CompletionKind {
    .candidates { _ in Scenario.builtIn.map { Candidate($0.name, $0.title) } }
  }

  /// The built-in scenarios and files that could be one, or a batch.
  static var sources: CompletionKind {
    .candidates { line in
      Scenario.builtIn.map { Candidate($0.name, $0.title) }
        + FileNames.candidates(line.word, endings: ["yaml", "yml", "json", "jsonl"])
    }
  }

  /// `option=value` of the source that is named on the line.
  static var sourceOptions: CompletionKind {
    .candidates { line in
      let source = line.source
      let options = source?.options ?? Option.uniquelyNamed
      let settings = source?.settings
      var choices = options.map { option in
        OptionChoice(
          name: option.name, sentence: option.description.sentence, values: option.description.kind.values,
          standard: (settings?[option] ?? option.description.standard).text)
      }
      if case .scenario(let scenario)? = source {
        choices.append(OptionChoice(name: "seed", sentence: "", values: [], standard: "\(scenario.seed)"))
      }
      return OptionChoice.candidates(choices, for: line.word)
    }
  }

  /// The positions in the source's recording.
  static var positions: CompletionKind {
    .candidates { line in line.completions(after: "goto ") }
  }

  /// The diagrams of the source's recording.
  static var diagrams: CompletionKind {
    .candidates { line in line.completions(after: "diagram ") }
  }

  /// The plots of the source's recording.
  static var plots: CompletionKind {
    .candidates { line in line.completions(after: "plot ") }
  }

  /// The names of the recording's terms; a name alone prints all terms of that name.
  static var terms: CompletionKind {
    .candidates { line in
      line.completions(after: "explain ").map { candidate in
        Candidate(String(candidate.text.prefix { $0 != "[" && $0 != "(" }), candidate.explanation)
      }
    }
  }

  /// Lessons and derivations by their number or name, and files that could be one.
  static var lessons: CompletionKind {
    .candidates { line in
      let pages = BuiltInPage.lessons + BuiltInPage.derivations
      let numbers = pages.map { Candidate($0.argument, $0.title) }
      // Names are offered once one begins to type one.
      let isNumber = numbers.contains { $0.text.hasPrefix(line.word) }
      return numbers + (isNumber ? [] : pages.map { Candidate($0.name, $0.title) })
        + FileNames.candidates(line.word, endings: ["md"])
    }
  }

  /// Tours by their name, and files that could be one.
  static var tours: CompletionKind {
    .candidates { line in
      BuiltInPage.tours.map { Candidate($0.name, $0.title) } + FileNames.candidates(line.word, endings: ["md"])
    }
  }
}

extension TypedLine {
  /// The source that is named on the line.
  fileprivate var source: Source? {
    for word in others.dropFirst() {
      let isFile = [".yaml", ".yml", ".json", ".jsonl"].contains { word.lowercased().hasSuffix($0) }
      guard isFile || Scenario.builtIn.contains(where: { $0.name == word }) else { continue }
      if let source = try? Source(named: word) { return source }
    }
    return nil
  }

  /// What the debugger would offer after one of its commands, each once.
  fileprivate func completions(after command: String) -> [Candidate] {
    guard let source else { return [] }
    let line = command + word
    var seen: Set<String> = []
    return Session(source: source).completions(of: line, cursor: line.unicodeScalars.count)
      .filter { seen.insert($0).inserted }.map { Candidate($0) }
  }
}
