public import Documents
public import Recording

/// Two recordings side by side: where they first differ, and every term that moved.
public struct Comparison {
  /// A term with different values, or one that only one of the recordings has.
  public struct Change {
    /// Its number in the recording before; nil if it is new.
    public let before: Int?
    /// Its number in the recording after; nil if it is gone.
    public let after: Int?
  }

  public let before: Trace
  public let after: Trace
  /// In the order of the later recording; terms that are gone come last.
  public let changes: [Change]

  /// Pairs the terms by name, indices and how often they were recorded before.
  public init(_ before: Trace, _ after: Trace) {
    self.before = before
    self.after = after
    let pairing = TermPairing(before, after)
    var changes: [Change] = []
    for term in after.terms.indices {
      guard let partner = pairing[term] else {
        changes.append(Change(before: nil, after: term))
        continue
      }
      let (x, y) = (before.value(partner), after.value(term))
      if x != y, !(x.isNaN && y.isNaN) { changes.append(Change(before: partner, after: term)) }
    }
    for term in pairing.gone { changes.append(Change(before: term, after: nil)) }
    self.changes = changes
  }

  /// The change that comes first, from which the others follow.
  public var first: Change? { changes.first }
}

extension Comparison {
  /// The first difference and, for each name, how far its terms moved.
  ///
  /// - Parameter limit: The most names to list.
  public func text(limit: Int = 16) -> StyledText {
    var text = StyledText()
    guard let first else {
      text.line("Nothing differs: all \(after.terms.count) terms are the same.")
      return text
    }
    text.add("first difference  ", .heading)
    text.line(describe(first))
    let names = groups()
    text.line(wrap("\(counts), in \(names.count) names; the largest move of each:", indent: 0))
    let width = names.prefix(limit).map { NumberText.width(after.glossary.entries[$0.name].name) }.max() ?? 0
    for group in names.prefix(limit) {
      text.add("  " + NumberText.alignedLeft(after.glossary.entries[group.name].name, to: width))
      text.add(NumberText.alignedRight("\(group.count)", to: 6) + "  ", .dim)
      text.line(describe(group.largest, isShort: true))
    }
    if names.count > limit { text.line("  … and \(names.count - limit) more names", .dim) }
    return text
  }

  /// How many terms moved, of those that both recordings have, and how many only one of them has.
  public var counts: String {
    let (new, gone) = (changes.count { $0.before == nil }, changes.count { $0.after == nil })
    let (moved, shared) = (changes.count - new - gone, after.terms.count - new)
    let unseen = unseenMoves == 0 ? "" : " (\(unseenMoves) of them by less than is shown)"
    if new + gone == 0 { return "\(moved) of \(shared) terms moved\(unseen)" }
    let rest = [new > 0 ? "\(new) are new" : "", gone > 0 ? "\(gone) are gone" : ""].filter { !$0.isEmpty }
    return "\(moved) of the \(shared) terms in both recordings moved\(unseen), \(rest.joined(separator: ", "))"
  }

  private var unseenMoves: Int {
    changes.count { change in
      guard let x = change.before, let y = change.after else { return false }
      return !NumberText.differ(before.value(x), after.value(y))
    }
  }

  private func describe(_ change: Change, isShort: Bool = false) -> String {
    let (trace, term) = change.after.map { (after, $0) } ?? (before, change.before ?? 0)
    let beat = trace.terms[term].beat
    let stage = trace.stage(ofBeat: beat)
    let loops = stage.loops.text
    let place =
      isShort ? loops.isEmpty ? stage.name : loops : "beat \(beat), \(trace.placeText(of: stage))"
    let values =
      switch (change.before, change.after) {
      case (let x?, let y?): "\(before.shownValue(x)) → \(after.shownValue(y))"
      case (nil, let y?): "new, \(after.shownValue(y))"
      case (let x?, nil): "gone, was \(before.shownValue(x))"
      case (nil, nil): ""
      }
    return "\(trace.text(term))  \(values)  (\(place))"
  }

  /// The changes of each name, in the order in which the names first appear.
  public func groups() -> [(name: Int, count: Int, largest: Change)] {
    var groups: [(name: Int, count: Int, largest: Change)] = []
    var indexOfName: [Int: Int] = [:]
    for change in changes {
      guard
        let name = change.after.map({ after.terms[$0].key.name }) ?? change.before.map({ before.terms[$0].key.name })
      else { continue }
      if let index = indexOfName[name] {
        groups[index].count += 1
        if size(change) > size(groups[index].largest) { groups[index].largest = change }
      } else {
        indexOfName[name] = groups.count
        groups.append((name, 1, change))
      }
    }
    return groups
  }

  private func size(_ change: Change) -> Double {
    guard let x = change.before, let y = change.after else { return 0 }
    return (after.value(y) - before.value(x)).magnitude
  }

  /// Every change: `{"first": …, "moved": [{"term", "position", "loops", "before", "after"}]}`.
  public var json: String {
    var writer = JSONWriter(indented: true)
    writer.beginObject()
    writer.key("first")
    if let first { write(first, to: &writer) } else { writer.null() }
    writer.key("moved")
    writer.beginArray()
    for change in changes { write(change, to: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.text
  }

  private func write(_ change: Change, to writer: inout JSONWriter) {
    let (trace, term) = change.after.map { (after, $0) } ?? (before, change.before ?? 0)
    let beat = trace.terms[term].beat
    writer.beginObject()
    writer.key("term")
    writer.string(trace.text(term))
    writer.key("stage")
    writer.string(trace.stage(ofBeat: beat).name)
    writer.key("loops")
    writer.string(trace.stage(ofBeat: beat).loops.text)
    writer.key("position")
    writer.integer(beat)
    writer.key("before")
    if let x = change.before { writer.number(before.value(x)) } else { writer.null() }
    writer.key("after")
    if let y = change.after { writer.number(after.value(y)) } else { writer.null() }
    writer.endObject()
  }
}
