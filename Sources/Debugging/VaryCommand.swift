import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Session {
  /// Runs once for each combination of options, numbers and positions, and shows what expressions are in each; nothing
  /// that was set is lost.
  func vary(_ text: String) throws(ExpressionError) -> Reply {
    let algorithm = source.algorithm
    let variation = try Variation(parsing: text) { name in
      if case .weights? = Option.named(name, for: algorithm)?.description.kind { true } else { false }
    }
    // What cannot be set is said before anything runs.
    var changes: [Change] = []
    for run in variation.runs { changes.append(try change(run)) }
    var table = VariationTable(variation, place: place(of: variation.positions))
    var failures: [ExpressionError?] = variation.expressions.map { _ in nil }
    for (run, change) in zip(variation.runs, changes) {
      let varied = run.isEmpty ? trace : change.source.record(overrides: change.overrides)
      for position in variation.positions {
        let beat = try self.beat(position, of: varied)
        let setting = run + (position.map { [(Variation.position, $0)] } ?? [])
        for (index, expression) in variation.expressions.enumerated() {
          do throws(ExpressionError) {
            table.add(try readings(of: expression, in: varied, at: beat), for: setting)
          } catch {
            failures[index] = error
          }
        }
      }
    }
    // Where one run has no such number, a dash stands for it; where none has, that is a mistake.
    for (index, expression) in variation.expressions.enumerated() where !table.hasReadings(of: expression) {
      throw missingCommas(in: expression) ?? failures[index]
        ?? ExpressionError("\(expression) is recorded in none of the runs")
    }
    return Reply(table.text, about: terms(of: variation))
  }

  /// What was asked for, as the run that is open has it in the end; nothing where only the others come so far.
  private func terms(of variation: Variation) -> [Int] {
    do throws(ExpressionError) {
      let beat = try beat(variation.positions.last ?? nil, of: trace)
      var terms: [Int] = []
      for text in variation.expressions { terms += try expression(text).terms(in: trace, at: beat) }
      return terms
    } catch {
      return []
    }
  }

  /// What to type where expressions have nothing but blanks between them; nil where that is not what is wrong.
  private func missingCommas(in text: String) -> ExpressionError? {
    let parts = Variation.parts(of: text)
    guard parts.count > 1 else { return nil }
    for part in parts {
      do throws(ExpressionError) {
        _ = try Expression(parsing: part, glossary: trace.glossary, names: names)
      } catch {
        return nil
      }
    }
    return ExpressionError("separate expressions by commas: \(parts.joined(separator: ", "))")
  }

  private typealias Change = (source: Source, overrides: [Override])

  /// The source and the replaced numbers of one run.
  private func change(_ setting: Variation.Setting) throws(ExpressionError) -> Change {
    var changed = source
    var replaced = overrides
    var options: [(name: String, text: String)] = []
    do throws(OptionError) {
      for (name, value) in setting where name == "preset" { _ = try changed.apply(Preset(named: value)) }
    } catch {
      throw ExpressionError(error.message)
    }
    for (name, value) in setting where name != "preset" {
      if isOption(name) {
        options.append((name, value))
      } else {
        let override = try override(of: name, by: value)
        replaced.removeAll { $0.key == override.key && $0.occurrence == override.occurrence }
        replaced.append(override)
      }
    }
    do throws(OptionError) {
      try changed.set(options)
    } catch {
      throw ExpressionError(error.message)
    }
    return (changed, replaced)
  }

  /// Where the numbers are read, in words.
  private func place(of positions: [String?]) -> String {
    if positions.count > 1 { return "as of each position" }
    if let position = positions[0] { return "at " + (position == "end" ? "the end" : position) }
    if isAtAnEnd { return "at the end" }
    if case .beat(let beat) = position { return "at beat \(beat), \(trace.placeText(of: trace.stage(ofBeat: beat)))" }
    return "at \(trace.placeText(of: trace.stage(ofBeat: beat)))"
  }

  /// At the start no number is known yet: runs are compared by what has become of them.
  private var isAtAnEnd: Bool { position == .opening || position == .beat(trace.beats.count - 1) }

  /// The beat of another recording as of which numbers are known: that of a position, or the one that is here.
  private func beat(_ text: String?, of other: Trace) throws(ExpressionError) -> Int {
    if let text { return try Position.parse(text, in: other, from: -1, edge: .last) }
    return isAtAnEnd ? other.beats.count - 1 : Place(position, in: trace).find(in: other).asOf(in: other)
  }

  private func readings(
    of text: String, in trace: Trace, at beat: Int
  ) throws(ExpressionError) -> [VariationTable.Reading] {
    let expression = try Expression(parsing: text, glossary: trace.glossary, names: names)
    let value = try expression.evaluate(in: trace, at: beat)
    let isName = expression.pattern.map { trace.glossary.valueLabels[$0.name] != nil } ?? false
    func reading(_ name: String, _ value: Double) -> VariationTable.Reading {
      .init(
        expression: text, name: name, value: value, word: trace.word(for: expression, value, at: beat), isName: isName)
    }
    return switch value {
    case .number(let number): [reading(text, number)]
    case .list(let elements): elements.map { reading($0.name, $0.value) }
    }
  }
}
