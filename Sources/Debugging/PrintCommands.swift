import Documents
import Objectives
import Plots
import Recording
import Reporting
import Simulation

extension Session {
  func print(_ text: String) throws(ExpressionError) -> Reply {
    guard !text.isEmpty else { throw ExpressionError("say what: p ratio[0,*], p mean(advantage), p grad(logp[0,0])") }
    let expression = try self.expression(text)
    let value = try expression.evaluate(in: trace, at: beat)
    let note = expression.originNote(in: trace, at: beat)
    return Reply(
      value.text(named: text, note: note) { trace.word(for: expression, $0, at: beat) },
      about: expression.terms(in: trace, at: beat))
  }

  func explain(_ text: String) throws(ExpressionError) -> Reply {
    let explanation = Explanation(trace: trace, beat: beat)
    let suffix = " latex"
    guard text.utf8.reversed().starts(with: suffix.utf8.reversed()) else {
      let term = try term(text)
      return Reply(explanation.explain(term), about: [term])
    }
    return Reply(try explanation.latex(try term(String(text.dropLast(suffix.count)))))
  }

  func why(_ text: String) throws(ExpressionError) -> Reply {
    let term = try termWithGradient(text)
    return Reply(Explanation(trace: trace, beat: beat).why(term), about: [term])
  }

  /// Draws a diagram into a file, `clip.svg` if none is named.
  func diagram(_ text: String) throws(ExpressionError) -> Reply {
    let words = text.split(separator: " ").map { String($0) }
    guard let what = words.first else {
      throw ExpressionError("say what: " + Diagrams.names(for: trace).joined(separator: ", ") + ", or a term")
    }
    do throws(DiagramNameError) {
      let dot = try Diagrams.dot(what, trace: trace, source: source, at: beat, hasFormulas: true)
      let isNamed = words.count > 1
      let path = isNamed ? words[1] : fileName(words[0]) + ".svg"
      return Reply(StyledText("wrote \(path)\n"), files: [.diagram(dot: dot, path: path, isNamed: isNamed)])
    } catch {
      throw ExpressionError(error.message)
    }
  }

  /// Draws a plot as of the position here, or into a file if one is named.
  func plot(_ text: String) throws(ExpressionError) -> Reply {
    let words = text.split(separator: " ").map { String($0) }
    guard let what = words.first else {
      let names = PlotKind.available(for: trace, source: source).map { $0.name }
      throw ExpressionError(
        "say what: " + (names.isEmpty ? "nothing can be plotted here" : names.joined(separator: ", ")))
    }
    do throws(PlotError) {
      let plot = try PlotKind.plot(what, trace: trace, source: source, at: beat)
      guard words.count > 1 else { return Reply(StyledText(plot.text())) }
      return Reply(StyledText("wrote \(words[1])\n"), files: [.plot(plot, path: words[1])])
    } catch {
      throw ExpressionError(error.message)
    }
  }

  /// A name for a file: letters, digits and dots of what it shows.
  private func fileName(_ what: String) -> String {
    var name = ""
    for character in what {
      let isKept = character.isLetter || character.isNumber || character == "." || character == "-" || character == "_"
      name.append(isKept ? character : "-")
    }
    return name
  }

  /// Writes the recording to a file, `trace.md` if none is named.
  func writeTrace(_ typed: String) throws(ExpressionError) -> Reply {
    let path = typed.isEmpty ? "trace.md" : typed
    let isJSON = path.utf8.reversed().starts(with: ".json".utf8.reversed())
    let text =
      isJSON
      ? TraceJSON.text(trace, source: source) : MarkdownTrace.document(trace, source: source, diagrams: [])
    return Reply(StyledText("wrote \(path)\n"), files: [.text(text, path: path)])
  }
}

extension Trace {
  /// What a value is shown as, where the expression is nothing but a term: a word, or `≈ 0` for what rounding left.
  func word(for expression: Expression, _ value: Double, at beat: Int) -> String? {
    guard let pattern = expression.pattern else { return nil }
    if let word = glossary.valueText(of: pattern.name, value) { return word }
    let isNoise = pattern.key.flatMap { term($0, at: beat) }.map { isRoundingNoise($0) } ?? false
    return isNoise ? "≈ 0" : nil
  }
}
