import Autodiff
public import Documents
import Formulas
public import Objectives
public import Recording
public import Simulation

/// A recording as JSON, `gradus.trace/1`; `Documentation/trace-format.md` describes it.
///
/// The keys' order and every number's digits are fixed, so that equal recordings have equal texts.
public enum TraceJSON {
  public static func text(_ trace: Trace, source: Source) -> String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    writeHead(trace, source, to: &json)
    let gradients = TermGradients(trace)
    json.key("stages")
    json.beginArray()
    for stage in trace.stages { write(stage, of: trace, gradients, to: &json) }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }

  // MARK: What the recording was made from

  private static func writeHead(_ trace: Trace, _ source: Source, to json: inout JSONWriter) {
    json.key("format")
    json.string("gradus.trace/1")
    json.key("source")
    json.string(source.name)
    json.key("title")
    json.string(source.title)
    json.key("algorithm")
    json.string(source.algorithm.name)
    json.key("seed")
    if case .scenario(let scenario) = source { json.integer(Int(scenario.seed)) } else { json.null() }
    json.key("options")
    json.beginObject()
    for option in source.options {
      json.key(option.name)
      json.option(source.settings[option])
    }
    json.endObject()
    json.key("overrides")
    json.beginArray()
    for override in trace.overrides { write(override, of: trace, to: &json) }
    json.endArray()
    json.key("vocabulary")
    json.lines(trace.glossary.valueLabels[Quantity.token.rawValue] ?? [])
    json.key("prompts")
    json.lines(trace.prompts)
    json.key("tokens")
    json.beginArray()
    for tokens in trace.givenTokens { json.lines(tokens) }
    json.endArray()
  }

  private static func write(_ override: Override, of trace: Trace, to json: inout JSONWriter) {
    json.beginObject()
    json.key("name")
    json.string(trace.glossary.text(override.key))
    json.key("occurrence")
    json.integer(override.occurrence)
    json.key("value")
    json.number(override.value)
    json.endObject()
  }

  // MARK: Stages, beats and terms

  private static func write(
    _ stage: Trace.StageRun, of trace: Trace, _ gradients: TermGradients, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("name")
    json.string(stage.name)
    for (key, number) in [
      ("iteration", stage.loops.iteration), ("epoch", stage.loops.epoch), ("minibatch", stage.loops.minibatch),
    ] {
      json.key(key)
      if let number { json.integer(number) } else { json.null() }
    }
    json.key("beats")
    json.beginArray()
    for beat in stage.beats {
      json.beginObject()
      json.key("position")
      json.integer(beat)
      json.key("sentence")
      json.string(Narration.sentence(for: beat, in: trace))
      json.key("terms")
      json.beginArray()
      for term in trace.beats[beat].terms { write(term, of: trace, gradients, to: &json) }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private static func write(_ term: Int, of trace: Trace, _ gradients: TermGradients, to json: inout JSONWriter) {
    let recorded = trace.terms[term]
    let value = trace.value(term)
    json.beginObject()
    json.key("name")
    json.string(trace.text(term))
    json.key("value")
    json.number(value)
    if let word = trace.glossary.valueText(of: recorded.key.name, value) {
      json.key("word")
      json.string(word)
    }
    if let formula = trace.formulaText(of: term, as: .unicode) {
      json.key("formula")
      json.string(formula)
    }
    if let gradient = gradients[term] {
      json.key("gradient")
      json.number(gradient)
    }
    if let computed = recorded.computedNode {
      json.key("computed")
      json.number(trace.tape.scalar(computed).value)
    }
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func lines(_ strings: [String]) {
    beginArray()
    for text in strings { string(text) }
    endArray()
  }

  /// An option's value; `none` is null.
  public mutating func option(_ value: OptionValue) {
    switch value {
    case .number(let x): number(x)
    case .integer(let n): integer(n)
    case .flag(let flag): bool(flag)
    case .choice(let name): string(name)
    case .none: null()
    }
  }
}
