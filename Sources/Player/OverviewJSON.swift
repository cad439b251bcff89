import Debugging
import Documents
import Objectives
import Recording
import Simulation

// What a page shows of a recording as a whole: its stages, its options and what was changed in them.
extension Pane {
  var overview: String {
    var json = JSONWriter()
    let trace = session.trace
    json.beginObject()
    json.member("name", session.source.name)
    json.member("title", session.source.title)
    json.member("algorithm", session.source.algorithm.name)
    if case .batch = session.source { json.member("isBatch", true) } else { json.member("isBatch", false) }
    json.member("beats", trace.beats.count)
    json.member("terms", trace.terms.count)
    json.member("at", session.shownBeat)
    json.member("stages", trace.stages.indices.map { $0 }) { write(stage: $0, to: &$1) }
    json.member("controls", controls) { $0.write(to: &$1) }
    json.member("presets", strings: hasPresets ? Preset.allCases.map { $0.rawValue } : [])
    json.member("preset", preset?.rawValue)
    json.key("base")
    json.assignments(baseSettings)
    json.key("changes")
    writeChanges(to: &json)
    json.member("changedTerms", memory.changedTerms)
    json.member("firstChange", memory.firstChange)
    json.member("breakpoints", session.breakpointTexts) { breakpoint, json in
      json.member("number", breakpoint.number)
      json.member("text", breakpoint.text)
    }
    json.key("hits")
    json.integers(session.breakpointTexts.isEmpty ? [] : session.breakpointHits(limit: 2000))
    json.endObject()
    return json.text
  }

  private func write(stage number: Int, to json: inout JSONWriter) {
    let stage = session.trace.stages[number]
    json.member("name", stage.name)
    json.member("purpose", session.trace.purpose(of: stage))
    json.member("first", stage.beats.lowerBound)
    json.member("count", stage.beats.count)
    json.member("loops", stage.loops.text)
    json.member("iteration", stage.loops.iteration)
    json.member("epoch", stage.loops.epoch)
    json.member("minibatch", stage.loops.minibatch)
    json.member("isChanged", memory.isStageChanged[number])
  }

  // MARK: What was changed

  private func writeChanges(to json: inout JSONWriter) {
    json.beginObject()
    json.key("settings")
    json.assignments(session.changedOptions)
    json.member("terms", session.replacements) { replacement, json in
      json.member("term", session.trace.glossary.text(replacement.key))
      json.member("occurrence", replacement.occurrence)
      json.member("value", number: replacement.value)
    }
    json.endObject()
  }

  /// How the opened source differs from the built-in scenario of that name.
  var baseSettings: [(name: String, text: String)] {
    let first = session.sourceAtFirst
    guard let builtIn = Scenario.builtIn.first(where: { $0.name == first.name }) else { return [] }
    return Source.scenario(builtIn).differences(from: first)
  }

  private var hasPresets: Bool {
    if case .batch = session.source { return false }
    return session.source.algorithm.credit == .critic
  }

  // MARK: Controls

  private var controls: [Control] {
    let (now, first) = (session.source, session.sourceAtFirst)
    var controls = now.options.map { option in
      Control(option, value: now.settings[option].text, original: first.settings[option].text)
    }
    if case .scenario(let scenario) = now, case .scenario(let original) = first {
      controls.append(Control(seed: scenario.seed, original: original.seed))
    }
    return controls
  }
}

extension JSONWriter {
  fileprivate mutating func assignments(_ list: [(name: String, text: String)]) {
    beginArray()
    for assignment in list { strings([assignment.name, assignment.text]) }
    endArray()
  }

  fileprivate mutating func integers(_ list: [Int]) {
    beginArray()
    for number in list { integer(number) }
    endArray()
  }
}
