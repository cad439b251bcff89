import Documents
public import Objectives
public import Recording
public import Reporting
public import Simulation

// What a page does with a session beside giving it commands.
extension Session {
  /// The recording before any what-if, with which what-ifs are compared.
  public var originalTrace: Trace { original }

  /// The source before any what-if.
  public var sourceAtFirst: Source { originalSource }

  /// What has been put in place of computed numbers.
  public var replacements: [Override] { overrides }

  /// The options that differ from those of the source at first, as one would type them.
  public var changedOptions: [(name: String, text: String)] { originalSource.differences(from: source) }

  /// The conditions of the breakpoints, with their numbers.
  public var breakpointTexts: [(number: Int, text: String)] { breakpoints.map { ($0.number, $0.text) } }

  /// The beats at which a breakpoint's condition holds.
  ///
  /// - Parameter limit: The most beats to find.
  public func breakpointHits(limit: Int) -> [Int] {
    var hits: [Int] = []
    for beat in trace.beats.indices where hits.count < limit {
      if breakpoints.contains(where: { $0.condition.holds(in: trace, during: beat) }) { hits.append(beat) }
    }
    return hits
  }

  /// The expressions that are watched, with what they are now; more than one number is shown by its first ones.
  public var watchTexts: [(text: String, value: String)] {
    watches.map { watch in
      let values = values(of: watch.expression, watch.text, at: shownBeat).prefix(4).map { NumberText.short($0.value) }
      return (watch.text, values.joined(separator: ", "))
    }
  }

  /// Moves to a beat, or as near to it as there is one; an overview that shows this beat stays.
  public mutating func move(to target: Int) {
    let beat = min(max(0, target), trace.beats.count - 1)
    if beat != shownBeat { position = .beat(beat) }
  }

  /// Moves to where another session is: the same beat of the same stage, or what comes nearest to it.
  public mutating func follow(_ other: Session) {
    position = Place(.beat(other.shownBeat), in: other.trace).find(in: trace)
  }

  /// Replaces every what-if by these, and records again once; the place is kept. If an option cannot be set so, nothing is
  /// changed.
  public mutating func change(
    options: [(name: String, text: String)], replacements: [Override]
  ) throws(OptionError) {
    var changed = originalSource
    try changed.set(options)
    record(changed, replacements)
  }

  /// Puts the conventions of an implementation in place of options, and records again.
  public mutating func change(to preset: Preset) throws(OptionError) {
    var changed = source
    _ = try changed.apply(preset)
    record(changed, overrides)
  }

  private mutating func record(_ changed: Source, _ replacements: [Override]) {
    source = changed
    overrides = replacements
    replace(trace: changedOptions.isEmpty && overrides.isEmpty ? original : source.record(overrides: overrides))
  }
}

extension Source {
  /// The options that have another value in another form of this source, with that value as one would type it.
  public func differences(from other: Source) -> [(name: String, text: String)] {
    (options.map { $0.name } + ["seed"]).compactMap { name in
      let text = other.text(ofOption: name)
      return text == self.text(ofOption: name) ? nil : (name, text)
    }
  }
}

extension Override {
  /// A what-if by the term's name, as one types it.
  public init(name: String, occurrence: Int, value: Double, in trace: Trace) throws(ExpressionError) {
    do throws(TermTextError) {
      self.init(key: try trace.glossary.key(parsing: name), occurrence: occurrence, value: value)
    } catch {
      throw ExpressionError(error.message)
    }
    guard trace.occurrences(of: key).indices.contains(occurrence) else {
      throw ExpressionError("\(name.visible) is not recorded \(occurrence + 1) times in this run")
    }
  }
}
